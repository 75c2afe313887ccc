"""What a digest says, without a form yet: one subject, one answer, and sections of rows. All of it is plain text.

It says what the pages say, from the same queries on the reader's own file.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import queries
from data.people import actions
from data.people.permissions import allowed
from data.people.person import Person
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Fetch
from presentation import figures, filters, format, labels, needs, words
from presentation.addresses import address
from presentation.digest.memory import Memory, News, Standing, cents, news, told_now
from presentation.filters import Filters
from presentation.sentences import accounts as sentences
from presentation.words import N_, listed, plural, text

_LOOKED_AT = 5_000  # accounts among which is looked whether one is still open
_DUE_SHOWN = 10
_NAMED = 10  # accounts in one sentence
_FIGURES = ("revenue", "margin_rate", "active_customers", "orders")
_DUE_KINDS = ("deal", "contract")
# Signs that turn or hide what follows them: a name shows as it is written, and never changes what stands around it.
_TURNING = {*"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029"}


@dataclass(frozen=True)
class Row:
    """One line of a section: what it is about, an amount, what else is known, and the page that says more."""

    title: str
    amount: str = ""
    details: tuple[str, ...] = ()
    link: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a digest: sentences, then rows, then what is left out; `link` opens the page it is from."""

    title: str
    sentences: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    more: str = ""
    link: str = ""


@dataclass(frozen=True)
class Report:
    """What somebody is told, as of the data shown; `link` opens the page it is from."""

    subject: str
    answer: str
    sections: tuple[Section, ...]
    foot: str
    link: str


@dataclass(frozen=True)
class Digest(Report):
    """The report of one's own list, with what is new in it; `memory` is what its reader will have been told by it."""

    news: News
    memory: Memory
    still_open: frozenset[str] = field(repr=False)


def digest(who: Person, fetch: Fetch, shown: Snapshot, told: Memory | None, at: str) -> Digest:
    """The digest of somebody in the settled language; `at` is where the server answers. What was told is compared with.

    What a role may not read, and what was not loaded, is left out.
    """
    f = filters.parse(dt.date.fromisoformat(shown.as_of), {}, shown.coverage)
    maker = _Maker(who, fetch, shown, f, at)
    decided = actions.parameters(dt.date.fromisoformat(shown.as_of))
    everything = fetch("customers.work_list", f, **decided, **_UNNARROWED, page_start=0, page_rows=_LOOKED_AT)
    most = fetch("customers.day_accounts", f).one()["accounts"]
    rows = everything.rows()
    work = rows[:most]
    due, due_keys = maker.due()
    figures, as_figured = maker.figures()
    outcomes, as_followed = maker.outcomes()
    standing = Standing(
        {row["customer_id"]: cents(row["worth"]) for row in work},
        frozenset(row["customer_id"] for row in rows),
        due_keys, as_figured, as_followed,
    )  # fmt: skip
    what = news(told, standing)
    worth = format.money(everything, sum(row["worth"] for row in work))
    answer = sentences.silent(fetch("customers.headline", f))
    changed, work_section = maker.changed(what, told, work, everything), maker.work(work, everything, what)
    return Digest(
        _subject(what, len(work), worth),
        answer,
        tuple(each for each in (changed, figures, work_section, *due, outcomes) if each),
        " · ".join([
            text("Data to {day}", day=format.value(dt.date.fromisoformat(shown.as_of), "date")),
            f.compared(),
            text("all amounts in {currency}", currency=shown.currency),
        ]),
        maker.link("customers", list="work"),
        what,
        told_now(told, standing),
        standing.open,
    )  # fmt: skip


_UNNARROWED = dict.fromkeys(("status", "alert", "channel"))


def _subject(what: News, count: int, worth: str) -> str:
    if not count:
        return text("Nothing is left to take up")
    if came := len(what.new) + len(what.back):
        return plural(
            "{count} new among {accounts} to take up, worth {worth}",
            "{count} new among {accounts} to take up, worth {worth}",
            came,
            accounts=count,
            worth=worth,
        )
    return plural(
        "{count} account to take up, worth {worth}", "{count} accounts to take up, worth {worth}", count, worth=worth
    )


def tidy(name: Any) -> str:
    """Text that came from data, on one line and without signs that would turn or hide what follows."""
    kept = "".join(
        " " if sign.isspace() else sign
        for sign in str(name or format.NOTHING)
        if sign.isspace() or (sign not in _TURNING and unicodedata.category(sign) not in ("Cc", "Cs", "Co", "Cn"))
    )
    return " ".join(kept.split()) or format.NOTHING


class _Maker:
    """What all sections are made from."""

    def __init__(self, who: Person, fetch: Fetch, shown: Snapshot, f: Filters, at: str) -> None:
        self.who, self.fetch, self.shown, self.filters, self.at = who, fetch, shown, f, at

    def link(self, page: str, **places: str) -> str:
        return address(page, at=self.at, **places, language=words.language())

    def account(self, customer: str) -> str:
        return self.link("customers", list="work", of=customer)

    def work(self, rows: list[dict[str, Any]], found: Result, what: News) -> Section:
        """The list of the day, as the page has it."""
        has_owners = len({row["owner"] for row in rows}) > 1
        marks = dict.fromkeys(what.new, text("new")) | dict.fromkeys(what.back, text("back"))
        shown = [
            Row(
                tidy(row["customer"]),
                format.money(found, row["worth"]),
                tuple(filter(None, [
                    labels.codes(row["reasons"]),
                    _rhythm(row),
                    text("due {day}", day=format.value(row["due_on"], "date")) if row["due_on"] else "",
                    tidy(row["owner"]) if has_owners and row["owner"] else "",
                ])),
                self.account(row["customer_id"]),
                marks.get(row["customer_id"], ""),
            )
            for row in rows
        ]  # fmt: skip
        waiting = rows[0]["accounts"] - len(rows) if rows else 0
        more = plural("{count} more account waits", "{count} more accounts wait", waiting) if waiting else ""
        nothing = () if rows else (text("Nothing is left to do here."),)
        return Section(text("Whom to take up"), nothing, tuple(shown), more, self.link("customers", list="work"))

    def changed(self, what: News, told: Memory | None, rows: list[dict[str, Any]], found: Result) -> Section | None:
        """What is new, back, gone and worth something else since the last time."""
        if told is None:
            return None
        names = {row["customer_id"]: tidy(row["customer"]) for row in rows}
        worth = {row["customer_id"]: row["worth"] for row in rows}
        moved = [
            text("{customer} (now {worth})", customer=names[key], worth=format.money(found, worth[key]))
            for key in what.changed
        ]
        said = [
            _named(N_("New: {customers}"), [names[key] for key in what.new]),
            _named(N_("Back again: {customers}"), [names[key] for key in what.back]),
            _named(N_("Off the list: {customers}"), self._gone(what.gone)),
            _named(N_("Worth more or less than told: {customers}"), moved),
        ]
        kept = tuple(filter(None, said)) or (text("Nothing changed on your list."),)
        return Section(text("Since the last time"), kept)

    def _gone(self, keys: Iterable[str]) -> list[str]:
        """Their names, as far as they are still in the own file; of the others only how many there are."""
        named, others = [], 0
        for number, key in enumerate(keys):
            found = self.fetch("customers.profile", self.filters.about(customer=key)) if number < _NAMED else ()
            if found:
                named.append(tidy(found.one()["customer"]))
            else:
                others += 1
        return named + ([plural("{count} more", "{count} more", others)] if others else [])

    def figures(self) -> tuple[Section | None, tuple[str, ...]]:
        """The figures of the base against the comparison, for whoever compares people."""
        if not allowed(self.who, "compare_people"):
            return None, ()
        found = self.fetch("customers.kpis", self.filters)
        shared = None if self.filters.is_compared else self.filters.comparable
        compared = self.fetch("customers.kpis", shared) if shared else found
        row = found.one()
        columns = needs.known(_FIGURES, found.query.name, self.shown)
        shown = tuple(
            Row(
                labels.column(column),
                format.value(row[column], found.query.units[column], self.shown.currency),
                tuple(filter(None, [figures.change(compared, column)])),
            )
            for column in columns
        )
        section = Section(text("Figures of the period"), (), shown, "", self.link("customers"))
        return section, tuple(f"{column} {row[column]}" for column in columns)

    def due(self) -> tuple[list[Section], frozenset[str]]:
        """Deals and contracts that ask for something now, of those whose rows the own file holds."""
        query = queries.load("team.due")
        if not allowed(self.who, "read", query.name) or needs.of_query(query, self.shown):
            return [], frozenset()
        sections, keys = [], set()
        for kind, title in zip(_DUE_KINDS, (N_("Deals that are due"), N_("Contracts that are due")), strict=True):
            unnarrowed = dict.fromkeys(("team", "owner", "status", "reason", "customer", "subject", "search", "sort"))
            found = self.fetch(query.name, self.filters, **unnarrowed, alert=kind, page_start=0, page_rows=_DUE_SHOWN)
            rows = found.rows()
            keys |= {f"{kind} {row['customer_id']} {row['subject']} {row['reason']}" for row in rows}
            if rows:
                more = rows[0]["items"] - len(rows)
                left = plural("{count} more", "{count} more", more) if more else ""
                shown = tuple(self._due(found, row) for row in rows)
                sections.append(Section(text(title), (), shown, left, self.link("team", list="due")))
        return sections, frozenset(keys)

    def _due(self, found: Result, row: dict[str, Any]) -> Row:
        details = [
            labels.code(row["reason"]),
            tidy(row["about"]),
            text("due {day}", day=format.value(row["due_on"], "date")) if row["due_on"] else "",
            tidy(row["rep"]) if row["rep"] and allowed(self.who, "compare_people") else "",
        ]
        link = self.link("team", list="due", work=row["alert"], of=row["customer_id"], subject=row["subject"])
        amount = format.money(found, row["at_stake"]) if row["at_stake"] is not None else ""
        return Row(tidy(row["customer"]), amount, tuple(filter(None, details)), link)

    def outcomes(self) -> tuple[Section | None, tuple[str, ...]]:
        """What came of what was accepted, once its days are over."""
        found = self.fetch("customers.outcomes", self.filters, accepted=actions.accepted())
        rows = [row for row in found.rows() if row["matured"]]
        if not rows:
            return None, ()
        shown = tuple(
            Row(
                labels.code(row["alert"]),
                format.money(found, row["revenue"]),
                (
                    plural(
                        "{followed} of {count} followed, {expected} expected anyway",
                        "{followed} of {count} followed, {expected} expected anyway",
                        row["matured"],
                        followed=format.value(row["followed"], "count"),
                        expected=format.value(row["expected"], "score"),
                    ),
                ),
            )
            for row in rows
        )
        section = Section(text("What came of it"), (), shown, "", self.link("customers", list="work"))
        return section, tuple(f"{row['alert']} {row['matured']} {row['followed']} {row['revenue']}" for row in rows)


def _rhythm(row: Mapping[str, Any]) -> str:
    """How long an account has been silent, once that is longer than usual."""
    if not row["usual_interval_days"] or row["days_since_last"] <= row["usual_interval_days"]:
        return ""
    return text(
        "silent for {since}, usually orders every {usual}",
        since=format.value(row["days_since_last"], "days"),
        usual=format.value(row["usual_interval_days"], "days"),
    )


def _named(message: str, names: list[str]) -> str:
    if not names:
        return ""
    left = len(names) - _NAMED
    return text(message, customers=listed([*names[:_NAMED], *_left(left)]))


def _left(count: int) -> list[str]:
    return [plural("{count} more", "{count} more", count)] if count > 0 else []
