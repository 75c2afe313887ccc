"""What a source overwrites becomes history: stages of quotes, owners of accounts, prices of catalogs."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from data import demo
from data.loading import inputs, intake
from data.loading.report import Report
from data.loading.request import Request
from data.warehouse.engine import open_engine
from tests.loading_help import GOOD, loaded, rows, where, write

FIRST = dt.datetime(2026, 5, 4, 18)
QUOTES = "quote_id,customer_id,requested_on,currency,amount,stage,outcome,closed_on\n"
REPS = "rep_id,name\nR1,Rita\nR2,Rob\n"
OWNED = "customer_id,name,segment,owner_rep_id,created_on\n"
CATALOG = "catalog_id,name\nK1,Main\n"
ITEMS = "catalog_id,product_id,valid_from,price\n"


def seen(home: Path, files: Mapping[str, str], day: int) -> Report:
    """A refresh with a diary, so many days after the first."""
    folder = write(home.parent / f"day {day}", files)
    at = FIRST + dt.timedelta(days=day)
    return intake.load(Request(folder, None, at.date(), observed=at), where(home), open_engine)


def quotes(*states: str) -> dict[str, str]:
    """Quotes in these states: `Q1 Offer` is open, `Q1 Offer won 2026-05-05` decided."""
    lines = []
    for state in states:
        quote, stage, outcome, closed_on = [*state.split(), "", ""][:4]
        lines.append(f"{quote},C1,2026-04-01,EUR,100,{stage.strip('-')},{outcome},{closed_on}\n")
    return {"quotes.csv": QUOTES + "".join(lines)}


def events(home: Path) -> list[tuple[str, str, str]]:
    found = [(row["quote_id"], row["occurred_at"], row["stage"]) for row in rows(home, "quote_events")]
    return [(quote, f"{at:%d %H:%M:%S}", stage) for quote, at, stage in sorted(found)]


def test_a_stage_that_is_written_over_is_an_event_of_the_moment_it_was_seen(home: Path) -> None:
    seen(home, GOOD | quotes("Q1 Offer", "Q2 Visit"), 0)
    seen(home, quotes("Q1 Talks", "Q2 Visit"), 1)
    report = seen(home, quotes("Q1 Offer", "Q2 Visit"), 2)
    assert events(home) == [
        ("Q1", "04 18:00:00", "Offer"),
        ("Q1", "05 18:00:00", "Talks"),
        ("Q1", "06 18:00:00", "Offer"),
        ("Q2", "04 18:00:00", "Visit"),
    ]
    assert {row["event_id"] for row in rows(home, "quote_events")} >= {"observed:Q1:2026-05-05T18:00:00"}
    assert [(load.table, load.rows_in, load.loaded) for load in report.loads] == [
        ("quotes", 2, 2),
        ("quote_events", 1, 1),
    ]


def test_a_refresh_that_changes_nothing_adds_nothing(home: Path) -> None:
    seen(home, GOOD | quotes("Q1 Offer"), 0)
    report = seen(home, quotes("Q1 Offer") | {"leads.csv": "lead_id,created_on,status\nL1,2026-05-01,new\n"}, 1)
    assert [load.table for load in report.loads] == ["leads", "quotes"]
    assert len(events(home)) == 1


def test_a_decision_is_dated_by_the_source_and_what_was_over_before_it_was_seen_tells_nothing(home: Path) -> None:
    seen(home, GOOD | quotes("Q1 Offer", "Q2 Closed won 2026-04-20", "Q3 Offer"), 0)
    seen(home, quotes("Q1 Closed won 2026-05-06", "Q2 Closed won 2026-04-20", "Q3 Closed lost 2026-04-20"), 4)
    assert events(home) == [
        ("Q1", "04 18:00:00", "Offer"),
        ("Q1", "06 23:59:59", "Closed"),
        ("Q3", "04 18:00:00", "Offer"),
        ("Q3", "04 18:00:01", "Closed"),  # dated back before it was seen open: after that, at least
    ]
    seen(home, quotes("Q3 Closed lost 2026-04-21"), 5)
    assert len(events(home)) == 4


def test_a_quote_whose_log_is_loaded_needs_no_diary(home: Path) -> None:
    log = "event_id,quote_id,occurred_at,stage\nE1,Q1,2026-04-02,Offer\n"
    seen(home, GOOD | quotes("Q1 Offer", "Q2 Offer") | {"quote_events.csv": log}, 0)
    assert [quote for quote, _, _ in events(home)] == ["Q1"]  # this load brings a log: nothing is added to it
    seen(home, quotes("Q1 Talks", "Q2 Talks"), 1)
    assert [(quote, stage) for quote, _, stage in events(home)] == [("Q1", "Offer"), ("Q2", "Talks")]


def test_what_the_diary_tells_of_a_quote_goes_with_it(home: Path) -> None:
    seen(home, GOOD | quotes("Q1 Offer", "Q2 Visit"), 0)
    replaced = quotes("Q2 Offer") | {"mapping.yaml": "tables: {quotes: {from: quotes.csv, load: replace}}"}
    seen(home, replaced, 1)
    assert [(quote, stage) for quote, _, stage in events(home)] == [("Q2", "Visit"), ("Q2", "Offer")]
    gone = {"gone.csv": "quote_id\nQ2\n", "mapping.yaml": "tables: {quotes: {from: gone.csv, load: delete}}"}
    seen(home, gone, 2)
    assert events(home) == []


def test_without_a_diary_nothing_is_written(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD | quotes("Q1 Offer"))
    intake.load(Request(folder, None, FIRST.date()), where(home), open_engine)
    assert rows(home, "quote_events") == []


def owners(home: Path) -> list[tuple[str, str, str | None]]:
    return [(row["customer_id"], str(row["owned_from"]), row["rep_id"]) for row in rows(home, "account_owners")]


def owned(first: str, second: str = "R2") -> dict[str, str]:
    return {"customers.csv": f"{OWNED}C1,Ada,dealer,{first},2025-03-01\nC2,Bob,b2b,{second},\n"}


def test_an_owner_that_is_written_over_is_kept_from_the_day_the_change_was_seen(home: Path) -> None:
    seen(home, GOOD | {"sales_reps.csv": REPS} | owned("R1"), 0)
    assert owners(home) == []  # the owner today was the owner always, as far as anybody knows
    seen(home, owned("R2"), 3)
    assert owners(home) == [("C1", "2025-03-01", "R1"), ("C1", "2026-05-07", "R2")]
    seen(home, owned("R2", ""), 4)
    seen(home, owned("R1", ""), 5)
    assert owners(home) == [
        ("C1", "2025-03-01", "R1"),
        ("C1", "2026-05-07", "R2"),
        ("C1", "2026-05-09", "R1"),
        ("C2", "1900-01-01", "R2"),
        ("C2", "2026-05-08", None),
    ]


def test_owners_that_a_source_tells_are_not_added_to(home: Path) -> None:
    told = {"account_owners.csv": "customer_id,owned_from,rep_id\nC1,2025-03-01,R1\n"}
    seen(home, GOOD | {"sales_reps.csv": REPS} | owned("R1") | told, 0)
    seen(home, owned("R2"), 3)
    assert owners(home) == [("C1", "2025-03-01", "R1")]


def prices(home: Path) -> list[tuple[str, str, str | None, float]]:
    found = rows(home, "catalog_items")
    return [
        (row["product_id"], f"{row['valid_from']:%d %b}", f"{row['valid_to']:%d %b}" if row["valid_to"] else None,
         float(row["price"]))
        for row in sorted(found, key=lambda row: (row["product_id"], row["valid_from"]))
    ]  # fmt: skip


def priced(*items: str) -> dict[str, str]:
    return {"catalog_items.csv": ITEMS + "".join(f"K1,{item}\n" for item in items)}


def test_a_price_that_is_written_over_ends_the_day_before_the_new_one_was_seen(home: Path) -> None:
    start = GOOD | {"catalogs.csv": CATALOG}
    seen(home, start | priced("P1,2026-01-01,10", "P2,2026-01-01,5"), 0)
    seen(home, priced("P1,2026-01-01,12", "P2,2026-01-01,5"), 1)
    first = [("P1", "01 Jan", "04 May", 10.0), ("P1", "05 May", None, 12.0), ("P2", "01 Jan", None, 5.0)]
    assert prices(home) == first
    seen(home, priced("P1,2026-01-01,12.00", "P2,2026-01-01,5"), 2)  # as it was seen last: nothing is new
    assert prices(home) == first
    seen(home, priced("P1,2026-01-01,11", "P2,2026-06-01,6"), 3)  # the source begins the second period by itself
    assert prices(home) == [
        ("P1", "01 Jan", "04 May", 10.0),
        ("P1", "05 May", "06 May", 12.0),
        ("P1", "07 May", None, 11.0),
        ("P2", "01 Jan", None, 5.0),
        ("P2", "01 Jun", None, 6.0),
    ]


def test_prices_with_periods_of_their_own_are_loaded_as_they_are(home: Path) -> None:
    seen(home, GOOD | {"catalogs.csv": CATALOG} | priced("P1,2026-01-01,10", "P1,2026-03-01,11"), 0)
    seen(home, priced("P1,2026-01-01,9", "P1,2026-03-01,11"), 1)
    assert prices(home) == [("P1", "01 Jan", None, 9.0), ("P1", "01 Mar", None, 11.0)]


# --- replayed: a log that is seen only as what it overwrites ---------------------------------------------------


Path_ = list[tuple[dt.datetime, str]]


def paths(log: Iterable[Mapping[str, Any]], deals: Mapping[str, str]) -> dict[str, Path_]:
    """The stays of each deal, in order: when it came to which stage. Events in a row in one stage are one stay."""
    found: dict[str, Path_] = defaultdict(list)
    for event in sorted(log, key=lambda event: (event["occurred_at"], event["event_id"])):
        path = found[deals[event["quote_id"]]]
        if not path or path[-1][1] != event["stage"]:
            path.append((event["occurred_at"], event["stage"]))
    return found


def loops(path: Path_, last: dt.datetime) -> list[tuple[dt.datetime, str, dt.timedelta]]:
    """Each return to a stage visited before: when, where to, and how long it lasted.

    That is the shortest of its stays: the longest one there before, the one it returned from, and the one after.
    """
    ends = [*(at for at, _ in path[1:]), last]
    longest: dict[str, dt.timedelta] = {}
    before = dt.timedelta()
    found = []
    for (at, stage), end in zip(path, ends, strict=True):
        if stage in longest:
            found.append((at, stage, min(longest[stage], before, end - at)))
        before = end - at
        longest[stage] = max(longest.get(stage, before), before)
    return found


@pytest.mark.slow
def test_a_log_replayed_as_what_it_overwrites_gives_its_loops_back(home: Path, tmp_path: Path) -> None:
    days = 60
    demo.write(where(tmp_path / "demo"), lines=60_000, seed=7, as_of=dt.date(2026, 6, 30))
    company = loaded(tmp_path / "demo")
    deals = {row["quote_id"]: row["revision_of"] or row["quote_id"] for row in company.rows("quotes")}
    told = paths(company.rows("quote_events"), deals)
    last = dt.datetime(2026, 6, 30, 23)
    first = last - dt.timedelta(days=days)
    begun = {deal: [stay for stay in path if stay[0] <= first][-1:] for deal, path in told.items()}
    followed = {deal: begun[deal] + [stay for stay in path if stay[0] > first] for deal, path in told.items()}
    followed = {deal: path for deal, path in followed.items() if path[-1][0] > first}
    company_files = dict(GOOD)
    for day in range(days + 1):
        now = first + dt.timedelta(days=day)
        standing = {deal: [stage for at, stage in path if at <= now] for deal, path in followed.items()}
        lines = [f"{deal},C1,2026-04-01,EUR,1,{path[-1]},,\n" for deal, path in standing.items() if path]
        if not lines:
            continue
        folder = write(tmp_path / f"{day}", company_files | {"quotes.csv": QUOTES + "".join(lines)})
        company_files = {}
        intake.load(Request(folder, None, now.date(), observed=now), where(home), open_engine)
    kept = paths(rows(home, "quote_events"), {deal: deal for deal in followed})
    a_day = dt.timedelta(days=1)
    recovered: dict[bool, list[bool]] = {True: [], False: []}  # by whether they last longer than a refresh
    for deal, path in followed.items():
        found = {(seen_at, stage) for seen_at, stage, _ in loops(kept.get(deal, []), last)}
        for at, stage, lasted in loops(path, last):
            is_found = any(stage == other and at <= seen_at <= at + a_day for seen_at, other in found)
            recovered[lasted > a_day].append(is_found)
    lasting, brief = recovered[True], recovered[False]
    assert len(lasting) > 40
    assert sum(lasting) / len(lasting) >= 0.95
    assert sum(lasting + brief) / len(lasting + brief) >= 0.8
    assert all(later > earlier for path in kept.values() for (earlier, _), (later, _) in pairwise(path))
    assert {load.source for load in loaded(home).ledger if load.table == "quote_events"} == {"observed"}
    assert inputs.current(home) is not None
