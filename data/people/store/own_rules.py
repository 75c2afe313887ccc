"""Rules that people set for themselves, and what each of them found: since when, until when, and whom it was told.

A rule says what is watched, never a figure; a finding says which account, catalog or person it is about, by its key.
Whoever reads findings looks each up in their own file first (presentation/own_rules.py).
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from data.errors import AccessDenied, BadInput
from data.people.permissions import Action
from data.people.person import Person
from data.people.store.accounts.tables import new_id
from data.people.store.database import Store, insert
from data.people.store.tables import is_storable, metadata, moment_column, require_key, text_column

Sense = Literal["above", "below", "rose", "fell"]
MOST = 50  # rules of one person
MOST_MONTHS = 12
_PLACES = 32  # of a finding's id

RULES = sa.Table(
    "own_rules",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    text_column("watch"),
    text_column("sense"),
    sa.Column("limit_value", sa.Float, nullable=False),
    sa.Column("months", sa.Integer, nullable=False),
    text_column("subject"),
    sa.Column("to_owners", sa.Boolean, nullable=False),
    text_column("language"),
    sa.Column("history_from", sa.Date, nullable=False),
    sa.Column("set_as_of", sa.Date, nullable=False),
    sa.Column("is_paused", sa.Boolean, nullable=False),
    sa.Column("snoozed_until", sa.Date, nullable=True),
    moment_column("made_at"),
)

LOOKS = sa.Table(
    "own_rule_looks",
    metadata,
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    text_column("snapshot"),
)

FINDINGS = sa.Table(
    "own_findings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False, index=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    text_column("subject"),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("over_on", sa.Date, nullable=True),
    sa.Column("is_news", sa.Boolean, nullable=False),
    moment_column("found_at"),
    moment_column("handed_at", nullable=True),
)


@dataclass(frozen=True)
class Condition:
    """What is watched, and when it is told: `watch` is a code of presentation/own_rules.py.

    `limit` is in the unit of what is watched; a rise or fall is a share of what is compared with. `months` are those
    that are taken together. `subject` is the one account, catalog or person watched, "" each of one's own.
    """

    watch: str
    sense: Sense
    limit: float
    months: int = 3
    subject: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of somebody's.

    What it finds is looked for from `history_from` on; what stood when the data were of `set_as_of` is no news. With
    `to_owners` each owner is told of what their own file holds, in place of whom it is of. It was set in `language`, ""
    where nothing said.
    """

    id: str
    account_id: str
    condition: Condition
    history_from: date
    set_as_of: date
    to_owners: bool = False
    language: str = ""
    is_paused: bool = False
    snoozed_until: date | None = None

    def is_asleep(self, as_of: date) -> bool:
        """Whether it rests on a day of the data."""
        return self.is_paused or (self.snoozed_until is not None and as_of < self.snoozed_until)


@dataclass(frozen=True)
class Spell:
    """A stretch of days on which the condition held for one subject; `over_on` is the first day on which it did not."""

    subject: str
    since: date
    over_on: date | None = None


@dataclass(frozen=True)
class Finding:
    """A spell that was found for somebody; `is_news` tells one that began after the rule was set."""

    id: str
    rule_id: str
    account_id: str
    spell: Spell
    is_news: bool
    handed_at: datetime | None


def save(
    store: Store,
    by: Person,
    condition: Condition,
    *,
    history_from: date,
    as_of: date,
    snapshot: str,
    standing: Iterable[Spell] = (),
    to_owners: bool = False,
    language: str = "",
) -> Rule:
    """A new rule of one's own, with what stands at that moment, which is no news to whoever saw the preview.

    Raises AccessDenied, BadInput for what is no condition, or beyond `MOST` rules.
    """
    require_condition(condition)
    made = Rule(new_id(), by.key, condition, history_from, as_of, to_owners, language)
    more: tuple[Action, ...] = ("route",) if to_owners else ()
    detail = {"watch": condition.watch, "sense": condition.sense, "limit": condition.limit}
    with store.writing(by, "set_rule", *more, did="rule_set", about=made.id, detail=detail) as connection:
        has = connection.execute(sa.select(sa.func.count()).where(RULES.c.account_id == by.key)).scalar_one()
        if has >= MOST:
            raise BadInput("There are too many rules.", f"Nobody has more than {MOST}.", "Remove one first.")
        connection.execute(sa.insert(RULES).values(**_row(made), made_at=datetime.now(UTC)))
        if not to_owners:
            _record(connection, store, made, by.key, [*standing], as_of, snapshot, is_list=False)
    return made


def pause(store: Store, by: Person, rule_id: str, *, is_paused: bool) -> None:
    """Lets a rule of one's own rest, or wakes it. Raises AccessDenied for any other."""
    detail = {"paused": is_paused}
    with store.writing(by, "set_rule", did="rule_set", about=rule_id, detail=detail) as connection:
        _change(connection, by.key, rule_id, is_paused=is_paused, snoozed_until=None)


def snooze(store: Store, by: Person, rule_id: str, until: date) -> None:
    """Lets a rule of one's own rest until the data are of that day. Raises AccessDenied for any other."""
    detail = {"until": until.isoformat()}
    with store.writing(by, "set_rule", did="rule_set", about=rule_id, detail=detail) as connection:
        _change(connection, by.key, rule_id, is_paused=False, snoozed_until=until)


def remove(store: Store, by: Person, rule_id: str) -> None:
    """Removes a rule of one's own, and what it found. Raises AccessDenied for any other."""
    with store.writing(by, "set_rule", did="rule_removed", about=rule_id) as connection:
        own = sa.delete(RULES).where(RULES.c.id == rule_id, RULES.c.account_id == by.key)
        if connection.execute(own).rowcount == 0:
            raise _NOT_OWN
        for table in (FINDINGS, LOOKS):
            connection.execute(sa.delete(table).where(table.c.rule_id == rule_id))


def own(store: Store, to: Person) -> list[Rule]:
    """One's own rules, the newest first."""
    return _rules(store, RULES.c.account_id == to.key)


def everybodys(store: Store) -> list[Rule]:
    """All rules there are. Only for what looks in each one's name into their own file."""
    return _rules(store)


def looked(store: Store, rule: Rule, account_id: str) -> tuple[date, str] | None:
    """The day of the data and the file that were last looked at for somebody; None where none was."""
    query = sa.select(LOOKS.c.as_of, LOOKS.c.snapshot).where(
        LOOKS.c.rule_id == rule.id, LOOKS.c.account_id == account_id
    )
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
    return (row.as_of, row.snapshot) if row else None


def record(
    store: Store, rule: Rule, account_id: str, spells: Sequence[Spell], as_of: date, snapshot: str, *, is_list: bool
) -> None:
    """Keeps what a look into somebody's file found, whole or not at all; the same look again changes nothing.

    Where `is_list`, the spells are what stands now: what stood before and is not among them is over.
    """
    with store.keeping() as connection:
        _record(connection, store, rule, account_id, spells, as_of, snapshot, is_list=is_list)


def has_news(store: Store, rule: Rule, account_id: str) -> bool:
    """Whether a rule found something for somebody that is news, goes on, and was not told yet."""
    query = sa.select(FINDINGS.c.id).where(
        FINDINGS.c.rule_id == rule.id,
        FINDINGS.c.account_id == account_id,
        FINDINGS.c.is_news,
        FINDINGS.c.over_on.is_(None),
        FINDINGS.c.handed_at.is_(None),
    )
    with store.reading() as connection:
        return connection.execute(query.limit(1)).first() is not None


def findings(store: Store, account_id: str) -> list[Finding]:
    """Everything that was found for somebody, by rule, subject and day."""
    query = sa.select(FINDINGS).where(FINDINGS.c.account_id == account_id)
    with store.reading() as connection:
        found = [_finding(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda each: (each.rule_id, each.spell.subject, each.spell.since))


def handed(store: Store, ids: Collection[str]) -> None:
    """Notes that findings were told to whom they are for."""
    with store.keeping() as connection:
        hand(connection, ids)


def hand(connection: sa.Connection, ids: Collection[str]) -> None:
    """The same within the transaction of what tells them."""
    now = datetime.now(UTC)
    connection.execute(sa.update(FINDINGS).where(FINDINGS.c.id.in_([*ids])).values(handed_at=now))


_NOT_OWN = AccessDenied("This rule is not yours.", "It is somebody else's, or it is gone already.", "Reload the page.")


def require_condition(condition: Condition) -> None:
    """Raises BadInput for what is no condition."""
    require_key(condition.watch, condition.subject)
    if condition.sense not in get_args(Sense) or not 1 <= condition.months <= MOST_MONTHS:
        raise BadInput(
            "This is no rule.", f"It looks at 1 to {MOST_MONTHS} months, for more or for less.", "Correct the form."
        )
    if not math.isfinite(condition.limit) or (condition.sense in ("rose", "fell") and condition.limit <= 0):
        raise BadInput("This is no limit.", "It is no number, or a change of nothing.", "Correct the form.")


def _change(connection: sa.Connection, account_id: str, rule_id: str, **values: Any) -> None:
    own_one = sa.update(RULES).where(RULES.c.id == rule_id, RULES.c.account_id == account_id)
    if connection.execute(own_one.values(**values)).rowcount == 0:
        raise _NOT_OWN


def _record(
    connection: sa.Connection,
    store: Store,
    rule: Rule,
    account_id: str,
    spells: Sequence[Spell],
    as_of: date,
    snapshot: str,
    *,
    is_list: bool,
) -> None:
    of_rule = (FINDINGS.c.rule_id == rule.id, FINDINGS.c.account_id == account_id)
    of_look = (LOOKS.c.rule_id == rule.id, LOOKS.c.account_id == account_id)
    is_first = connection.execute(sa.select(LOOKS.c.as_of).where(*of_look)).first() is None
    known = [_finding(row) for row in connection.execute(sa.select(FINDINGS).where(*of_rule)).mappings()]
    stands = {spell.subject: spell for spell in spells if spell.over_on is None}
    by_since = {(spell.subject, spell.since): spell for spell in spells}
    last: dict[str, date] = defaultdict(lambda: date.min)
    still: set[str] = set()
    for each in known:
        subject, since = each.spell.subject, each.spell.since
        last[subject] = max(last[subject], since)
        if each.spell.over_on is not None:
            continue
        over_on = _over_on(each.spell, stands.get(subject), by_since.get((subject, since)), as_of, is_list=is_list)
        if over_on is None:
            still.add(subject)
        else:
            ends = sa.update(FINDINGS).where(FINDINGS.c.id == each.id, FINDINGS.c.over_on.is_(None))
            connection.execute(ends.values(over_on=over_on))
    for spell in spells:
        is_known = spell.subject in still if is_list else spell.since <= last[spell.subject]
        is_past = spell.over_on is not None and spell.since <= rule.set_as_of
        if is_known or is_past or not is_storable(spell.subject):
            continue
        new = insert(store, FINDINGS).values(
            id=_id(rule, account_id, spell),
            rule_id=rule.id,
            account_id=account_id,
            subject=spell.subject,
            since=spell.since,
            over_on=spell.over_on,
            is_news=spell.since > rule.set_as_of and not (is_list and is_first),
            found_at=datetime.now(UTC),
        )
        # What is over and back again on one day of the data, as after a load that was mended, goes on.
        connection.execute(new.on_conflict_do_update(index_elements=["id"], set_={"over_on": new.excluded.over_on}))
    look = insert(store, LOOKS).values(rule_id=rule.id, account_id=account_id, as_of=as_of, snapshot=snapshot)
    now = {"as_of": look.excluded.as_of, "snapshot": look.excluded.snapshot}
    connection.execute(look.on_conflict_do_update(index_elements=["rule_id", "account_id"], set_=now))


def _over_on(found: Spell, stands: Spell | None, same: Spell | None, as_of: date, *, is_list: bool) -> date | None:
    """The day on which a spell that was found is over; None where it goes on."""
    if is_list:
        return None if stands else as_of
    if same:
        return same.over_on
    if stands is None:
        return as_of
    return None if stands.since <= found.since else stands.since  # its begin was mended, or it is another by now


def _id(rule: Rule, account_id: str, spell: Spell) -> str:
    said = json.dumps([rule.id, account_id, spell.subject, spell.since.isoformat()])
    return hashlib.sha256(said.encode()).hexdigest()[:_PLACES]


def _rules(store: Store, *of: sa.ColumnElement[bool]) -> list[Rule]:
    query = sa.select(RULES).where(*of).order_by(RULES.c.made_at.desc(), RULES.c.id)
    with store.reading() as connection:
        return [_rule(row) for row in connection.execute(query).mappings()]


def _row(rule: Rule) -> dict[str, Any]:
    values = {name: value for name, value in vars(rule).items() if name != "condition"}
    condition = dict(vars(rule.condition))
    return values | {"limit_value": condition.pop("limit")} | condition


def _rule(row: Mapping[Any, Any]) -> Rule:
    condition = Condition(row["watch"], row["sense"], row["limit_value"], row["months"], row["subject"])
    own_values = {name: row[name] for name in Rule.__dataclass_fields__ if name != "condition"}
    return Rule(condition=condition, **own_values)


def _finding(row: Mapping[Any, Any]) -> Finding:
    spell = Spell(row["subject"], row["since"], row["over_on"])
    return Finding(row["id"], row["rule_id"], row["account_id"], spell, row["is_news"], row["handed_at"])
