"""What people can have watched, and when it held in the past: one function for the preview and for each look.

A rule that is replayed therefore says exactly what it would have said day by day. Figures of months are looked at at
the end of each complete month, silences on every day, both as they were then; lists as they are today, for they keep no
past. Everything is read through `fetch`, from the own file of whoever the rule is of.
"""

import datetime as dt
import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import pyarrow.compute as pc

import queries
from analytics.spells import spells
from data.errors import BadInput
from data.people import actions, permissions
from data.people.person import Person
from data.people.store.own_rules import Condition, Sense, Spell
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Fetch
from presentation import needs
from presentation.coverage import following, last_day, loaded_months
from presentation.periods import months_before
from presentation.words import N_, text

Kind = Literal["months", "quota", "silence", "list"]

REPLAYED_MONTHS = 24
# Within so many days an order must come for a silence to have been nothing (those of the list of silent accounts).
LASTS_DAYS = 90
# A rule that fires for so many of those it looks at tells nobody anything.
NEARLY_ALL = 0.8
_FEWEST = 5  # of which "nearly all" can be said
_A_YEAR = 12
_EVERY_ROW = 1_000_000
_STEPS = ("analytics.spells.spells",)
_NEVER_DAYS = 36_500  # longer than anybody is silent, and within what a calendar holds
_AND = "\x1f"  # between the keys of a subject that has several
_CHANGES: tuple[Sense, ...] = ("fell", "rose")
_LEVELS: tuple[Sense, ...] = ("below", "above")


@dataclass(frozen=True)
class Watch:
    """Something that can be watched: which column of which query, for each of what, and where that opens.

    `keys` are the columns that say which subject a row is of, `name` is what people call it. On `page` it opens at
    `opens`, places by the column that holds each.
    """

    kind: Kind
    query: str
    keys: Sequence[str]
    name: str
    value: str
    senses: Sequence[Sense]
    page: str
    opens: Mapping[str, str] = field(default_factory=dict)
    by: str = ""


_ACCOUNT: dict[str, Any] = {"page": "customers", "opens": {"customer": "subject"}, "by": "by_customer"}
_OF_MONTHS: dict[str, Any] = {
    "kind": "months",
    "query": "delivery.figures_by_month",
    "keys": ["subject"],
    "name": "name",
}
_SILENCES: dict[str, Any] = {
    "kind": "silence", "query": "delivery.silences", "keys": ["customer_id"], "name": "customer", "senses": ["above"],
    "page": "customers", "opens": {"customer": "customer_id"},
}  # fmt: skip
_QUOTAS: dict[str, Any] = {"kind": "quota", "query": "team.attainment", "value": "attainment", "senses": _LEVELS}
_AN_ACCOUNT: dict[str, Any] = {
    "kind": "list", "keys": ["customer_id"], "name": "customer", "senses": ["above"], "page": "customers",
    "opens": {"customer": "customer_id"},
}  # fmt: skip

WATCHES: Mapping[str, Watch] = {
    "account_revenue": Watch(value="revenue", senses=[*_CHANGES, *_LEVELS], **_OF_MONTHS, **_ACCOUNT),
    "account_margin_rate": Watch(value="margin_rate", senses=_LEVELS, **_OF_MONTHS, **_ACCOUNT),
    "account_price_realisation": Watch(value="price_realisation", senses=_LEVELS, **_OF_MONTHS, **_ACCOUNT),
    "account_silence": Watch(value="days_since_last", **_SILENCES),
    "account_overdue": Watch(value="overdue_ratio", **_SILENCES),
    "catalog_revenue": Watch(
        value="revenue", senses=[*_CHANGES, *_LEVELS], page="catalogs", by="by_catalog", opens={"catalog": "subject"},
        **_OF_MONTHS,
    ),
    "category_revenue": Watch(
        value="revenue", senses=[*_CHANGES, *_LEVELS], page="catalogs", by="by_category", opens={"category": "subject"},
        **_OF_MONTHS,
    ),
    "category_margin_rate": Watch(
        value="margin_rate", senses=_LEVELS, page="catalogs", by="by_category", opens={"category": "subject"},
        **_OF_MONTHS,
    ),
    "person_attainment": Watch(
        keys=["rep_id"], name="rep", page="team", opens={"rep": "rep_id"}, by="by_rep", **_QUOTAS
    ),
    "team_attainment": Watch(
        keys=["team"], name="team", page="team", opens={"team": "team"}, by="by_team", **_QUOTAS
    ),
    "silent_accounts": Watch(query="customers.silent", value="likely_loss", **_AN_ACCOUNT),
    "leaving_categories": Watch(
        query="customers.category_risks", value="at_stake", **(_AN_ACCOUNT | {"keys": ["customer_id", "category"]})
    ),
    "growth_accounts": Watch(query="customers.growth", value="growth_expected", **_AN_ACCOUNT),
    "stuck_deals": Watch(
        "list", "negotiations.stuck", ["negotiation_id"], "customer", "amount", ["above"], "negotiations",
        {"negotiation": "negotiation_id"},
    ),
    "due_things": Watch(
        "list", "team.due", ["alert", "customer_id", "subject"], "customer", "at_stake", ["above"], "customers",
        {"customer": "customer_id"},
    ),
}  # fmt: skip
# Those whose rows have an owner, who can be told in one's place.
OF_OWNERS = frozenset(code for code, watch in WATCHES.items() if watch.page in ("customers", "negotiations"))


@dataclass(frozen=True)
class Told:
    """A spell with what is said of it: the name of its subject, the last value, and whether it was right.

    Right is what held on: a figure that still meets the condition as many months later as are taken together, a
    silence in which no order came for `LASTS_DAYS` more. None where that cannot be told, or not yet. `places` are
    where it opens.
    """

    spell: Spell
    name: str
    value: Any
    was_right: bool | None = None
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """Every spell of a condition, by day and subject, of `looked_at` subjects; `source` is the last result it came of.

    What is a `list` keeps no past: its spells stand, and began on the day of the data.
    """

    told: Sequence[Told]
    looked_at: int
    is_list: bool
    source: Result

    @property
    def standing(self) -> list[Told]:
        """Those that hold on the day of the data, the latest first."""
        found = [each for each in self.told if each.spell.over_on is None]
        return sorted(found, key=lambda each: (-each.spell.since.toordinal(), each.name, each.spell.subject))

    @property
    def spells(self) -> list[Spell]:
        """The spells alone."""
        return [each.spell for each in self.told]


@dataclass(frozen=True)
class Preview:
    """How a condition would have fared: how often it fired since `since`, how often that was right, and for whom.

    `often` are names with how many times each, the most first. `verdict` is "never", "everybody", or
    "nothing" where there was nothing to look at; "" otherwise.
    """

    since: dt.date
    fired: int
    right: int
    wrong: int
    undecided: int
    subjects: int
    looked_at: int
    standing: int
    often: Sequence[tuple[str, int]]
    verdict: str


def offered(to: Person, shown: Snapshot) -> list[str]:
    """What somebody can have watched: of pages that are theirs, of data that were loaded."""
    return [
        code
        for code, watch in WATCHES.items()
        if permissions.allowed(to, "read", watch.query)
        and permissions.allowed(to, "read", watch.page)
        and not needs.of_query(queries.load(watch.query), shown)
        and needs.of_column(watch.value, watch.query, shown) is None
    ]


def unit(condition: Condition) -> str:
    """The unit of the limit."""
    return "ratio" if condition.sense in _CHANGES else value_unit(condition.watch)


def value_unit(watch: str) -> str:
    """The unit of what is watched."""
    found = WATCHES[watch]
    own = {"days_since_last": "days", "overdue_ratio": "factor"}
    return own.get(found.value) or queries.load(found.query).units[found.value]


def suggested(unit: str) -> str:
    """A limit to begin with, as people write it; rates in percent."""
    return {"ratio": "30", "money": "1000", "days": "60", "factor": "2"}.get(unit, "0")


def takes_months(watch: str) -> bool:
    """Whether several months can be taken together."""
    return WATCHES[watch].kind in ("months", "quota")


def first_month(as_of: dt.date) -> dt.date:
    """The first of the months that a rule set on that day of the data is replayed on."""
    return months_before(_last_complete(as_of), REPLAYED_MONTHS - 1)


def history(fetch: Fetch, shown: Snapshot, condition: Condition, first: dt.date) -> History:
    """Every spell of a condition from the month `first` on, up to the day of the data.

    Raises BadInput for a condition on something that nobody can have watched, AccessDenied.
    """
    watch = WATCHES.get(condition.watch)
    if watch is None or condition.sense not in watch.senses:
        raise BadInput(
            text("This cannot be watched."),
            N_("It is of another release, or misspelt."),
            N_("Remove the rule, and set another."),
        )
    return _HISTORIES[watch.kind](fetch, shown, watch, condition, first)


def preview(found: History, since: dt.date) -> Preview:
    """How a condition would have fared, of its history."""
    of_names = {each.spell.subject: each.name for each in found.told}
    times = Counter(each.spell.subject for each in found.told)
    often = sorted(
        ((of_names[subject], number) for subject, number in times.items()), key=lambda each: (-each[1], each)
    )
    verdict = ""
    if not found.looked_at:
        verdict = "" if found.is_list else "nothing"
    elif not times:
        verdict = "" if found.is_list else "never"
    elif found.looked_at >= _FEWEST and len(times) >= NEARLY_ALL * found.looked_at:
        verdict = "everybody"
    return Preview(
        since,
        fired=len(found.told),
        right=sum(each.was_right is True for each in found.told),
        wrong=sum(each.was_right is False for each in found.told),
        undecided=sum(each.was_right is None for each in found.told),
        subjects=len(times),
        looked_at=found.looked_at,
        standing=sum(each.spell.over_on is None for each in found.told),
        often=often,
        verdict=verdict,
    )


def since(told: Told, day: dt.date) -> Told:
    """The same with the day on which it was found first, which a list does not know."""
    return replace(told, spell=replace(told.spell, since=day))


def may_look(to: Person, condition: Condition) -> bool:
    """Whether somebody may still read what a rule of theirs watches."""
    watch = WATCHES.get(condition.watch)
    return watch is not None and permissions.allowed(to, "read", watch.query)


def _meets(condition: Condition) -> Callable[[float], bool]:
    if condition.sense in _CHANGES:
        limit = -condition.limit if condition.sense == "fell" else condition.limit
        compared = operator.lt if condition.sense == "fell" else operator.gt
    else:
        limit, compared = condition.limit, operator.lt if condition.sense == "below" else operator.gt
    return partial(_compares, compared, limit)


def _compares(compared: Callable[[float, float], bool], limit: float, value: float) -> bool:
    return compared(value, limit)


def _months(fetch: Fetch, shown: Snapshot, watch: Watch, condition: Condition, first: dt.date) -> History:
    as_of = dt.date.fromisoformat(shown.as_of)
    months = _looked_at(shown, as_of, first, condition.months, is_compared=True)
    found = fetch(
        watch.query,
        by=watch.by,
        subject=condition.subject or None,
        month_from=first,
        month_to=_last_complete(as_of),
        months=condition.months,
        months_back=_A_YEAR,
    )
    column = "change" if condition.sense in _CHANGES else watch.value
    rows = found.table.select(["subject", "name", "month", column])
    rows = rows.filter(pc.is_valid(rows[column]))
    number = {month: step for step, month in enumerate(months)}
    meets = _meets(condition)
    held: dict[tuple[str, int], Any] = {}
    names: dict[str, str] = {}
    columns = (each.to_pylist() for each in rows.columns)
    looked_at = set()
    for subject, name, month, value in zip(*columns, strict=True):
        if month not in number:
            continue
        looked_at.add(subject)
        if meets(float(value)):
            names[subject] = name
            held[subject, number[month]] = value
    told = _of_months(held, names, months, condition.months, watch)
    return History(told, len(looked_at), is_list=False, source=replace(found, steps=_STEPS))


def _quotas(fetch: Fetch, shown: Snapshot, watch: Watch, condition: Condition, first: dt.date) -> History:
    as_of = dt.date.fromisoformat(shown.as_of)
    months = _looked_at(shown, as_of, first, condition.months, is_compared=False)
    meets = _meets(condition)
    held: dict[tuple[str, int], Any] = {}
    names: dict[str, str] = {}
    looked_at = set()
    reached = partial(_reached, fetch, watch, condition.months)
    for step, month in enumerate(months):
        for row in reached(month).rows():
            subject = row[watch.keys[0]]
            if subject is None or row[watch.value] is None or condition.subject not in ("", subject):
                continue
            looked_at.add(subject)
            if meets(float(row[watch.value])):
                names[subject] = row[watch.name]
                held[subject, step] = row[watch.value]
    told = _of_months(held, names, months, condition.months, watch)
    source = replace(reached(_last_complete(as_of)), steps=_STEPS)
    return History(told, len(looked_at), is_list=False, source=source)


def _reached(fetch: Fetch, watch: Watch, together: int, month: dt.date) -> Result:
    """What was reached in so many months up to the end of one."""
    begins = months_before(month, together - 1)
    end = last_day(month)
    days: dict[str, Any] = {"date_to": end, "date_month_from": begins, "date_month_to": month, "period_to": end}
    return fetch(watch.query, metric="revenue", by=watch.by, team=None, rep=None, **days)


def _of_months(
    held: Mapping[tuple[str, int], Any],
    names: Mapping[str, str],
    months: Sequence[dt.date],
    together: int,
    watch: Watch,
) -> list[Told]:
    """The spells of figures of months; each begins at the end of the month in which it was there to be seen."""
    number = {month: step for step, month in enumerate(months)}
    told = []
    for subject, begun, last in spells(held):
        over_on = last_day(months[last + 1]) if last + 1 < len(months) else None
        later = number.get(months_before(months[begun], -together))
        was_right = None if later is None else (subject, later) in held
        spell = Spell(subject, last_day(months[begun]), over_on)
        told.append(
            Told(spell, names[subject] or subject, held[subject, last], was_right, dict.fromkeys(watch.opens, subject))
        )
    return sorted(told, key=lambda each: (each.spell.since, each.spell.subject))


def _silences(fetch: Fetch, shown: Snapshot, watch: Watch, condition: Condition, first: dt.date) -> History:
    as_of = dt.date.fromisoformat(shown.as_of)
    found = fetch(watch.query, subject=condition.subject or None, date_from=first)
    is_days = watch.value == "days_since_last"
    told, looked_at = [], set()
    columns = ("customer_id", "customer", "ordered_on", "next_on", "known_to", "usual_interval_days")
    for subject, name, ordered_on, next_on, known_to, usual in zip(
        *(found.table[column].to_pylist() for column in columns), strict=True
    ):
        if not is_days and not usual:
            continue
        looked_at.add(subject)
        days = max(-1, min(condition.limit if is_days else condition.limit * usual, _NEVER_DAYS))
        since = ordered_on + dt.timedelta(days=max(0, math.floor(days) + 1))
        end = min(next_on - dt.timedelta(days=1) if next_on else known_to, known_to)
        if not first <= since <= end:
            continue
        lasted = ((next_on or as_of) - ordered_on).days
        lasts_to = since + dt.timedelta(days=LASTS_DAYS)
        was_right = next_on > lasts_to if next_on else (True if lasts_to <= known_to else None)
        told.append(
            Told(
                Spell(subject, since, next_on),
                name or subject,
                lasted if is_days else lasted / usual,
                was_right,
                {"customer": subject},
            )
        )
    told.sort(key=lambda each: (each.spell.since, each.spell.subject))
    return History(told, len(looked_at), is_list=False, source=found)


def _list(fetch: Fetch, shown: Snapshot, watch: Watch, condition: Condition, _first: dt.date) -> History:
    as_of = dt.date.fromisoformat(shown.as_of)
    declared = queries.load(watch.query).params
    more = dict.fromkeys(declared) | actions.parameters(as_of)
    more |= {"page_start": 0, "page_rows": _EVERY_ROW, "limit": _EVERY_ROW}
    found = fetch(watch.query, **{name: more[name] for name in declared})
    told = []
    for row in found.rows():
        subject, value = _AND.join(str(row[key]) for key in watch.keys), row[watch.value]
        is_of_it = condition.subject in ("", subject, row[watch.keys[0]])
        if not is_of_it or not (condition.limit <= 0 or (value is not None and float(value) > condition.limit)):
            continue
        places = {place: row[column] for place, column in watch.opens.items() if row[column] is not None}
        told.append(Told(Spell(subject, as_of), row[watch.name] or subject, value, None, places))
    told.sort(key=lambda each: each.spell.subject)
    return History(told, len(found), is_list=True, source=found)


_HISTORIES: Mapping[Kind, Callable[[Fetch, Snapshot, Watch, Condition, dt.date], History]] = {
    "months": _months,
    "quota": _quotas,
    "silence": _silences,
    "list": _list,
}


def _last_complete(as_of: dt.date) -> dt.date:
    """The month that was complete last, by its first day."""
    month = as_of.replace(day=1)
    return month if as_of == last_day(as_of) else months_before(month, 1)


def _looked_at(shown: Snapshot, as_of: dt.date, first: dt.date, together: int, *, is_compared: bool) -> list[dt.date]:
    """The complete months that are looked at: those for which everything was loaded that is looked at then."""
    loaded = loaded_months(shown.coverage, "orders", as_of)
    found, month = [], first
    while month <= _last_complete(as_of):
        if loaded is None or loaded.issuperset(_needed(month, together, is_compared=is_compared)):
            found.append(month)
        month = following(month)
    return found


def _needed(month: dt.date, together: int, *, is_compared: bool) -> list[dt.date]:
    """The months that are looked at together at the end of one, and those they are compared with."""
    begins = (0, _A_YEAR) if is_compared else (0,)
    return [months_before(month, begin + back) for begin in begins for back in range(together)]
