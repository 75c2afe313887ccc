"""Rules of one's own on the past: what the replay says is computed once more by plain Python, and day by day."""

import datetime as dt
import itertools
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from data.people.store import open_store
from data.people.store import own_rules as kept
from data.people.store.own_rules import Condition, Sense, Spell
from data.settings import current
from data.warehouse import build
from data.warehouse.access import Result, Snapshot
from data.warehouse.coverage import Stretch
from data.warehouse.engine import Engine
from data.warehouse.reading import Fetch
from presentation import own_rules, words
from presentation.periods import months_before
from presentation.sentences import own_rules as sentences
from queries import load
from tests import warehouse
from tests.people import DIRECTOR, ECOMMERCE

END = dt.date(2026, 6, 20)
Order = tuple[str, dt.date, Decimal, bool]  # customer, day, revenue, whether it is a credit note


def orders_of(seed: int) -> list[Order]:
    """Orders over three years of accounts that begin, pause, fade and return; returns among them."""
    pick, found = random.Random(seed), []
    for number in range(6):
        day = END - dt.timedelta(days=pick.randrange(300, 1_200))
        gap = pick.choice((5, 20, 45, 90))
        while day <= END:
            is_return = pick.random() < 0.1
            revenue = Decimal(pick.randrange(1, 90_000)) / 100
            found.append((f"C{number}", day, -revenue if is_return else revenue, is_return))
            day += dt.timedelta(days=pick.choice((0, 1, gap, gap, 2 * gap, 5 * gap)))
            gap = pick.choice((gap, gap, gap, 5, 60))
    return found


def shown(as_of: dt.date, coverage: Sequence[Stretch] = ()) -> Snapshot:
    return Snapshot(
        as_of.isoformat(), Path(as_of.isoformat()), as_of.isoformat(), "", "EUR", frozenset({"orders"}), 0,
        coverage=tuple(coverage),
    )  # fmt: skip


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One database for all, whose tables are filled anew for each file; opening one takes longer than most tests."""
    connection = duckdb.connect(config={"threads": "1"})
    queries = [load(name) for name in ("delivery.figures_by_month", "delivery.silences")]
    warehouse.empty_tables(connection, {table for query in queries for table in query.tables()})
    build.define_metrics(Engine(connection), "main")
    return connection


def fill(table: str, rows: list[dict[str, Any]]) -> None:
    """Puts rows in the place of those of a table."""
    connection = database()
    connection.execute(f"delete from {table}")
    if rows:
        connection.register("given", pa.Table.from_pylist(rows))
        connection.execute(f"insert into {table} by name select * from given")
        connection.unregister("given")


def fetching(orders: Sequence[Order], snapshot: Snapshot, names: dict[str, str] | None = None) -> Fetch:
    """The queries on a file that holds these orders up to the day of the snapshot, and nothing of later ones."""
    as_of = dt.date.fromisoformat(snapshot.as_of)
    held = [order for order in orders if order[1] <= as_of]
    columns = ("customer_id", "ordered_on", "revenue", "is_credit_note")
    fill("orders", [{"order_id": f"O{n}"} | dict(zip(columns, order, strict=True)) for n, order in enumerate(held)])
    customers = sorted({order[0] for order in held})
    called = {customer: (names or {}).get(customer, f"Customer {customer}") for customer in customers}
    fill("customers", [{"customer_id": customer, "name": called[customer]} for customer in customers])
    last = {
        customer: max((o[1] for o in held if o[0] == customer and not o[3]), default=None) for customer in customers
    }
    fill(
        "reorder_rhythm",
        [{"customer_id": customer, "days_since_last": day and (as_of - day).days} for customer, day in last.items()],
    )

    def fetch(name: str, _filters: object = None, **more: Any) -> Result:
        query = load(name)
        given = {"as_of": snapshot.as_of, **more}
        params = {param: given[param] for param in query.params}
        return Result(database().execute(query.sql, params).to_arrow_table(), query, params, snapshot)

    return fetch  # type: ignore[return-value]


def last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def recomputed_of_months(
    orders: Sequence[Order], as_of: dt.date, condition: Condition, first: dt.date
) -> list[tuple[str, dt.date, dt.date | None, bool | None]]:
    """Month after month, account by account, by adding up what was ordered."""
    months = []
    month = first
    while last_day(month) <= as_of:
        months.append(month)
        month = last_day(month) + dt.timedelta(days=1)

    def total(customer: str, month: dt.date, back: int) -> tuple[Decimal, bool]:
        until = last_day(months_before(month, back))
        since = months_before(month, back + condition.months - 1)
        own = [order[2] for order in orders if order[0] == customer and since <= order[1] <= until]
        return sum(own, Decimal(0)), bool(own)

    def holds(customer: str, month: dt.date) -> bool:
        (now, is_now), (base, is_base) = total(customer, month, 0), total(customer, month, 12)
        if condition.sense in ("fell", "rose"):
            if base <= 0:
                return False
            change = float(now) / float(base) - 1
            return change < -condition.limit if condition.sense == "fell" else change > condition.limit
        if not is_now and not is_base:
            return False
        return now < condition.limit if condition.sense == "below" else now > condition.limit

    found: list[tuple[str, dt.date, dt.date | None, bool | None]] = []
    for customer in sorted({order[0] for order in orders}):
        held = [holds(customer, month) for month in months]
        for n, month in enumerate(months):
            if held[n] and (n == 0 or not held[n - 1]):
                over = next((m for m in range(n, len(months)) if not held[m]), None)
                later = n + condition.months
                was_right = held[later] if later < len(months) else None
                found.append((customer, last_day(month), None if over is None else last_day(months[over]), was_right))
    return sorted(found, key=lambda each: (each[1], each[0]))


def recomputed_of_silences(
    orders: Sequence[Order], as_of: dt.date, condition: Condition, first: dt.date
) -> list[tuple[str, dt.date, dt.date | None, bool | None]]:
    """Day after day: how long each account has been silent then, as it could be known then."""
    days: dict[str, set[dt.date]] = defaultdict(set)
    for customer, day, _, is_return in orders:
        if not is_return and day <= as_of:
            days[customer].add(day)

    def holds(customer: str, today: dt.date) -> bool:
        so_far = sorted(day for day in days[customer] if day <= today)
        if not so_far:
            return False
        silent = (today - so_far[-1]).days
        if condition.watch == "account_silence":
            return silent > condition.limit
        gaps = [(b - a).days for a, b in itertools.pairwise(so_far)]
        if len(so_far) < 5 or (so_far[-1] - so_far[0]).days < 90:
            return False
        return silent > condition.limit * statistics.median(gaps)

    found: list[tuple[str, dt.date, dt.date | None, bool | None]] = []
    for customer, own_days in days.items():
        today, was = first - dt.timedelta(days=1), False
        was = holds(customer, today)
        while today < as_of:
            today += dt.timedelta(days=1)
            if (now := holds(customer, today)) and not was:
                orders_later = sorted(day for day in own_days if day > today)
                over = orders_later[0] if orders_later else None
                end = today + dt.timedelta(days=90)
                was_right = over > end if over else (True if end <= as_of else None)
                found.append((customer, today, over, was_right))
            was = now
    return sorted(found, key=lambda each: (each[1], each[0]))


def said(history: own_rules.History) -> list[tuple[str, dt.date, dt.date | None, bool | None]]:
    return [(each.spell.subject, each.spell.since, each.spell.over_on, each.was_right) for each in history.told]


CHANGES: list[tuple[Sense, float]] = [("fell", 0.3), ("rose", 0.5), ("below", 500.0), ("above", 2_000.0)]


@pytest.mark.parametrize("months", [1, 3, 12])
@pytest.mark.parametrize(("sense", "limit"), CHANGES)
def test_the_replay_of_revenue_is_what_plain_python_adds_up(sense: Sense, limit: float, months: int) -> None:
    fired = 0
    for seed in range(3):
        orders, snapshot = orders_of(seed), shown(END)
        condition = Condition("account_revenue", sense, limit, months)
        first = own_rules.first_month(END)
        assert first == dt.date(2024, 6, 1), "of the 24 months that were complete"
        found = own_rules.history(fetching(orders, snapshot), snapshot, condition, first)
        assert said(found) == recomputed_of_months(orders, END, condition, first)
        fired += len(found.told)
    assert fired


@pytest.mark.parametrize(
    ("watch", "limit"), [("account_silence", 30.0), ("account_silence", 44.5), ("account_overdue", 1.5)]
)
def test_the_replay_of_silences_is_what_was_known_on_each_day(watch: str, limit: float) -> None:
    fired = 0
    for seed in range(3):
        orders, snapshot = orders_of(seed), shown(END)
        condition = Condition(watch, "above", limit)
        first = own_rules.first_month(END)
        found = own_rules.history(fetching(orders, snapshot), snapshot, condition, first)
        assert said(found) == recomputed_of_silences(orders, END, condition, first)
        fired += len(found.told)
    assert fired


@pytest.mark.parametrize(("limit", "is_always"), [(-1.7e308, True), (1.7e308, False)])
def test_a_limit_beyond_all_numbers_is_met_always_or_never(limit: float, *, is_always: bool) -> None:
    snapshot, first = shown(END), own_rules.first_month(END)
    condition = Condition("account_overdue", "above", limit)
    found = own_rules.history(fetching(orders_of(1), snapshot), snapshot, condition, first)
    assert bool(found.told) == is_always


RULES = [Condition("account_revenue", sense, limit, 3) for sense, limit in CHANGES] + [
    Condition("account_silence", "above", 30.0),
    Condition("account_overdue", "above", 1.5),
]


@pytest.mark.parametrize("condition", RULES, ids=lambda each: f"{each.watch} {each.sense}")
@pytest.mark.usefixtures("home")
def test_looked_at_day_by_day_a_rule_finds_what_its_replay_says(condition: Condition) -> None:
    """Looks come on some days only, as snapshots do; one is repeated, as after a kill."""
    store, orders = open_store(current()), orders_of(1)
    begun = dt.date(2025, 10, 10)
    first, pick = own_rules.first_month(begun), random.Random(7)
    snapshot = shown(begun)
    history = own_rules.history(fetching(orders, snapshot), snapshot, condition, first)
    rule = kept.save(
        store, DIRECTOR, condition, history_from=first, as_of=begun, snapshot="0", standing=history.spells
    )  # fmt: skip
    today = begun
    while today < END:
        today = min(END, today + dt.timedelta(days=pick.choice((1, 3, 9, 20))))
        snapshot = shown(today)
        history = own_rules.history(fetching(orders, snapshot), snapshot, condition, first)
        for _ in range(pick.choice((1, 1, 2))):
            kept.record(store, rule, DIRECTOR.key, history.spells, today, today.isoformat(), is_list=False)
    replayed = own_rules.history(fetching(orders, shown(END)), shown(END), condition, first)
    expected = [each for each in replayed.spells if each.since > begun or each.over_on is None or each.over_on > begun]
    found = kept.findings(store, DIRECTOR.key)
    assert sorted((each.spell for each in found), key=str) == sorted(expected, key=str)
    assert {each.spell.since for each in found if each.is_news} == {
        each.since for each in expected if each.since > begun
    }
    assert any(each.is_news for each in found)
    assert any(each.spell.over_on for each in found)


def test_months_that_were_not_loaded_are_not_looked_at() -> None:
    """Sales seem to fall to nothing where a file is missing; and what is compared with it seems to rise."""
    orders = [(f"C{n}", dt.date(2023, 1, 10) + dt.timedelta(days=n + 15 * step), Decimal(100), False)
              for n in range(3) for step in range(83) if not 59 <= step <= 66]  # fmt: skip
    hole = dt.date(2025, 6, 1)
    stretches = [
        Stretch("orders", "all", "all", dt.date(2023, 1, 1), hole),
        Stretch("orders", "all", "all", dt.date(2025, 10, 1), END),
    ]
    condition = Condition("account_revenue", "fell", 0.5, 1)
    first = own_rules.first_month(END)
    unknowing = own_rules.history(fetching(orders, shown(END)), shown(END), condition, first)
    knowing = shown(END, stretches)
    found = own_rules.history(fetching(orders, knowing), knowing, condition, first)
    assert len(unknowing.told) >= 3
    assert found.told == []


def test_a_rule_on_one_account_looks_at_nothing_else() -> None:
    condition = Condition("account_silence", "above", 30.0, subject="C2")
    found = own_rules.history(fetching(orders_of(0), shown(END)), shown(END), condition, dt.date(2024, 6, 1))
    assert {each.spell.subject for each in found.told} == {"C2"}
    assert found.looked_at == 1


@pytest.mark.parametrize(
    ("fired_for", "looked_at", "is_list", "verdict"),
    [
        ("", 9, False, "never"),
        ("ABCDEFGH", 10, False, "everybody"),
        ("ABCDEFG", 10, False, ""),
        ("ABC", 3, False, ""),
        ("", 0, False, "nothing"),
        ("", 0, True, ""),
        ("", 9, True, ""),
    ],
)
def test_a_rule_that_fires_for_everybody_or_never_is_said_so(
    fired_for: str,
    looked_at: int,
    is_list: bool,  # noqa: FBT001 (a case of the table)
    verdict: str,
) -> None:
    told = [own_rules.Told(Spell(each, END), each, 1.0, None) for each in fired_for]
    source = fetching([], shown(END))("delivery.silences", subject=None, date_from=END)
    history = own_rules.History(told, looked_at, is_list, source)
    seen = own_rules.preview(history, END)
    assert seen.verdict == verdict
    assert bool(sentences.verdict(seen)) == bool(verdict)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_is_said_holds_names_as_they_are_and_makes_nothing_of_them(language: str) -> None:
    words.settle(language)
    try:
        orders = [("C1", day, Decimal(100), False) for day in (dt.date(2026, 1, 1), dt.date(2026, 1, 20))]
        condition = Condition("account_silence", "above", 30.0)
        hostile = "[x](javascript:y) **b** <script>"
        fetch = fetching(orders, shown(END), {"C1": hostile})
        found = own_rules.history(fetch, shown(END), condition, dt.date(2024, 6, 1))
        (line,) = [sentences.found(condition, each, "EUR") for each in found.standing]
        assert "](" not in line.replace("\\]", "").replace("\\(", "")
        assert "\\<script\\>" in line
        seen = own_rules.preview(found, dt.date(2024, 6, 1))
        assert "\\[x\\]" in sentences.for_whom(seen)
        for watch, each in own_rules.WATCHES.items():
            for sense in each.senses:
                said = sentences.condition(Condition(watch, sense, 0.3, 3), "EUR")
                assert watch not in said
                assert "{" not in said + sentences.replayed(Condition(watch, sense, 0.3), seen)
                assert sentences.is_right(Condition(watch, sense, 0.3))
    finally:
        words.settle(None)


def test_nobody_is_offered_what_is_not_theirs() -> None:
    of_everybody = {*own_rules.offered(DIRECTOR, shown(END))}
    assert of_everybody == own_rules.WATCHES.keys()
    assert of_everybody - {*own_rules.offered(ECOMMERCE, shown(END))} == {
        "person_attainment", "team_attainment", "due_things",
    }  # fmt: skip
