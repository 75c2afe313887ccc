"""Order lines that state their amount: it counts, it may stand without a price, and where the two disagree is said."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from data import settings
from data.errors import BadInput
from data.loading import inputs
from data.warehouse import build
from tests.loading_help import GOOD, load, loaded, quarantined, rows, totals, write

HEADING = "order_id,line_no,product_id,quantity,unit_price,amount\n"


def company(lines: str) -> dict[str, str]:
    return GOOD | {"order_lines.csv": HEADING + lines}


def revenue(of: str = "order_lines") -> list[tuple[object, ...]]:
    """What the lines of a new snapshot bring, as exact text."""
    snapshot = build.build(settings.current()).path
    (everything,) = (each for each in build.described(snapshot)["scopes"] if each["key"] == build.EVERYTHING)
    with duckdb.connect(str(snapshot / everything["file"]), read_only=True) as connection:
        return connection.sql(f"select order_id, line_no, cast(revenue as varchar) from {of} order by all").fetchall()


def test_the_amount_counts_to_the_cent(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", company("O1,1,P1,700000,,100000.01\nO1,2,P2,3,,100.00\nO2,1,P1,-7,,-99.99\n")))
    assert revenue() == [("O1", 1, "100000.01"), ("O1", 2, "100.00"), ("O2", 1, "-99.99")]


def test_a_charge_has_an_amount_and_no_quantity(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", company("O1,1,P1,10,2.50,\nO1,2,P2,0,,4.90\n")))
    assert revenue() == [("O1", 1, "25.00"), ("O1", 2, "4.90")]


def test_a_line_without_both_is_quarantined(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", company("O1,1,P1,10,,\nO1,2,P2,5,1.25,\nO2,1,P1,1,,3\n")))
    assert totals(home)["order_lines"] == (3, 2, 1)
    assert [row["reason"] for row in quarantined(report, "order_lines")] == ["unit_price or amount is missing"]


def test_a_line_without_both_does_not_take_the_key(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", company("O1,1,P1,10,,\nO1,1,P1,10,2.50,\nO2,1,P1,1,1,\n")))
    assert totals(home)["order_lines"] == (3, 2, 1)
    assert rows(home, "order_lines")[0]["unit_price"] is not None


def test_a_file_without_both_is_refused(home: Path, tmp_path: Path) -> None:
    lines = "order_id,line_no,product_id,quantity\nO1,1,P1,10\n"
    with pytest.raises(BadInput, match="no column unit_price or amount"):
        load(home, write(tmp_path / "in", GOOD | {"order_lines.csv": lines}))
    columns = "{order_id: order_id, line_no: line_no, product_id: product_id, quantity: quantity}"
    mapping = f"tables:\n  order_lines: {{from: order_lines.csv, columns: {columns}}}\n"
    with pytest.raises(BadInput, match="gives no unit_price or amount"):
        load(home, write(tmp_path / "in", {"mapping.yaml": mapping}))


def test_disagreement_beyond_a_cent_is_counted_and_shown(home: Path, tmp_path: Path) -> None:
    lines = "O1,1,P1,10,2.50,25.01\nO1,2,P2,5,1.25,6.00\nO2,1,P1,-1,2.50,-12.50\n"
    report = load(home, write(tmp_path / "in", company(lines)))
    said = [note for note in report.notes if "other than" in note]
    assert len(said) == 1
    assert "2 lines state amounts" in said[0]
    assert "by 10.25 EUR in all, most in order_lines.csv line 4" in said[0]
    assert revenue() == [("O1", 1, "25.01"), ("O1", 2, "6.00"), ("O2", 1, "-12.50")]
    found = {each["check"]: (each["level"], each["rows"]) for each in build.status(settings.current())["checks"]}
    assert found["checks.amounts_disagree"] == ("warn", 2)


def test_lines_that_agree_are_not_spoken_of(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", company("O1,1,P1,10,2.50,25\nO2,1,P1,3,0.335,1.01\n")))
    assert [note for note in report.notes if "other than" in note] == []


def test_rows_of_an_earlier_release_lack_later_columns(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    earlier = loaded(home).rows("order_lines")
    with inputs.next_generation(home) as draft:
        for table in ("customers", "products", "orders"):
            draft.keep(table)
        (file,) = loaded(home).files("order_lines")
        pq.write_table(pq.read_table(file).drop_columns(["amount"]), draft.folder("order_lines") / "rows.parquet")
    more = {"order_lines.csv": HEADING + "O2,2,P2,1,,7.00\n"}
    load(home, write(tmp_path / "more", more))
    assert rows(home, "order_lines") == sorted(
        [*earlier, rows(home, "order_lines")[-1]], key=lambda row: (row["order_id"], row["line_no"])
    )
    assert revenue()[-1] == ("O2", 2, "7.00")
