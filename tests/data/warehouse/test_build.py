"""The marts against a second calculation: pandas over whole numbers of cents, from the loaded rows alone."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from data import publish, settings
from data.errors import ChecksFailed, NothingLoaded
from data.warehouse import build, models
from tests import companies, slowly, warehouse
from tests.data.people.test_actions import company as two_late_accounts
from tests.loading_help import loaded, newest

SEEDS = range(24)


def halves_away(numerator: int, denominator: int) -> int:
    """Rounds a fraction to a whole number, halves away from zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def in_units(value: Decimal, digits: int) -> int:
    return int(value.scaleb(digits))


def units(value: Decimal | None, digits: int) -> int | None:
    return None if value is None else in_units(value, digits)


def rate_on(day: dt.date, currency: str, rates: list[dict[str, Any]]) -> int:
    """Worth in the reporting currency, in hundred-millionths: the last rate published on or before the day."""
    if currency == companies.CURRENCY:
        return 10**8
    known = [row for row in rates if row["currency"] == currency and row["rated_on"] <= day]
    return in_units(max(known, key=lambda row: row["rated_on"])["rate"], 8)


def lines_in_cents(company: companies.Company) -> pd.DataFrame:
    """Each order line with its amounts in cents of the reporting currency, None where there is nothing to know."""
    orders = {row["order_id"]: row for row in company["orders"]}
    customers = {row["customer_id"]: row for row in company["customers"]}
    products = {row["product_id"]: row for row in company["products"]}
    rows = []
    for line in company["order_lines"]:
        order, product = orders[line["order_id"]], products[line["product_id"]]
        customer = customers.get(order["customer_id"], {})
        rate = rate_on(order["ordered_on"], order["currency"], company["exchange_rates"])
        quantity = in_units(line["quantity"], 3)

        def cents(
            own: Decimal | None, of_product: Decimal | None, rate: int = rate, number: int = quantity
        ) -> int | None:
            if own is not None:
                return halves_away(halves_away(number * in_units(own, 6), 10**7) * rate, 10**8)
            return None if of_product is None else halves_away(number * in_units(of_product, 6), 10**7)

        stated = line.get("amount")
        revenue = cents(line["unit_price"], None) if stated is None else halves_away(in_units(stated, 2) * rate, 10**8)
        listed, cost = (cents(line[name], product[name]) for name in ("list_price", "unit_cost"))
        assert revenue is not None
        rows.append(
            {
                "order_id": order["order_id"],
                "day": order["ordered_on"],
                "month": order["ordered_on"].replace(day=1),
                "product_id": line["product_id"],
                "catalog_id": order["catalog_id"] or customer.get("catalog_id"),
                "segment": customer.get("segment"),
                "owner_rep_id": customer.get("owner_rep_id"),
                "credited_rep_id": order["rep_id"] or customer.get("owner_rep_id"),
                "quantity": quantity,
                "revenue": revenue,
                "list_value": listed,
                "listed_revenue": None if listed is None else revenue,
                "margin": None if cost is None else revenue - cost,
                "costed_revenue": None if cost is None else revenue,
            }
        )
    return pd.DataFrame(rows).astype(object).where(lambda frame: frame.notna(), None)


def total(values: pd.Series) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


MEASURES = ("quantity", "revenue", "list_value", "listed_revenue", "margin", "costed_revenue")


def last_day(company: companies.Company) -> dt.date:
    decided = [row["closed_on"] for row in company["quotes"] if row.get("closed_on")]
    asked = [row["requested_on"] for row in company["quotes"]]
    return max([row["ordered_on"] for row in company["orders"]] + asked + decided)


def elapsed(company: companies.Company) -> Callable[[dt.date], bool]:
    """Whether a day is within the stretch of its month that the as-of month has behind it."""
    as_of = last_day(company)
    past_end = (as_of.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    workdays_left = len(pd.bdate_range(as_of + dt.timedelta(days=1), past_end - dt.timedelta(days=1)))
    ordinal = len(pd.bdate_range(as_of.replace(day=1), as_of))
    return lambda day: not workdays_left or len(pd.bdate_range(day.replace(day=1), day)) <= ordinal


def read(
    connection: duckdb.DuckDBPyConnection, table: str, keys: tuple[str, ...], measures: dict[str, int]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Rows by key, amounts as whole numbers of their smallest unit."""
    rows = connection.sql(f"select {', '.join((*keys, *measures))} from {table}").fetchall()
    found = {
        row[: len(keys)]: tuple(
            units(Decimal(value), digits) if value is not None else None
            for value, digits in zip(row[len(keys) :], measures.values(), strict=True)
        )
        for row in rows
    }
    assert len(found) == len(rows), f"{table} has a key twice"
    return found


@pytest.mark.parametrize("seed", slowly.after(3, SEEDS, every=4))
def test_marts_agree_to_the_cent(seed: int, home: Path) -> None:
    company = companies.random_company(seed)
    for quote in company["quotes"]:  # what is split or merged is recomputed with the pages
        quote |= {"split_from": None, "merged_into": None}
    companies.load(home, company)
    frame = lines_in_cents(company)
    in_stretch = elapsed(company)
    frame["is_within_elapsed"] = [in_stretch(day) for day in frame["day"]]
    with warehouse.without_statistics(loaded(home)) as connection:
        assert_product_months(connection, frame)
        assert_orders(connection, frame, company)
        assert_rep_months(connection, frame, company, in_stretch)


def assert_product_months(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> None:
    keys = ("month", "is_within_elapsed", "product_id", "catalog_id", "segment", "owner_rep_id")
    expected = {
        tuple(None if pd.isna(value) else value for value in key): (
            group["order_id"].nunique(),
            *(total(group[measure]) for measure in MEASURES),
        )
        for key, group in frame.groupby(list(keys), dropna=False)
    }
    digits = {"orders": 0, "quantity": 3, **dict.fromkeys(MEASURES[1:], 2)}
    assert read(connection, "product_months", keys, digits) == expected


def assert_orders(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, company: companies.Company) -> None:
    groups = dict(list(frame.groupby("order_id")))
    expected: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for order in company["orders"]:
        lines = groups.get(order["order_id"], frame.iloc[:0])
        sums = [total(lines[measure]) for measure in MEASURES]
        is_credit_note = not any(quantity > 0 for quantity in lines["quantity"])
        expected[order["order_id"], is_credit_note] = (len(lines), sums[0] or 0, sums[1] or 0, *sums[2:])
    digits = {"lines": 0, "quantity": 3, **dict.fromkeys(MEASURES[1:], 2)}
    assert read(connection, "orders", ("order_id", "is_credit_note"), digits) == expected


def assert_rep_months(
    connection: duckdb.DuckDBPyConnection,
    frame: pd.DataFrame,
    company: companies.Company,
    in_stretch: Callable[[dt.date], bool],
) -> None:
    owners = {row["customer_id"]: row["owner_rep_id"] for row in company["customers"]}
    groups = dict(list(frame.groupby("order_id")))
    booked: list[tuple[Any, ...]] = []  # rep, day, orders, revenue, margin, won, lost, won value, lost value
    for order in company["orders"]:
        lines = groups.get(order["order_id"], frame.iloc[:0])
        counts = int(any(quantity > 0 for quantity in lines["quantity"]))
        rep = order["rep_id"] or owners.get(order["customer_id"])
        booked.append(
            (rep, order["ordered_on"], counts, total(lines["revenue"]) or 0, total(lines["margin"]), 0, 0, 0, 0)
        )
    for rep, day, outcome, amount in decisions(company, owners):
        won = outcome == "won"
        booked.append((rep, day, 0, 0, None, int(won), int(not won), amount * won, amount * (not won)))
    expected: dict[tuple[Any, ...], list[Any]] = {}
    for rep, day, *amounts in booked:
        if rep is not None and day is not None:
            row = expected.setdefault((rep, day.replace(day=1), in_stretch(day)), [None] * len(amounts))
            row[:] = [total(pd.Series(pair, dtype=object)) for pair in zip(row, amounts, strict=True)]
    digits = {"orders": 0, "revenue": 2, "margin": 2, "won": 0, "lost": 0, "won_value": 2, "lost_value": 2}
    found = read(connection, "rep_months", ("rep_id", "month", "is_within_elapsed"), digits)
    assert found == {key: tuple(row) for key, row in expected.items()}


def decisions(company: companies.Company, owners: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rep, day, outcome and cents (0 where none are known) of each negotiation decided, by its latest revision."""
    negotiations: dict[str, list[dict[str, Any]]] = {}
    for quote in company["quotes"]:
        negotiations.setdefault(quote["revision_of"] or quote["quote_id"], []).append(quote)
    found = []
    for revisions in negotiations.values():
        last = max(revisions, key=lambda q: (q["requested_on"], q["issued_on"] or dt.date.min, q["quote_id"]))
        if last["outcome"]:
            of_it = {revision["quote_id"] for revision in revisions}
            events = [event["occurred_at"].date() for event in company["quote_events"] if event["quote_id"] in of_it]
            day = last["closed_on"] or max(events, default=None)
            rate = rate_on(last["requested_on"], last["currency"], company["exchange_rates"])
            amount = 0 if last["amount"] is None else halves_away(in_units(last["amount"], 2) * rate, 10**8)
            found.append((last["rep_id"] or owners.get(last["customer_id"]), day, last["outcome"], amount))
    return found


def everything(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            models.table_name(model): connection.sql(
                f"select * from {models.table_name(model)} order by all"
            ).fetchall()
            for model in models.published()
        }


@pytest.mark.parametrize("threads", slowly.after(1, ["4", "1"]))
def test_the_same_inputs_give_the_same_rows(threads: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    companies.load(home, companies.random_company(9, orders=600))
    seen = []
    for number in ("1", threads):
        monkeypatch.setenv("ORDERBEAT_BUILD_THREADS", number)
        path = build.build(settings.current()).path
        seen.append({s["key"]: everything(path / s["file"]) for s in publish.manifest(path)["scopes"]})
    assert seen[0] == seen[1]


def test_the_manifest_tells_what_was_built(home: Path) -> None:
    company = companies.random_company(2)
    companies.load(home, company)
    built = build.build(settings.current())
    about = publish.manifest(built.path)
    last = last_day(company)
    assert (about["snapshot"], about["as_of"], about["reporting_currency"]) == ("0001", last.isoformat(), "EUR")
    loaded = {row["table"]: (row["rows_in"], row["loaded"], row["quarantined"]) for row in about["loads"]}
    assert loaded == {name: (len(rows), len(rows), 0) for name, rows in company.items() if rows}
    shown = {file for file in about["files"] if file.endswith(".duckdb")}
    assert shown == {scope["file"] for scope in about["scopes"]}
    assert not any(name in file for file in shown for name in ("rep", "director", "lead", "warehouse"))
    assert {Path(file).parts[0] for file in about["files"].keys() - shown} == {"statistics"}


def test_a_failed_check_publishes_nothing(home: Path) -> None:
    company = companies.random_company(4)
    companies.load(home, company)
    build.build(settings.current())
    companies.load(home, company | {"exchange_rates": []})
    with pytest.raises(ChecksFailed, match=r"every_line_priced\.sql"):
        build.build(settings.current())
    assert [path.name for path in sorted((home / "snapshots").glob("0*"))] == ["0001"]


def test_nothing_to_report_on(home: Path) -> None:
    with pytest.raises(NothingLoaded):
        build.build(settings.current())
    companies.load(home, {"customers": companies.random_company(1)["customers"]})
    with pytest.raises(NothingLoaded, match="no order and no quote"):
        build.build(settings.current())


def test_only_the_required_tables(home: Path) -> None:
    company = companies.random_company(5)
    own_currency = [order | {"currency": "EUR", "rep_id": None, "quote_id": None} for order in company["orders"]]
    required = {name: company[name] for name in ("customers", "products", "order_lines")}
    companies.load(home, required | {"orders": own_currency})
    assert build.build(settings.current()).path.name == "0001"


def later(company: companies.Company, days: int) -> companies.Company:
    """The company some days on, when an account without rhythm ordered once more."""
    order = company["orders"][0]
    line = next(row for row in company["order_lines"] if row["order_id"] == order["order_id"])
    last = max(row["ordered_on"] for row in company["orders"])
    more = order | {"order_id": "later", "ordered_on": last + dt.timedelta(days=days), "quote_id": None}
    lines = [*company["order_lines"], line | {"order_id": "later"}]
    return company | {"orders": [*company["orders"], more], "order_lines": lines}


def raised(home: Path, company: companies.Company) -> list[tuple[Any, ...]]:
    """Builds over the company; which alerts were raised on which day."""
    companies.load(home, company)
    with duckdb.connect(str(director_file(build.build(settings.current()).path)), read_only=True) as connection:
        return connection.sql("select kind, customer_id, subject, raised_on from raised_alerts order by all").fetchall()


def director_file(snapshot: Path) -> Path:
    (name,) = (entry["file"] for entry in publish.manifest(snapshot)["scopes"] if entry["key"] == "director")
    return snapshot / name


def test_an_alert_keeps_the_day_it_was_raised(home: Path) -> None:
    company = two_late_accounts()
    first = raised(home, company)
    day = last_day(company)
    assert first == [("late", customer, "account", day) for customer in ("S0", "S1")]
    assert set(first) <= set(raised(home, later(company, 5)))
    assert raised(home, company) == first, "an earlier day knows nothing of later ones"


def test_a_snapshot_that_remembers_nothing_stops_no_build(home: Path) -> None:
    company = two_late_accounts()
    raised(home, company)
    path = newest()
    file = director_file(path)
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table raised_alerts")
    publish.write_manifest(path, publish.manifest(path))
    now = later(company, 5)
    assert {day for *_, day in raised(home, now)} == {last_day(now)}


def test_a_damaged_snapshot_is_passed_over(home: Path) -> None:
    company = two_late_accounts()
    first = raised(home, company)
    raised(home, later(company, 3))
    damaged = director_file(newest())
    damaged.write_bytes(bytes(damaged.stat().st_size))
    assert set(first) <= set(raised(home, later(company, 5)))
