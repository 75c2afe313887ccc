"""Replacing a table or a period, deleting by key: what goes, what stays, and what is refused."""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import contract
from data.errors import BadInput
from data.loading import inputs, intake, modes
from data.loading.modes import Instead, Period
from data.loading.request import Request
from data.warehouse.engine import open_engine
from service.commands import main
from tests import slowly
from tests.loading_help import GOOD, TODAY, load, loaded, quarantined, rows, totals, where, write

LINES = "order_id,line_no,product_id,quantity,unit_price\n"
ORDERS = "order_id,ordered_on,customer_id,currency\n"


def mapped(folder: Path, files: dict[str, str], **ways: str) -> Path:
    """A folder whose files, named as tables or as in `delete_TABLE`, are loaded in these ways."""
    tables: dict[str, list[str]] = {}
    for name in files:
        table = name.removesuffix(".csv").removeprefix("delete_")
        way = "delete" if name.startswith("delete_") else ways.get(table, "add")
        tables.setdefault(table, []).append(f"    - {{from: {name}, load: {way}}}\n")
    text = "reporting_currency: EUR\ntables:\n" + "".join(
        f"  {name}:\n{''.join(each)}" for name, each in tables.items()
    )
    return write(folder, files | {"mapping.yaml": text})


def keys(home: Path, table: str) -> list[Any]:
    key = contract.table(table).key
    found = [tuple(row[name] for name in key) for row in rows(home, table)]
    return [each[0] if len(key) == 1 else each for each in found]


def test_each_table_belongs_to_the_day_people_would_say() -> None:
    found = {table.name: modes.day(table) for table in contract.TABLES if modes.has_days(table)}
    assert found == {
        "exchange_rates": "rated_on",
        "rep_teams": "joined_on",
        "account_owners": "owned_from",
        "catalog_items": "valid_from",
        "leads": "created_on",
        "quotes": "requested_on",
        "quote_lines": "",  # that of its quote
        "quote_events": "occurred_at",
        "orders": "ordered_on",
        "order_lines": "",  # that of its order
        "quotas": "month",
        "contracts": "starts_on",
        "activities": "occurred_on",
        "feedback": "given_on",
    }


def test_a_replaced_table_holds_the_new_rows_alone(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    fewer = {"orders.csv": ORDERS + "O1,2026-01-15,C1,EUR\n", "order_lines.csv": LINES + "O1,1,P1,10,2.50\n"}
    report = load(home, mapped(tmp_path / "next", fewer, orders="replace", order_lines="replace"))
    assert (keys(home, "orders"), keys(home, "order_lines")) == (["O1"], [("O1", 1)])
    said = report.as_text()
    assert "orders: the whole table is replaced." in said
    assert "Rows of order_lines that go, from order_lines.csv" in said
    assert [load_.mode for load_ in loaded(home).ledger[-2:]] == ["replace", "replace"]


def test_the_command_line_replaces_whatever_the_mapping_says(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    fewer = {"orders.csv": ORDERS + "O1,2026-01-15,C1,EUR\n", "order_lines.csv": LINES + "O1,1,P1,10,2.50\n"}
    folder = write(tmp_path / "next", fewer)
    both = ["--replace", "orders", "--replace", "order_lines", "--no-build"]
    assert main(["import", str(folder), "--dry-run", *both]) == 0
    assert keys(home, "orders") == ["O1", "O2"]
    assert main(["import", str(folder), *both]) == 0
    assert (keys(home, "orders"), keys(home, "order_lines")) == (["O1"], [("O1", 1)])
    assert main(["import", str(folder), "--replace", "order", "--no-build"]) == 3


def test_the_same_files_replace_again_what_came_between(home: Path, tmp_path: Path) -> None:
    one = mapped(tmp_path / "one", {"customers.csv": "customer_id,name\nC1,Ada\n"}, customers="replace")
    load(home, one)
    load(
        home,
        write(
            tmp_path / "two",
            {"more.csv": "customer_id,name\nC2,Bob\n", "mapping.yaml": "tables: {customers: more.csv}"},
        ),
    )
    assert keys(home, "customers") == ["C1", "C2"]
    assert load(home, one).changed
    assert keys(home, "customers") == ["C1"]
    assert not load(home, one).changed


def test_what_would_leave_rows_pointing_nowhere_is_refused_with_the_way_out(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    before = inputs.current(home)
    only = {"customers.csv": "customer_id,name\nC1,Ada\n"}
    with pytest.raises(BadInput) as refused:
        load(home, mapped(tmp_path / "next", only, customers="replace"))
    assert refused.value.what == "Rows cannot be removed that others need: 1 of customers."
    assert refused.value.cause == "rows of orders that name them as customer_id: 1, such as 'C2'."
    assert "same load" in refused.value.remedy
    assert inputs.current(home) == before
    assert not (home / "quarantine").exists()
    with_orders = only | {"orders.csv": ORDERS + "O1,2026-01-15,C1,EUR\n", "delete_orders.csv": "order_id\nO2\n"}
    load(home, mapped(tmp_path / "with", with_orders, customers="replace"))
    assert (keys(home, "customers"), keys(home, "orders")) == (["C1"], ["O1"])


def test_a_manager_who_goes_is_missed_by_his_own_table(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", {"sales_reps.csv": "rep_id,name,manager_id\nR1,Ann,\nR2,Ben,R1\nR3,Cy,\n"}))
    with pytest.raises(BadInput, match="rows of sales_reps that name them as manager_id: 1, such as 'R1'"):
        load(home, mapped(tmp_path / "a", {"delete_sales_reps.csv": "rep_id\nR1\n"}))
    load(home, mapped(tmp_path / "b", {"delete_sales_reps.csv": "rep_id\nR1\nR2\n"}))
    assert keys(home, "sales_reps") == ["R3"]


def test_rates_that_orders_need_cannot_go(home: Path, tmp_path: Path) -> None:
    files = GOOD | {
        "orders.csv": GOOD["orders.csv"] + "O3,2026-03-05,C1,USD\n",
        "exchange_rates.csv": "currency,rated_on,rate\nUSD,2026-03-01,0.9\nUSD,2026-03-04,0.8\nGBP,2026-03-01,1.2\n",
    }
    load(home, mapped(tmp_path / "in", files))
    rates = "currency,rated_on,rate\n"
    fewer = {"exchange_rates.csv": rates + "USD,2026-03-04,0.8\n"}
    load(home, mapped(tmp_path / "a", fewer, exchange_rates="replace"))
    none = {"exchange_rates.csv": rates + "GBP,2026-03-01,1\n"}
    with pytest.raises(BadInput, match="rows of orders that need their rate: 1"):
        load(home, mapped(tmp_path / "b", none, exchange_rates="replace"))


MONTHS = GOOD | {
    "orders.csv": ORDERS + "".join(f"O{n},2026-0{n}-15,C1,EUR\n" for n in range(1, 6)),
    "order_lines.csv": LINES + "".join(f"O{n},{line},P1,1,1\n" for n in range(1, 6) for line in (1, 2)),
}
FEBRUARY = {
    "orders.csv": ORDERS + "O6,2026-02-01,C2,EUR\nO7,2026-03-31,C2,EUR\n",
    "order_lines.csv": LINES + "O6,1,P1,1,1\nO7,1,P1,1,1\n",
}


def test_a_period_spans_the_days_of_the_file_and_lines_follow_their_orders(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", MONTHS))
    ways = {"orders": "replace_period", "order_lines": "replace_period"}
    report = load(home, mapped(tmp_path / "next", FEBRUARY, **ways))
    assert keys(home, "orders") == ["O1", "O4", "O5", "O6", "O7"]
    assert keys(home, "order_lines") == [
        ("O1", 1),
        ("O1", 2),
        ("O4", 1),
        ("O4", 2),
        ("O5", 1),
        ("O5", 2),
        ("O6", 1),
        ("O7", 1),
    ]
    assert "orders: the period 2026-02-01 to 2026-03-31 is replaced." in report.notes


def test_a_period_may_be_asked_for(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", MONTHS))
    folder = write(tmp_path / "next", FEBRUARY)
    assert main(["import", str(folder), "--replace-period", "2026-02-01..2026-02-28", "--no-build"]) == 0
    assert keys(home, "orders") == ["O1", "O3", "O4", "O5", "O6", "O7"]
    for wrong in ("2026-02-01", "2026-02-28..2026-02-01", "2026-02-30..2026-03-01", ""):
        if wrong:
            assert main(["import", str(folder), "--replace-period", wrong, "--no-build"]) == 3


def test_rows_outside_of_a_period_asked_for_are_told_of(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", MONTHS))
    may = Instead(period=Period(date(2026, 2, 1), date(2026, 2, 28)))
    report = intake.load(
        Request(write(tmp_path / "next", FEBRUARY), None, TODAY, instead=may), where(home), open_engine
    )
    assert "orders: rows of days outside of it, which add and correct: 1" in report.notes


def test_lines_of_an_order_that_moves_into_the_period_are_replaced(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", MONTHS))
    moved = {"orders.csv": ORDERS + "O1,2026-02-15,C1,EUR\n", "order_lines.csv": LINES + "O1,1,P1,9,1\n"}
    load(home, mapped(tmp_path / "next", moved, orders="replace_period", order_lines="replace_period"))
    assert keys(home, "orders") == ["O1", "O3", "O4", "O5"]
    assert [each for each in keys(home, "order_lines") if each[0] in ("O1", "O2")] == [("O1", 1)]


def test_what_goes_is_refused_where_its_lines_stay(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", MONTHS))
    with pytest.raises(BadInput, match="rows of order_lines that name them as order_id: 4"):
        load(home, mapped(tmp_path / "next", {"orders.csv": FEBRUARY["orders.csv"]}, orders="replace_period"))


def test_deleted_keys_go_and_lines_go_with_their_order(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    folder = mapped(tmp_path / "next", {"delete_orders.csv": "order_id,why\nO1,test\nO9,never there\n\n"})
    report = load(home, folder)
    assert (keys(home, "orders"), keys(home, "order_lines")) == (["O2"], [("O2", 1)])
    assert "orders: rows to delete that are not there: 1" in report.notes
    assert "Rows of order_lines that go, from order_lines.csv" in report.as_text()
    assert totals(home)["orders"] == (4, 4, 0)
    assert not load(home, folder).changed


def test_a_line_is_deleted_by_its_whole_key(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    load(home, mapped(tmp_path / "next", {"delete_order_lines.csv": "order_id,line_no\nO1,2\n"}))
    assert keys(home, "order_lines") == [("O1", 1), ("O2", 1)]
    with pytest.raises(BadInput, match="has no column line_no"):
        load(home, mapped(tmp_path / "half", {"delete_order_lines.csv": "order_id\nO1\n"}))


def test_a_key_that_cannot_be_read_is_quarantined_and_mended_as_one_to_delete(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    report = load(home, mapped(tmp_path / "next", {"delete_order_lines.csv": "order_id,line_no\nO1,two\nO2,1\n"}))
    assert keys(home, "order_lines") == [("O1", 1), ("O1", 2)]
    assert totals(home)["order_lines"] == (5, 4, 1)
    assert [row["line_no"] for row in quarantined(report, "order_lines to delete")] == ["two"]
    assert report.quarantine is not None
    file = report.quarantine / "order_lines to delete.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("two", "2", 1), encoding="utf-8")
    load(home, report.quarantine)
    assert keys(home, "order_lines") == [("O1", 1)]
    assert totals(home)["order_lines"] == (5, 5, 0)


def test_what_a_load_deletes_and_brings_is_there(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    files = {"orders.csv": ORDERS + "O1,2026-01-16,C1,EUR\n", "delete_orders.csv": "order_id\nO1\n"}
    load(home, mapped(tmp_path / "next", files))
    assert [str(row["ordered_on"]) for row in rows(home, "orders")] == ["2026-01-16", "2026-02-20"]
    assert keys(home, "order_lines") == [("O2", 1)]


def test_nothing_is_replaced_by_nothing(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    bad = {"orders.csv": ORDERS + "O1,soon,C1,EUR\n"}
    for way in ("replace", "replace_period"):
        with pytest.raises(BadInput, match="none of its 1 new rows can be loaded") as refused:
            load(home, mapped(tmp_path / way, bad, orders=way))
        assert "is not a date" in refused.value.cause
    assert keys(home, "orders") == ["O1", "O2"]


def test_a_table_is_not_replaced_where_no_row_is_taken_from_its_file(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "one", GOOD))
    mapping = "tables: {order_lines: {from: order_lines.csv, load: replace, where: quantity > '99'}}"
    files = {"order_lines.csv": GOOD["order_lines.csv"], "mapping.yaml": mapping}
    with pytest.raises(BadInput, match="order_lines cannot be replaced") as refused:
        load(home, write(tmp_path / "two", files))
    assert "leaves no row" in refused.value.cause
    assert totals(home)["order_lines"] == (3, 3, 0)
    load(home, write(tmp_path / "two", files | {"mapping.yaml": mapping.replace(" load: replace,", "")}))


def test_a_refused_row_keeps_what_it_was_when_its_table_is_replaced(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    files = {"customers.csv": "customer_id,name,segment\nC1,Ada,b2b\nC2,Bob,nobody\n"}
    report = load(home, mapped(tmp_path / "next", files, customers="replace"))
    assert [row["segment"] for row in rows(home, "customers")] == ["b2b", "b2b"]
    assert "Rows of customers that stay as they were" in report.as_text()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{from: customers.csv, load: replace_period}", "A row of customers belongs to no day"),
        ("{from: customers.csv, load: replac}", "It is one of add replace replace_period delete"),
        ("{from: customers.csv, load: delete, columns: {customer_id: customer_id, name: name}}", "customers.name"),
    ],
)
def test_ways_that_cannot_be_are_refused(home: Path, tmp_path: Path, entry: str, message: str) -> None:
    folder = write(tmp_path / "in", GOOD | {"mapping.yaml": f"tables: {{customers: {entry}}}"})
    with pytest.raises(BadInput, match=message):
        load(home, folder)


def test_every_order_refused_is_said_and_not_published(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(write(tmp_path / "in", GOOD))]) == 0
    bad = write(tmp_path / "bad", {"orders.csv": ORDERS + "O3,soon,C1,EUR\nO4,later,C2,EUR\n"})
    capsys.readouterr()
    for _ in range(2):  # the second time nothing is new, and it is no better
        assert main(["import", str(bad)]) == 11
        assert "Nothing of orders came in: every row is quarantined." in capsys.readouterr().err
    assert len(list((home / "snapshots").glob("0*"))) == 1
    assert main(["build"]) == 0


# --- any sequence of loads is what a few lines of Python say ----------------------------------------------------------

Rows = dict[str, tuple[str, ...]]
ids = st.sampled_from(["K1", "K2", "K3", "K4", "K5", "K6"])
row = st.tuples(ids, st.sampled_from(["2026-01-10", "2026-02-10", "2026-03-10", "soon"]), st.sampled_from("abc"))
step = st.tuples(st.sampled_from(modes.MODES), st.lists(row, min_size=1, max_size=5))


def after(before: Rows, way: str, given: Sequence[tuple[str, ...]]) -> Rows:
    """What a table holds after a load, by key; days first to last is what a period spans."""
    new: Rows = {}
    for key, day, company in given:
        if day != "soon" or way == "delete":
            new.setdefault(key, (key, day, company))
    if way == "delete":
        return {key: each for key, each in before.items() if key not in new}
    refused = {each[0] for each in given} - set(new)
    days = sorted(each[1] for each in given if each[1] != "soon")
    outside = {
        each for each in before.values() if way == "add" or (way != "replace" and not days[0] <= each[1] <= days[-1])
    }
    return {key: each for key, each in before.items() if key in refused or each in outside} | new


@pytest.mark.parametrize("examples", slowly.after(1, [12, 24, 60], every=2))
def test_any_sequence_of_loads_is_what_plain_python_says(examples: int) -> None:
    thorough = settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    thorough(given(st.lists(step, min_size=1, max_size=6))(is_what_plain_python_says))()


def is_what_plain_python_says(steps: list[tuple[str, list[tuple[str, ...]]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        model: Rows = {}
        for number, (way, given) in enumerate(steps):
            text = "lead_id,created_on,company,status\n" + "".join(f"{k},{d},{c},new\n" for k, d, c in given)
            name = "delete_leads.csv" if way == "delete" else "leads.csv"
            folder = mapped(Path(place) / str(number), {name: text}, leads=way)
            if way.startswith("replace") and all(each[1] == "soon" for each in given):
                with pytest.raises(BadInput, match="none of its"):
                    load(home, folder)
                continue
            report, expected = load(home, folder), after(model, way, given)
            held = {r["lead_id"]: (r["lead_id"], str(r["created_on"]), r["company"]) for r in rows(home, "leads")}
            assert held == expected
            if report.changed:
                (change,) = report.changes
                assert (change.added, change.removed) == (len(expected.keys() - model), len(model.keys() - expected))
                differ = sum(expected[key] != model[key] for key in expected.keys() & model)
                assert (change.changed, change.unchanged) == (differ, len(expected) - change.added - differ)
            model = expected
