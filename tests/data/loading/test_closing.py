"""A quarantined row is open until a later load answers for it, and no longer; rows in are all accounted for."""

from pathlib import Path

import pytest

from data.loading import inputs
from tests.loading_help import GOOD, load, loaded, quarantine_of, quarantined, rows, totals, write

HEADING = "order_id,line_no,product_id,quantity,unit_price\n"
BAD = "O2,2,P1,one,100.00\nO2,3,P1,two,1\n,4,P1,3,1\n"


def lines(home: Path, folder: Path, text: str, more: str = "") -> Path | None:
    """Loads order lines and gives the quarantine of what was refused."""
    files = {"order_lines.csv": HEADING + text}
    return load(home, write(folder, files | ({"mapping.yaml": more} if more else {}))).quarantine


def counts(home: Path, table: str = "order_lines") -> tuple[int, int, int, int]:
    """Rows in, loaded, quarantined and superseded; every row is one of the latter."""
    (found,) = (each for each in loaded(home).totals() if each["table"] == table)
    rows_in, good, bad, superseded = (int(found[name]) for name in inputs.COUNTS)
    assert rows_in == good + bad + superseded
    for entry in loaded(home).ledger:
        assert bool(entry.quarantined) == bool(entry.quarantine)
    return rows_in, good, bad, superseded


@pytest.fixture
def begun(home: Path, tmp_path: Path) -> Path:
    load(home, write(tmp_path / "in", GOOD | {"order_lines.csv": GOOD["order_lines.csv"] + BAD}))
    assert counts(home) == (6, 3, 3, 0)
    return home


def test_a_row_mended_in_its_file_closes_its_quarantine(begun: Path, tmp_path: Path) -> None:
    good = GOOD["order_lines.csv"].removeprefix(HEADING)
    left = lines(begun, tmp_path / "b", good + "O2,2,P1,1,100.00\nO2,3,P1,two,1\nO1,4,P1,3,1\n")
    assert counts(begun) == (12, 8, 1, 3)  # what is still wrong is open once, in the later quarantine
    assert left is not None
    assert {entry.quarantine for entry in loaded(begun).ledger} == {"", left.name}
    assert lines(begun, tmp_path / "c", good + "O2,2,P1,1,100.00\nO2,3,P1,2,1\nO1,4,P1,3,1\n") is None
    assert counts(begun) == (18, 14, 0, 4)


def test_another_file_that_brings_the_key_closes_that_row_alone(begun: Path, tmp_path: Path) -> None:
    mapping = "tables: {order_lines: later.csv}"
    report = load(begun, write(tmp_path / "b", {"later.csv": HEADING + "O2,2,P1,1,1\n", "mapping.yaml": mapping}))
    assert report.closed == [("order_lines", "order_lines.csv", 1)]
    assert "Rows of order_lines quarantined from order_lines.csv before that are closed now: 1" in report.as_text()
    assert counts(begun) == (7, 4, 2, 1)
    (number,) = {entry.quarantine for entry in loaded(begun).ledger if entry.quarantine}
    assert number == "0002"
    text = (begun / "quarantine" / number / "order_lines.csv").read_text(encoding="utf-8")
    assert ("two" in text, "one" in text) == (True, False)


def test_what_is_left_can_be_mended_from_the_first_folder_or_the_last(begun: Path, tmp_path: Path) -> None:
    load(begun, write(tmp_path / "b", {"order_lines.csv": HEADING + "O2,2,P1,1,1\n"}))
    first = begun / "quarantine" / "0001" / "order_lines.csv"
    first.write_text(first.read_text(encoding="utf-8").replace("two", "2").replace("one", "7"), encoding="utf-8")
    report = load(begun, first.parent)
    assert any("mended before" in note for note in report.notes)
    assert counts(begun) == (7, 5, 1, 1)
    assert [str(row["quantity"]) for row in rows(begun, "order_lines") if row["order_id"] == "O2"] == [
        "-1.000",
        "1.000",
        "2.000",
    ]


def test_a_line_that_only_stands_where_another_stood_closes_nothing(begun: Path, tmp_path: Path) -> None:
    seven = "O1,11,P1,1,1\nO1,12,P1,1,1\nO1,13,P1,1,1\nO1,14,P1,1,1\nO1,15,P1,1,1\nO1,16,P2,5,5\n"
    lines(begun, tmp_path / "b", seven)  # the next day's rows under the same name
    assert counts(begun) == (12, 9, 3, 0)


def test_a_row_refused_again_on_another_line_is_open_once(begun: Path, tmp_path: Path) -> None:
    lines(begun, tmp_path / "b", "O1,11,P1,1,1\n,4,P1,3,1\n")
    assert counts(begun) == (8, 4, 3, 1)


def test_a_torn_line_mended_in_its_file_is_closed(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", {"customers.csv": "customer_id,name\nC1,Ada\nC2,Bob,too,many\n"}))
    assert totals(home)["customers"] == (2, 1, 1)
    load(home, write(tmp_path / "b", {"customers.csv": "customer_id,name\nC1,Ada\nC2,Bob\n"}))
    assert counts(home, "customers") == (4, 3, 0, 1)


def test_a_row_that_repeats_a_key_is_not_closed_by_the_key(home: Path, tmp_path: Path) -> None:
    twice = "customer_id,name\nC1,Ada\nC1,Another\n"
    report = load(home, write(tmp_path / "in", {"customers.csv": twice}))
    mapping = {"mapping.yaml": "tables: {customers: later.csv}"}
    load(home, write(tmp_path / "b", {"later.csv": "customer_id,name\nC1,Adam\n"} | mapping))
    assert counts(home, "customers") == (3, 2, 1, 0)
    assert quarantined(report, "customers")[0]["name"] == "Another"
    load(home, write(tmp_path / "c", {"customers.csv": "customer_id,name\nC1,Ada\nC3,Another\n"}))
    assert counts(home, "customers") == (5, 4, 0, 1)


def test_a_replaced_table_and_deleted_keys_close_what_was_open(begun: Path, tmp_path: Path) -> None:
    delete = "tables: {order_lines: {from: gone.csv, load: delete}}"
    load(begun, write(tmp_path / "b", {"gone.csv": "order_id,line_no\nO2,3\n", "mapping.yaml": delete}))
    assert counts(begun) == (7, 4, 2, 1)
    lines(begun, tmp_path / "c", "O1,1,P1,1,1\n", "tables: {order_lines: {from: order_lines.csv, load: replace}}")
    assert counts(begun) == (8, 5, 0, 3)


def test_tables_that_a_load_says_nothing_of_stay_quarantined_beside(home: Path, tmp_path: Path) -> None:
    files = GOOD | {"orders.csv": GOOD["orders.csv"] + "O3,soon,C1,EUR\n"}
    load(home, write(tmp_path / "in", files | {"order_lines.csv": HEADING + "O1,1,P1,one,1\nO3,1,P1,1,1\n"}))
    load(home, write(tmp_path / "b", {"order_lines.csv": HEADING + "O1,1,P1,1,1\n"}))
    assert (counts(home, "orders"), counts(home)) == ((3, 2, 1, 0), (3, 1, 1, 1))
    folder = home / "quarantine" / "0002"
    assert {path.name for path in folder.glob("*.csv")} == {"orders.csv", "order_lines.csv"}
    orders = folder / "orders.csv"
    orders.write_text(orders.read_text(encoding="utf-8").replace("soon", "2026-03-01"), encoding="utf-8")
    load(home, folder)
    assert (counts(home, "orders"), counts(home)) == ((3, 3, 0, 0), (3, 2, 0, 1))


def test_after_going_back_the_quarantine_is_the_one_counted_then(begun: Path, tmp_path: Path) -> None:
    load(begun, write(tmp_path / "b", {"order_lines.csv": HEADING + "O2,2,P1,1,1\n"}))
    inputs.go_back(begun, "0001")
    assert counts(begun) == (6, 3, 3, 0)
    first = begun / "quarantine" / "0001" / "order_lines.csv"
    first.write_text(first.read_text(encoding="utf-8").replace("two", "2"), encoding="utf-8")
    assert quarantine_of(load(begun, first.parent)).name == "0003"
    assert counts(begun) == (6, 4, 2, 0)
