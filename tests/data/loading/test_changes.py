"""What a load says of what was loaded before, rehearsed or done, and which files of the inputs it writes."""

from pathlib import Path

import pytest

from data import publish
from data.loading import inputs, intake, merge
from data.loading.report import Change, Rehearsal
from data.loading.request import Request
from data.warehouse.engine import open_engine
from service.commands import main
from tests.loading_help import GOOD, TODAY, load, loaded, rows, where, write

CUSTOMERS = "customer_id,name,segment\n"


def change(changes: list[Change], table: str) -> tuple[int, int, int, int]:
    (found,) = (each for each in changes if each.table == table)
    return found.added, found.changed, found.removed, found.unchanged


def rehearse(home: Path, folder: Path) -> Rehearsal:
    return intake.rehearse(Request(folder, None, TODAY), where(home), open_engine)


def kept(home: Path) -> set[tuple[str, int]]:
    """Every file in a home by name and inode; neither locks nor the folders around them count."""
    return {(str(path), path.stat().st_ino) for path in home.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_load_counts_what_it_adds_changes_and_leaves(home: Path, tmp_path: Path) -> None:
    first = load(home, write(tmp_path / "in", GOOD))
    assert change(first.changes, "order_lines") == (3, 0, 0, 0)
    later = {"customers.csv": CUSTOMERS + "C2,Bobby,b2c\nC3,Cem,b2b\nC1,Ada,dealer\n"}
    second = load(home, write(tmp_path / "later", later))
    assert [each.table for each in second.changes] == ["customers"]
    assert change(second.changes, "customers") == (1, 1, 0, 1)


def test_a_load_names_the_earlier_load_it_contradicts(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", {"customers.csv": CUSTOMERS + "C1,Ada,dealer\nC2,Bob,b2b\n"}))
    may = {"may.csv": CUSTOMERS + "C3,Cem,b2b\nC4,Dan,b2b\n", "mapping.yaml": "tables: {customers: may.csv}"}
    load(home, write(tmp_path / "may", may))
    june = {"june.csv": CUSTOMERS + "C1,Ada,dealer\nC3,Cems,b2b\nC4,Dans,b2b\n"}
    text = load(home, write(tmp_path / "june", june | {"mapping.yaml": "tables: {customers: june.csv}"})).as_text()
    day = loaded(home).ledger[-1].at[:10]
    assert f"Rows of customers that differ from what may.csv (load of {day}) said, which they replace: 2" in text
    assert "what customers.csv" not in text  # its C1 is as it was


def test_a_row_of_which_the_new_version_is_refused_stays_and_is_told_of(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    report = load(home, write(tmp_path / "bad", {"customers.csv": CUSTOMERS + "C1,Ada,nobody\nC2,Bob,b2b\n"}))
    assert (
        "Rows of customers that stay as they were, for what is said of them now is quarantined: 1" in report.as_text()
    )
    assert change(report.changes, "customers") == (0, 0, 0, 2)
    assert rows(home, "customers")[0]["segment"] == "dealer"


def test_a_rehearsal_tells_what_the_load_then_does_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    before, generations = kept(home), publish.published(inputs.root(home))
    lines = GOOD["order_lines.csv"] + "O2,2,P2,many,1\nO1,3,P1,1,1\nO1,1,P1,10,2.50\n"
    folder = write(tmp_path / "next", GOOD | {"order_lines.csv": lines.replace("O1,2,P2,5", "O1,2,P2,6")})
    shown = rehearse(home, folder)
    assert (kept(home), publish.published(inputs.root(home))) == (before, generations)
    assert [row["quantity"] for row in shown.refused["order_lines"]] == ["many", "10"]
    assert [row["source_line"] for row in shown.refused["order_lines"]] == [5, 7]
    assert "is not a number" in shown.refused["order_lines"][0]["reason"]
    assert [(row["order_id"], row["line_no"]) for row in shown.first["order_lines"]] == [
        ("O1", 1),
        ("O1", 2),
        ("O2", 1),
        ("O1", 3),
    ]
    report = load(home, folder)
    assert (shown.report.loads, shown.report.changes, shown.report.reasons) == (
        report.loads,
        report.changes,
        report.reasons,
    )
    assert change(shown.report.changes, "order_lines") == (1, 1, 0, 2)
    assert not rehearse(home, folder).report.changed


def test_a_rehearsal_shows_twenty_rows_of_a_table(home: Path, tmp_path: Path) -> None:
    text = CUSTOMERS + "".join(f"C{number},Name,{'b2b' if number < 30 else 'x'}\n" for number in range(60))
    shown = rehearse(home, write(tmp_path / "in", {"customers.csv": text}))
    assert [row["customer_id"] for row in shown.first["customers"]] == [f"C{number}" for number in range(20)]
    assert [row["customer_id"] for row in shown.refused["customers"]] == [f"C{number}" for number in range(30, 50)]


def test_steps_are_told_in_order_up_to_the_end(home: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    folder = write(tmp_path / "in", GOOD)
    intake.load(Request(folder, None, TODAY), where(home), open_engine, lambda what, share: steps.append((what, share)))
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert (steps[0][1], steps[-1]) == (0.0, ("Publishing", 1.0))
    assert {"Reading orders.csv", "Mapping orders", "Checking", "Comparing", "Writing"} <= {what for what, _ in steps}


def names(home: Path, table: str) -> list[str]:
    return [file.name for file in loaded(home).files(table)]


def test_only_files_in_which_a_row_changes_are_written_anew(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    first = loaded(home).files("order_lines")[0]
    inode = first.stat().st_ino
    heading = "order_id,line_no,product_id,quantity,unit_price\n"
    load(home, write(tmp_path / "new", {"order_lines.csv": heading + "O2,2,P2,1,1\nO2,1,P1,-1,2.50\n"}))
    assert names(home, "order_lines") == ["0001.parquet", "0002.parquet"]
    assert loaded(home).files("order_lines")[0].stat().st_ino == inode
    assert len(rows(home, "order_lines")) == 4
    load(home, write(tmp_path / "fix", {"order_lines.csv": heading + "O2,2,P2,7,1\n"}))  # all that 0002 held
    assert names(home, "order_lines") == ["0001.parquet", "0003.parquet"]
    assert loaded(home).files("order_lines")[0].stat().st_ino == inode
    assert len(rows(home, "order_lines")) == 4


def left_out(changes: list[Change]) -> dict[str, int]:
    return {each.table: sum(earlier.rows for earlier in each.left_out) for each in changes if each.left_out}


def test_rows_that_their_file_leaves_out_are_counted_with_the_way_to_take_them_out(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    heading = "order_id,line_no,product_id,quantity,unit_price\n"
    fewer = {"order_lines.csv": heading + "O1,1,P1,10,2.50\nO1,2,P2,6,1.25\nO2,2,P1,1,1\n"}
    report = load(home, write(tmp_path / "fewer", fewer))
    assert left_out(report.changes) == {"order_lines": 1}
    assert "left out now, but stay: 1 (`load: replace` or --replace order_lines takes them out)" in report.as_text()
    assert len(rows(home, "order_lines")) == 4


def test_rows_that_a_condition_leaves_out_now_are_counted_too(home: Path, tmp_path: Path) -> None:
    flat = {"flat.csv": "id,name,state\n1,Ada,ok\n2,Bob,left\n3,Cem,ok\n"}
    yaml = "tables: {customers: {from: flat.csv, columns: {customer_id: id, name: name}"
    load(home, write(tmp_path / "in", flat | {"mapping.yaml": yaml + "}}"}))
    report = load(home, write(tmp_path / "in", {"mapping.yaml": yaml + ", where: state <> 'left'}}"}))
    assert left_out(report.changes) == {"customers": 1}


def test_the_next_days_rows_under_the_same_name_leave_nothing_out(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    text = "order_id,line_no,product_id,quantity,unit_price\nO1,9,P1,1,1\nO2,9,P1,1,1\n"
    assert left_out(load(home, write(tmp_path / "next", {"order_lines.csv": text})).changes) == {}


def test_another_file_leaves_nothing_out_unless_it_is_the_same_export_of_another_day(
    home: Path, tmp_path: Path
) -> None:
    def export(name: str, numbers: range) -> Path:
        text = CUSTOMERS + "".join(f"C{number},Name,b2b\n" for number in numbers)
        return write(tmp_path / name, {f"{name}.csv": text, "mapping.yaml": "tables: {customers: 'export_*.csv'}"})

    load(home, export("export_may", range(10)))
    assert left_out(load(home, export("export_june", range(10, 20))).changes) == {}
    assert left_out(load(home, export("export_july", range(10, 19))).changes) == {"customers": 1}


def test_status_lists_what_can_be_gone_back_to_and_what_that_takes_back(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(home, write(tmp_path / "in", GOOD))
    load(home, write(tmp_path / "may", {"customers.csv": CUSTOMERS + "C3,Cem,b2b\n"}))
    day = loaded(home).ledger[-1].at[:10]
    load(home, write(tmp_path / "june", {"products.csv": "product_id,name\nP3,Rivet\nP4,Pin\n"}))
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert f"0002 takes back products.csv of {day} (2 rows)\n" in said
    assert f"0001 takes back customers.csv of {day} (1 rows), products.csv of {day} (2 rows)" in said
    assert main(["build", "--inputs", "0001"]) == 0
    assert f"Going back to 0001 takes back customers.csv of {day} (1 rows)" in capsys.readouterr().out
    assert len(rows(home, "customers")) == 2
    assert [each.name for each in inputs.kept(home)] == ["0003", "0002"]
    assert "what was mended or undone" in str(inputs.kept(home)[0])


def test_where_files_become_many_the_smaller_ones_are_gathered(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "MOST_FILES", 3)
    many = CUSTOMERS + "".join(f"A{number},Name {number * number},b2b\n" for number in range(500))
    load(home, write(tmp_path / "in", {"customers.csv": many}))
    seen = []
    for number in range(2, 7):
        row = f"C{number},Cem,b2b\n"
        mapping = f"tables: {{customers: day_{number}.csv}}"
        load(home, write(tmp_path / str(number), {f"day_{number}.csv": CUSTOMERS + row, "mapping.yaml": mapping}))
        seen.append(names(home, "customers"))
        assert len(rows(home, "customers")) == 499 + number
    assert seen[1] == ["0001.parquet", "0002.parquet", "0003.parquet"]
    assert seen[2] == ["0001.parquet", "0002-0004.parquet"]
    assert seen[4] == ["0001.parquet", "0002-0006.parquet"]
    said = load(home, write(tmp_path / "last", {"customers.csv": CUSTOMERS + "C3,Cems,b2b\n"})).as_text()
    assert "differ from what day_2.csv, day_3.csv, day_4.csv and 2 more (load of" in said
    assert not list(inputs.root(home).rglob("gathered"))
