"""What people write: deeds on alerts, settings, saved views. It lives apart from the warehouse.

The store is one SQLite file below ORDERBEAT_HOME, or the PostgreSQL database that ORDERBEAT_STORE names. Deeds and
settings are only ever added. Two people who act on one alert at once both write the version after the one they saw;
the key of the table lets one of them through, and the other is told.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import AccessDenied, BadInput, Conflict, Damaged, DiskProblem, OrderbeatError
from data.settings import Settings

Kind = Literal["late", "category_risk", "growth", "deal", "contract", "contact"]
Did = Literal["accepted", "snoozed", "dismissed", "undone", "noted", "routed"]
Status = Literal["open", "accepted", "snoozed", "dismissed"]
Channel = Literal["outside", "inside", "ecommerce"]

ACCOUNT = "account"  # subject of an item that is about all of an account
FILE = "store.sqlite3"
SCHEMA = 1  # raised by one with every change of the tables below

_WAIT_SECONDS = 15  # for a lock, or for a free connection
_CONNECT_SECONDS = 5
_CREATION_LOCK = 0x6F726465  # any number that is ours alone
_LISTED_CUSTOMERS = 1_000  # beyond, reading everything is quicker than naming each
_LONGEST_KEY = 200  # characters: three of them fit into an index entry of PostgreSQL, whatever the alphabet
_LONGEST_VIEW = 8_000  # characters: what a link may hold

_DECISIONS = ("accepted", "snoozed", "dismissed")
_NEEDED: dict[Did, set[str]] = {
    "accepted": set(),
    "snoozed": {"until"},
    "dismissed": {"until", "reason"},
    "undone": set(),
    "noted": {"note"},
    "routed": {"channel"},
}


@dataclass(frozen=True, order=True)
class Item:
    """One alert as it stands on screen. `subject` is what of the account it is about, such as a category or an id, or
    `ACCOUNT` for all of it.
    """

    kind: Kind
    customer_id: str
    subject: str


@dataclass(frozen=True)
class Person:
    """Who writes: a key that stays, and the name people know."""

    key: str
    name: str


@dataclass(frozen=True)
class Event:
    """One thing that somebody did to an item, and what it led to.

    `status`, `until`, `reason` and `channel` are the item's state afterwards; `in_force` is the version of the
    decision behind that state, None where the item is as nobody had decided. `at` is UTC, `as_of` the day of the data
    that were seen. `money` (cents) and `probability` (0-1) are what was promised then; `group_key` is what a
    decision teaches about, "" where nothing.
    """

    item: Item
    version: int
    did: Did
    status: Status
    until: date | None
    reason: str | None
    channel: Channel | None
    note: str | None
    in_force: int | None
    by: Person
    at: datetime
    as_of: date
    group_key: str
    money: int | None
    probability: float | None


@dataclass(frozen=True)
class State:
    """Where an item stands: its newest event and the decision in force, None each where there is none."""

    item: Item
    last: Event | None = None
    decision: Event | None = None

    @property
    def version(self) -> int:
        """Number of events so far, to be given back when acting."""
        return self.last.version if self.last else 0

    @property
    def status(self) -> Status:
        """As decided; `status_on` says whether that still holds."""
        return self.last.status if self.last else "open"

    @property
    def until(self) -> date | None:
        """The day on which a snoozed or dismissed item comes back."""
        return self.last.until if self.last else None

    @property
    def reason(self) -> str | None:
        """Code of why it was dismissed."""
        return self.last.reason if self.last else None

    @property
    def channel(self) -> Channel | None:
        """Who is to take it up, if it was routed."""
        return self.last.channel if self.last else None

    def status_on(self, day: date) -> Status:
        """The status on `day`: from the day it was put off to, an item is open again."""
        return "open" if self.until and self.until <= day else self.status


@dataclass(frozen=True)
class Setting:
    """One value that somebody gave a setting; the newest one holds."""

    name: str
    value: Any
    by: Person
    at: datetime


@dataclass(frozen=True)
class View:
    """Query parameters of a page under a name; never data."""

    id: int
    name: str
    page: str
    query_params: dict[str, str | list[str]]
    by_key: str
    is_shared: bool


class _Moment(sa.types.TypeDecorator):
    """A moment in UTC, also where the database keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


_metadata = sa.MetaData()

# One row. Its generation is raised in the transaction of every write, so it never runs ahead of what can be read.
_store = sa.Table(
    "store",
    _metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
)

_ITEM = ("customer_id", "kind", "subject")

_events = sa.Table(
    "action_events",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *(_text(name) for name in _ITEM),
    sa.Column("version", sa.Integer, nullable=False),
    _text("did"),
    _text("status"),
    sa.Column("until", sa.Date),
    _text("reason", nullable=True),
    _text("channel", nullable=True),
    _text("note", nullable=True),
    sa.Column("in_force", sa.Integer),
    _text("by_key"),
    _text("by_name"),
    sa.Column("at", _Moment, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    _text("group_key"),
    sa.Column("money", sa.BigInteger),
    sa.Column("probability", sa.Double),
    sa.UniqueConstraint(*_ITEM, "version"),
    sa.ForeignKeyConstraint(
        [*_ITEM, "in_force"], [f"action_events.{name}" for name in (*_ITEM, "version")], name="decision_exists"
    ),
)

_settings = sa.Table(
    "setting_events",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("name"),
    _text("value"),
    _text("by_key"),
    _text("by_name"),
    sa.Column("at", _Moment, nullable=False),
    sa.Index("setting_events_by_name", "name", "id"),
)

_OWN_VIEW = ("page", "by_key", "name")

_views = sa.Table(
    "saved_views",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("page"),
    _text("by_key"),
    _text("name"),
    _text("query_params"),
    sa.Column("is_shared", sa.Boolean, nullable=False),
    sa.Column("at", _Moment, nullable=False),
    sa.UniqueConstraint(*_OWN_VIEW),
)

_last, _decision = _events.alias("last"), _events.alias("decision")

# FULL: a deed that was confirmed survives a power cut. It costs one fsync a deed, and people are slower than disks.
_PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": "on"}

_PROBLEMS: tuple[tuple[tuple[str, ...], type[OrderbeatError], str, str], ...] = (
    (
        ("SQLITE_FULL", "53100"),
        DiskProblem,
        "The disk of the store is full; nothing was written.",
        "Free disk space and try again; what was written before is untouched.",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR", "25006", "42501"),
        DiskProblem,
        "The store cannot be written.",
        "Check the rights on its folder or database and the health of its disk; what was written before is untouched.",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "53300", "55P03", "57014"),
        OrderbeatError,
        "The store is busy; nothing was written.",
        "Try again. If it stays busy, look for a process that hangs while it writes.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"),
        OrderbeatError,
        "The store is damaged.",
        "Move it aside and put a backup in its place.",
    ),
)


class Store:
    """The open store; threads may share it. Every method raises an OrderbeatError where the database fails."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def act(
        self,
        item: Item,
        seen_version: int,
        did: Did,
        *,
        by: Person,
        as_of: date,
        until: date | None = None,
        reason: str | None = None,
        channel: Channel | None = None,
        note: str | None = None,
        group_key: str = "",
        money: int | None = None,
        probability: float | None = None,
    ) -> State:
        """Adds one event to an item whose `seen_version` was on screen, and returns where the item stands now.

        Snoozing needs `until`, dismissing `until` and `reason`, routing `channel`, noting `note`; a note may go with
        anything. Undoing takes back the last decision that holds, not notes and routings. Raises Conflict if anything
        happened since `seen_version`, BadInput for what cannot be done.
        """
        _require(item, did, as_of, {"until": until, "reason": reason, "channel": channel, "note": note})
        try:
            with self._writing() as connection:
                before = _state(connection, item)
                _require_unchanged(before.last, seen_version)
                _add(
                    connection,
                    _events,
                    kind=item.kind,
                    customer_id=item.customer_id,
                    subject=item.subject,
                    version=seen_version + 1,
                    did=did,
                    **_outcome(connection, before, did, until, reason),
                    channel=channel or before.channel,
                    note=note,
                    by_key=by.key,
                    by_name=by.name,
                    at=datetime.now(UTC),
                    as_of=as_of,
                    group_key=group_key,
                    money=money,
                    probability=probability,
                )
                return _state(connection, item)
        except IntegrityError:
            with self._reading() as connection:
                _require_unchanged(_state(connection, item).last, seen_version)
            raise

    def states(self, items_of: Iterable[str] | None = None) -> list[State]:
        """Where every item stands that anybody ever acted on, of these customers or of all, in order of the items."""
        with self._reading() as connection:
            if items_of is None:
                return _states(connection)
            customers = _storable(items_of)
            return [s for s in _states(connection, _of(customers)) if s.item.customer_id in customers]

    def history(self, customer_ids: Iterable[str]) -> list[Event]:
        """Everything that was ever done to items of these customers, newest first."""
        customers = _storable(customer_ids)
        query = sa.select(_events).where(_of(customers)).order_by(_events.c.id.desc())
        with self._reading() as connection:
            events = [_event(row) for row in connection.execute(query)]
        return [event for event in events if event.item.customer_id in customers]

    def taught(self, since: datetime) -> dict[str, tuple[int, int]]:
        """How many items of each group were accepted and dismissed, by the decision in force, made since then."""
        query = (
            _newest()
            .join(_decision, _is_event(_decision, _last, _last.c.in_force))
            .add_columns(
                _decision.c.group_key,
                sa.func.count().filter(_decision.c.did == "accepted"),
                sa.func.count().filter(_decision.c.did == "dismissed"),
            )
            .where(
                _decision.c.did.in_(("accepted", "dismissed")),
                _decision.c.at >= since,
                _decision.c.group_key != "",
            )
            .group_by(_decision.c.group_key)
        )
        with self._reading() as connection:
            return {group_key: (accepted, dismissed) for group_key, accepted, dismissed in connection.execute(query)}

    def setting(self, name: str, default: Any) -> Any:
        """The value a setting was last given, `default` where it never was."""
        query = sa.select(_settings.c.value).where(_settings.c.name == name).order_by(_settings.c.id.desc()).limit(1)
        with self._reading() as connection:
            value = connection.execute(query).scalar()
        return default if value is None else json.loads(value)

    def set_setting(self, name: str, value_json: Any, by: Person) -> None:
        """Gives a setting a value that JSON can hold. Raises BadInput for any other."""
        _require_key(name)
        value = _as_json(value_json)
        with self._writing() as connection:
            _add(connection, _settings, name=name, value=value, by_key=by.key, by_name=by.name, at=datetime.now(UTC))

    def setting_history(self, name: str) -> list[Setting]:
        """Every value a setting was ever given, newest first."""
        query = sa.select(_settings).where(_settings.c.name == name).order_by(_settings.c.id.desc())
        with self._reading() as connection:
            return [
                Setting(row.name, json.loads(row.value), Person(row.by_key, row.by_name), row.at)
                for row in connection.execute(query)
            ]

    def save_view(
        self, name: str, page: str, query_params: Mapping[str, str | Sequence[str]], by_key: str, is_shared: bool
    ) -> View:
        """Keeps the query parameters of a page; a view of that name and page that is one's own is replaced.

        Raises BadInput for anything but texts and lists of texts, or for more than a link may hold.
        """
        _require_key(name, page, by_key)
        kept = _as_view(query_params)
        values = {"page": page, "by_key": by_key, "name": name, "query_params": kept, "is_shared": is_shared}
        row = _insert(self._engine, _views).values(at=datetime.now(UTC), **values)
        replaced = {column: row.excluded[column] for column in ("query_params", "is_shared", "at")}
        with self._writing() as connection:
            query = row.on_conflict_do_update(index_elements=_OWN_VIEW, set_=replaced).returning(_views.c.id)
            view_id = connection.execute(query).scalar_one()
        return View(view_id, name, page, json.loads(kept), by_key, is_shared)

    def views(self, page: str, by_key: str) -> list[View]:
        """Views of a page: one's own and those that others share, by name."""
        query = sa.select(_views).where(_views.c.page == page, sa.or_(_views.c.by_key == by_key, _views.c.is_shared))
        with self._reading() as connection:
            found = [
                View(row.id, row.name, row.page, json.loads(row.query_params), row.by_key, row.is_shared)
                for row in connection.execute(query)
            ]
        return sorted(found, key=lambda view: (view.name, view.id))  # here, for databases disagree on the alphabet

    def delete_view(self, view_id: int, by_key: str) -> None:
        """Deletes a view of one's own. Raises AccessDenied for any other."""
        with self._writing() as connection:
            query = sa.delete(_views).where(_views.c.id == view_id, _views.c.by_key == by_key)
            if connection.execute(query).rowcount == 0:
                raise AccessDenied("This view cannot be deleted.", "It is somebody else's, or it is gone already.")

    def generation(self) -> int:
        """A number that every write raises by one, in whichever process."""
        with self._reading() as connection:
            return connection.execute(sa.select(_store.c.generation)).scalar_one()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _explained(self._engine), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it, the generation included, or nothing."""
        with _explained(self._engine), self._engine.begin() as connection:
            yield connection
            # Last, so that a row everybody needs is locked for as short as can be.
            connection.execute(sa.update(_store).values(generation=_store.c.generation + 1))


def open_store(settings: Settings) -> Store:
    """The store of these settings, created where there is none yet; one a process.

    Raises BadInput for an address that is none, OrderbeatError for a store that cannot be reached or is of a newer
    version, DiskProblem.
    """
    return _open(_url(settings), os.getpid())


def existing_store(settings: Settings) -> Store | None:
    """The store of these settings; None where nobody has written anything yet. Raises as open_store."""
    has_written = settings.store or (settings.home / FILE).exists()
    return open_store(settings) if has_written else None


def check(settings: Settings) -> str:
    """Reads every row of the store, of an SQLite file also its structure, and says how many there are.

    SQLite keeps no checksums: a changed byte within a text is read as it stands. Raises OrderbeatError naming damage.
    """
    store = existing_store(settings)
    if store is None:
        return "Store: nobody has written anything yet."
    with store._reading() as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("pragma integrity_check").scalars().all()
            if found != ["ok"]:
                raise Damaged(
                    f"The store is damaged: {found[0]}.",
                    "A failing disk, or a copy taken while somebody wrote.",
                    "Move it aside and put a backup in its place.",
                )
        rows = sum(1 for table in _metadata.sorted_tables for _ in connection.execute(sa.select(table)))
    return f"Store: {rows:,} rows read."


def _url(settings: Settings) -> sa.URL:
    if not settings.store:
        return sa.URL.create("sqlite", database=str(settings.home / FILE))
    try:
        url = sa.make_url(settings.store)
    except ArgumentError:
        url = sa.URL.create("none")
    if url.get_backend_name() != "postgresql":
        raise BadInput(
            "ORDERBEAT_STORE is not the address of a PostgreSQL database.",
            "It is read as postgresql://user:password@host:port/database.",
            "Mend it, or unset it to keep the store in a file.",
        )
    return url.set(drivername="postgresql+psycopg")


@cache
def _open(url: sa.URL, process: int) -> Store:
    """Cached by process as well: connections must not be shared with a forked child."""
    alone: AbstractContextManager[None]
    if url.get_backend_name() == "sqlite":
        engine, alone = _sqlite(url), _alone(Path(url.database or "").parent)
    else:
        engine, alone = _postgresql(url), nullcontext()
    with alone, _explained(engine):
        _prepare(engine)
    return Store(engine)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time opens a store file: SQLite fails at once when two turn a new one to WAL together."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / f"{FILE}.lock").open("a", encoding="utf-8")
    except OSError as error:
        raise DiskProblem(
            f"{folder} cannot be written.", f"{error}.", "Check its rights and its disk, or mend ORDERBEAT_HOME."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sqlite(url: sa.URL) -> sa.Engine:
    # IMMEDIATE: the first statement that writes waits for the write lock, instead of failing when it cannot have it.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_timeout=_WAIT_SECONDS,
        connect_args={"timeout": _WAIT_SECONDS, "isolation_level": "IMMEDIATE"},
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        for name, value in _PRAGMAS.items():
            connection.execute(f"pragma {name} = {value}")

    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    """No statement waits for ever, and a connection that the server closed meanwhile is replaced."""
    milliseconds = _WAIT_SECONDS * 1_000
    options = f"{url.query.get('options', '')} -c lock_timeout={milliseconds} -c statement_timeout={milliseconds}"
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": milliseconds, "options": options},
    )


def _prepare(engine: sa.Engine) -> None:
    """Creates the tables where they are missing. Raises OrderbeatError for a store of a newer version."""
    version = _schema_version(engine)
    if version is None:
        _create(engine)
        version = _schema_version(engine)
    if version != SCHEMA:
        raise OrderbeatError(
            f"The store has version {version}, and this Orderbeat knows version {SCHEMA}.",
            "A newer Orderbeat has been working with it.",
            "Start that Orderbeat; this one leaves the store alone.",
        )


def _schema_version(engine: sa.Engine) -> int | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(_store.name):
            return None
        return connection.execute(sa.select(_store.c.schema_version)).scalar()


def _create(engine: sa.Engine) -> None:
    """Creates all tables or none, whoever else is about to do the same."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
        connection.execute(sa.schema.CreateTable(_store, if_not_exists=True))
        # In SQLite the transaction begins here; dying before it leaves an empty table, which counts as none.
        row = _insert(engine, _store).values(id=1, schema_version=SCHEMA, generation=0)
        connection.execute(row.on_conflict_do_nothing())
        _metadata.create_all(connection)


def _insert(engine: sa.Engine, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows what to do on a conflict, which each database says in its own words."""
    return sqlite.insert(table) if engine.dialect.name == "sqlite" else postgresql.insert(table)


@contextmanager
def _explained(engine: sa.Engine) -> Iterator[None]:
    """Turns what the database or the disk refuses into an error that says what to do."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        original = getattr(error, "orig", None)
        code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
        if isinstance(error, PoolTimeout):
            code = "SQLITE_BUSY"
        cause = f"{engine.url}: {next(iter(str(original or error).splitlines()), '')}"
        for codes, kind, what, remedy in _PROBLEMS:
            if code.startswith(codes):
                raise kind(what, cause, remedy) from error
        if isinstance(error, OperationalError | InterfaceError):
            raise OrderbeatError(
                "The store cannot be reached.", cause, "Start its database server, or mend ORDERBEAT_STORE."
            ) from error
        raise


def _require(item: Item, did: Did, as_of: date, given: Mapping[str, Any]) -> None:
    if item.kind not in get_args(Kind) or did not in get_args(Did):
        raise BadInput(f"An alert of kind {item.kind!r} cannot be {did!r}.", "One of the two words is unknown.")
    _require_key(item.customer_id, item.subject)
    needed = _NEEDED[did]
    missing = sorted(name for name in needed if not given[name])
    excess = sorted(name for name in given.keys() - needed - {"note"} if given[name] is not None)
    if missing or excess:
        raise BadInput(
            f"An alert cannot be {did} like this.",
            f"Missing: {', '.join(missing) or 'nothing'}; not meant here: {', '.join(excess) or 'nothing'}.",
        )
    if given["channel"] not in (None, *get_args(Channel)):
        raise BadInput(f"There is no channel {given['channel']!r}.", f"There are {', '.join(get_args(Channel))}.")
    if given["until"] and given["until"] <= as_of:
        raise BadInput("That day is not in the future.", f"The data are of {as_of}.", "Choose a later day.")


def _require_unchanged(last: Event | None, seen_version: int) -> None:
    """Raises Conflict if the item has an event that its viewer did not see."""
    version = last.version if last else 0
    if last and version > seen_version:
        raise Conflict(last.by.name, last.did, last.at)
    if version != seen_version:
        raise BadInput(
            f"The store does not know version {seen_version} of this alert.",
            "The store was replaced after the alert was shown.",
            "Reload the page.",
        )


def _is_storable(text: str) -> bool:
    """PostgreSQL takes no NUL, and nobody takes half a surrogate pair; everything else is stored as it is."""
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode("utf-8")


def _require_storable(values: Iterable[Any]) -> None:
    if not all(_is_storable(value) for value in values if isinstance(value, str)):
        raise BadInput(
            "The text holds a character that cannot be stored.",
            "It is no character at all: a NUL, or half of one.",
            "Type the text instead of pasting it.",
        )


def _require_key(*texts: str) -> None:
    """What rows are found by fits into an index of either database."""
    _require_storable(texts)
    if longest := max((text for text in texts if len(text) > _LONGEST_KEY), default=None):
        raise BadInput(
            f"{longest[:40]}… is too long a name.",
            f"Names and keys have {_LONGEST_KEY} characters at most.",
            "Shorten it.",
        )


def _add(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    _require_storable(values.values())
    connection.execute(sa.insert(table).values(values))


def _outcome(
    connection: sa.Connection, before: State, did: Did, until: date | None, reason: str | None
) -> dict[str, Any]:
    """The decision that holds after `did`: a new one, the one before it, or the same."""
    if did in _DECISIONS:
        return {"status": did, "until": until, "reason": reason, "in_force": before.version + 1}
    source = before.last
    if did == "undone":
        if not before.decision:
            raise BadInput("There is nothing to undo.", "No decision on this alert holds.")
        source = _one_event(connection, before.item, before.decision.version - 1)
    if not source:
        return {"status": "open", "until": None, "reason": None, "in_force": None}
    return {"status": source.status, "until": source.until, "reason": source.reason, "in_force": source.in_force}


def _storable(customer_ids: Iterable[str]) -> set[str]:
    """Nobody can have acted on the others, and a database may refuse to hear of them."""
    return set(filter(_is_storable, customer_ids))


def _of(customers: set[str]) -> sa.ColumnElement[bool]:
    return _events.c.customer_id.in_(sorted(customers)) if len(customers) <= _LISTED_CUSTOMERS else sa.true()


def _newest(*of: sa.ColumnElement[bool]) -> sa.Select:
    """Selects from the last event of each item."""
    item = [_events.c[name] for name in _ITEM]
    versions = sa.select(*item, sa.func.max(_events.c.version).label("version")).where(*of).group_by(*item).subquery()
    return sa.select().select_from(versions.join(_last, _is_event(_last, versions, versions.c.version)))


def _is_event(event: sa.FromClause, of: sa.FromClause, version: sa.ColumnElement) -> sa.ColumnElement[bool]:
    return sa.and_(event.c.version == version, *(event.c[name] == of.c[name] for name in _ITEM))


def _states(connection: sa.Connection, *of: sa.ColumnElement[bool]) -> list[State]:
    # Most decisions in force are the last event; reading those twice would take half as long again.
    is_earlier = sa.and_(_is_event(_decision, _last, _last.c.in_force), _last.c.in_force < _last.c.version)
    query = _newest(*of).outerjoin(_decision, is_earlier).add_columns(*_last.c, *_decision.c)
    width = len(_events.c)
    found = []
    for row in connection.execute(query):
        last = _event(row[:width])
        if last.in_force == last.version:
            found.append(State(last.item, last, last))
        else:
            found.append(State(last.item, last, _event(row[width:]) if last.in_force else None))
    return sorted(found, key=lambda state: (state.item.kind, state.item.customer_id, state.item.subject))


def _state(connection: sa.Connection, item: Item) -> State:
    of = (_events.c[name] == getattr(item, name) for name in _ITEM)
    return next(iter(_states(connection, *of)), State(item))


def _one_event(connection: sa.Connection, item: Item, version: int) -> Event | None:
    of = (_events.c[name] == getattr(item, name) for name in _ITEM)
    row = connection.execute(sa.select(_events).where(_events.c.version == version, *of)).first()
    return _event(row) if row else None


def _event(row: Sequence[Any]) -> Event:
    """The event of a row in the order of the table's columns."""
    _, customer_id, kind, subject, version, did, status, until, reason, channel, note, in_force, *rest = row
    by_key, by_name, at, as_of, group_key, money, probability = rest
    return Event(
        Item(kind, customer_id, subject),
        version,
        did,
        status,
        until,
        reason,
        channel,
        note,
        in_force,
        Person(by_key, by_name),
        at,
        as_of,
        group_key,
        money,
        probability,
    )


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput("This value cannot be kept.", f"{error}.") from None


def _as_view(query_params: Mapping[str, str | Sequence[str]]) -> str:
    kept = _as_json(dict(query_params))
    if not (all(map(_is_linkable, query_params.items())) and len(kept) <= _LONGEST_VIEW):
        raise BadInput(
            "This view cannot be kept.",
            f"A view holds what a link may hold: names and texts, {_LONGEST_VIEW} characters at most.",
            "Choose fewer filters.",
        )
    return kept


def _is_linkable(param: tuple[Any, Any]) -> bool:
    name, value = param
    texts = [name, *value] if isinstance(value, list | tuple) else [name, value]
    return all(isinstance(text, str) for text in texts)
