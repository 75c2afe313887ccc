"""Whole loads: what becomes visible, what the ledger says, mending, merging, mappings, messages."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import contract, publish
from data.errors import BadInput
from data.loading import inputs, intake, templates
from data.loading.request import Request
from data.settings import PROJECT
from data.warehouse.engine import open_engine
from service.commands import main
from tests.loading_help import GOOD, TODAY, load, loaded, quarantine_of, quarantined, rows, totals, where, write


def test_a_good_folder_loads_whole(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", GOOD))
    assert report.changed
    assert report.quarantine is None
    assert totals(home) == {
        "customers": (2, 2, 0),
        "products": (2, 2, 0),
        "orders": (2, 2, 0),
        "order_lines": (3, 3, 0),
    }
    current = loaded(home)
    assert current.reporting_currency == "EUR"
    for table in contract.TABLES:
        for file in current.files(table.name):
            assert tuple(pq.read_schema(file).names) == table.column_names
    assert "order_lines" in report.as_text()


def test_types_are_those_of_the_contract(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    current = loaded(home)
    types = {"varchar": pa.string(), "bigint": pa.int64(), "date": pa.date32(), "timestamp": pa.timestamp("us")}
    types |= {f"decimal(18,{scale})": pa.decimal128(18, scale) for scale in (2, 3, 6, 8)}
    for table in ("customers", "order_lines"):
        schema = pq.read_schema(current.files(table)[0])
        assert [field.type for field in schema] == [types[c.sql_type] for c in contract.table(table).columns]


def test_templates_hold_the_contract_and_load_when_filled(home: Path, tmp_path: Path) -> None:
    paths = templates.write(tmp_path / "t")
    assert [path.stem for path in paths] == [table.name for table in contract.TABLES]
    with pytest.raises(BadInput, match="already holds"):
        templates.write(tmp_path / "t")
    with pytest.raises(BadInput, match="Nothing in"):
        load(home, tmp_path / "t")
    with (tmp_path / "t" / "customers.csv").open("a", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerow(["C1", "Ada", *[""] * 10])
    assert "No rows: orders.csv" in load(home, tmp_path / "t").notes
    assert totals(home) == {"customers": (1, 1, 0)}


def test_the_same_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD)
    load(home, folder)
    before = publish.published(inputs.root(home))
    report = load(home, folder)
    assert not report.changed
    assert "Nothing has changed" in report.as_text()
    assert publish.published(inputs.root(home)) == before


def test_a_later_file_adds_and_corrects_by_key(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    later = {"customers.csv": "customer_id,name,segment\nC2,Bobby,b2c\nC3,Cem,b2b\n"}
    assert load(home, write(tmp_path / "later", later)).changed
    assert [(row["customer_id"], row["name"]) for row in rows(home, "customers")] == [
        ("C1", "Ada"),
        ("C2", "Bobby"),
        ("C3", "Cem"),
    ]
    assert totals(home)["customers"] == (4, 4, 0)
    assert len(rows(home, "order_lines")) == 3
    assert load(home, tmp_path / "in").changed  # the first file again is a correction back
    assert rows(home, "customers")[1]["name"] == "Bob"


def test_references_may_lead_to_what_was_loaded_before(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    later = {"order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\nO2,2,P2,1,1\nO3,1,P2,1,1\n"}
    load(home, write(tmp_path / "later", later))
    assert totals(home)["order_lines"] == (5, 4, 1)


BAD = GOOD | {
    "orders.csv": GOOD["orders.csv"] + "O3,2026-02-31,C1,EUR\nO4,soon,C2,EUR\n",
    "order_lines.csv": GOOD["order_lines.csv"] + "O3,1,P1,1,1\nO4,1,P1,1,1\n",
}


def test_the_quarantine_says_where_and_why(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", BAD))
    first = quarantined(report, "orders")[0]
    assert tuple(first)[:-3] == contract.table("orders").column_names
    assert (first["ordered_on"], first["source_file"], first["source_line"]) == ("2026-02-31", "orders.csv", "4")
    assert "is no day" in first["reason"]
    assert "Quarantined because" in report.as_text()
    assert {load_.quarantine for load_ in loaded(home).ledger} == {"", "0001"}


def mend(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_mended_rows_move_and_are_not_counted_twice(home: Path, tmp_path: Path) -> None:
    first = quarantine_of(load(home, write(tmp_path / "in", BAD)))
    assert totals(home)["orders"] == (4, 2, 2)
    mend(first / "orders.csv", "2026-02-31", "2026-02-28")
    second = quarantine_of(load(home, first))
    assert totals(home)["orders"] == (4, 3, 1)
    assert totals(home)["order_lines"] == (5, 4, 1)
    assert [row["source_line"] for row in quarantined_in(second, "orders")] == ["5"]

    again = load(home, first)  # the old folder again: its mended row is not counted a second time
    assert not again.changed
    assert totals(home)["orders"] == (4, 3, 1)

    mend(second / "orders.csv", "soon", "2026-03-01")
    last = load(home, second)
    assert last.quarantine is None
    assert totals(home) == {
        "customers": (2, 2, 0),
        "products": (2, 2, 0),
        "orders": (4, 4, 0),
        "order_lines": (5, 5, 0),
    }
    assert not load(home, second).changed
    assert len(rows(home, "order_lines")) == 5


def quarantined_in(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_an_unedited_quarantine_changes_nothing_until_what_it_lacks_is_loaded(home: Path, tmp_path: Path) -> None:
    files = {name: text for name, text in GOOD.items() if name != "customers.csv"}
    quarantine = quarantine_of(load(home, write(tmp_path / "in", files)))
    assert totals(home)["orders"] == (2, 0, 2)
    assert not load(home, quarantine).changed
    load(home, write(tmp_path / "later", {"customers.csv": GOOD["customers.csv"]}))
    assert load(home, quarantine).changed
    assert totals(home)["orders"] == (2, 2, 0)
    assert totals(home)["order_lines"] == (3, 3, 0)


def test_rows_deleted_from_a_quarantine_stay_quarantined(home: Path, tmp_path: Path) -> None:
    first = quarantine_of(load(home, write(tmp_path / "in", BAD)))
    kept = quarantined_in(first, "orders")
    (first / "order_lines.csv").unlink()
    with (first / "orders.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, tuple(kept[0]))
        writer.writeheader()
        writer.writerow(kept[0] | {"ordered_on": "2026-02-28"})
    second = quarantine_of(load(home, first))
    assert totals(home)["orders"] == (4, 3, 1)
    assert totals(home)["order_lines"] == (5, 3, 2)
    assert [row["ordered_on"] for row in quarantined_in(second, "orders")] == ["soon"]
    assert len(quarantined_in(second, "order_lines")) == 2


def test_rows_added_to_a_quarantine_are_new_rows(home: Path, tmp_path: Path) -> None:
    first = quarantine_of(load(home, write(tmp_path / "in", BAD)))
    columns = (first / "orders.csv").read_text(encoding="utf-8").splitlines()[0].count(",")
    with (first / "orders.csv").open("a", encoding="utf-8") as handle:
        handle.write("O9,2026-03-03,C1,,,,,EUR" + "," * (columns - 7) + "\n")
    load(home, first)
    assert totals(home)["orders"] == (5, 3, 2)


def test_a_repeated_key_does_not_get_in_through_the_quarantine(home: Path, tmp_path: Path) -> None:
    repeated = GOOD | {"customers.csv": GOOD["customers.csv"] + "C1,Other,b2b\nC9,,b2b\n"}
    first = quarantine_of(load(home, write(tmp_path / "in", repeated)))
    assert not load(home, first).changed
    assert rows(home, "customers")[0]["name"] == "Ada"
    mend(first / "customers.csv", "C1,Other", "C8,Other")
    load(home, first)
    assert totals(home)["customers"] == (4, 3, 1)


def test_a_quarantine_with_decimal_commas_reads_back(home: Path, tmp_path: Path) -> None:
    text = "customer_id;name;annual_turnover;created_on\nC1;Ada;1.234,5;31.01.2026\nC2;;12,25;03.02.2026\n"
    first = quarantine_of(load(home, write(tmp_path / "in", {"customers.csv": text})))
    assert quarantined_in(first, "customers")[0]["annual_turnover"] == "12,25"
    mend(first / "customers.csv", "C2,,", "C2,Bob,")
    load(home, first)
    assert [str(row["annual_turnover"]) for row in rows(home, "customers")] == ["1234.50", "12.25"]
    assert str(rows(home, "customers")[1]["created_on"]) == "2026-02-03"


@pytest.mark.parametrize("point", publish.POINTS)
def test_a_killed_load_leaves_the_old_or_the_new(home: Path, tmp_path: Path, point: str) -> None:
    load(home, write(tmp_path / "in", GOOD))
    write(tmp_path / "bad", BAD)
    script = (
        "import os, sys; from pathlib import Path; from data import publish, settings\n"
        "from data.loading import intake\n"
        "from data.loading.request import Request\n"
        "from data.warehouse.engine import open_engine\n"
        f"publish.reached = lambda point: os._exit(9) if point == {point!r} else None\n"
        f"intake.load(Request(Path({str(tmp_path / 'bad')!r})), settings.current(), open_engine)"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False)
    assert killed.returncode == 9
    new = totals(home)["orders"] != (2, 2, 0)
    assert totals(home)["orders"] == ((6, 4, 2) if new else (2, 2, 0))
    for load_ in loaded(home).ledger:
        if load_.quarantine:
            assert len(quarantined_in(home / "quarantine" / load_.quarantine, load_.table)) == load_.quarantined
    assert not list((home / "quarantine").glob("*.building"))
    load(home, tmp_path / "bad")
    assert totals(home)["orders"] == (6, 4, 2)


def test_the_quarantine_is_in_place_before_the_inputs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def reached(point: str) -> None:
        if point == "written":
            seen.extend(path.name for path in (home / "quarantine" / "0001").iterdir())

    monkeypatch.setattr(publish, "reached", reached)
    load(home, write(tmp_path / "in", BAD))
    assert {"orders.csv", "order_lines.csv", "mapping.yaml"} <= set(seen)


def test_nothing_is_left_behind(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", BAD))
    assert not (home / "loading").exists()


def test_other_files_are_named(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", {**GOOD, "notes.docx": "x", "sales.csv": "a\n1\n"}))
    assert any(note.startswith("Not read: notes.docx. It is a document") for note in report.notes)
    assert "Ignored: sales.csv" in report.notes


def test_headings_are_forgiving_and_unused_columns_named(home: Path, tmp_path: Path) -> None:
    text = "Customer ID,NAME,shoe size\nC1,Ada,38\n"
    report = load(home, write(tmp_path / "in", {"customers.csv": text}))
    assert rows(home, "customers")[0]["customer_id"] == "C1"
    assert "customers.csv: columns not used: shoe size" in report.notes


MAPPED = """
reporting_currency: EUR
date_order: dmy
tables:
  customers:
    from: sales_*.csv
    one_per: Kunde
    order: Datum desc
    columns: {customer_id: Kunde, name: "'Kunde ' || Kunde"}
  products:
    - from: sales_*.csv
      one_per: Artikel
      columns: {product_id: Artikel, name: articles.title}
      join: left join articles on articles.id = source.Artikel
  orders:
    from: sales_*.csv
    one_per: Beleg
    where: Status <> 'draft'
    columns: {order_id: Beleg, ordered_on: Datum, customer_id: Kunde, currency: "'EUR'"}
  order_lines:
    from: sales_*.csv
    where: Status <> 'draft'
    columns:
      order_id: Beleg
      line_no: row_number() over (partition by Beleg order by source._file_no, source._line)
      product_id: Artikel
      quantity: Menge
      unit_price: Preis
"""
HEAD = "Beleg;Datum;Kunde;Artikel;Menge;Preis;Status\n"
SALES = {
    "sales_1.csv": HEAD + "1;03.02.2026;K1;A1;1;2,50;ok\n1;03.02.2026;K1;A2;2;1,00;ok\n",
    "sales_2.csv": HEAD + "2;04.02.2026;K2;A1;1;2,50;ok\n3;04.02.2026;K2;A1;1;9,99;draft\n2;x\n",
    "articles.csv": "id,title\nA1,Bolt\nA2,Nut\n",
}


def test_a_mapping_with_globs_joins_filters_and_derived_tables(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {**SALES, "mapping.yaml": MAPPED})
    report = load(home, folder)
    assert [row["name"] for row in rows(home, "products")] == ["Bolt", "Nut"]
    assert [str(row["ordered_on"]) for row in rows(home, "orders")] == ["2026-02-03", "2026-02-04"]
    assert [(row["order_id"], row["line_no"]) for row in rows(home, "order_lines")] == [("1", 1), ("1", 2), ("2", 1)]
    by_file = {(load_.table, load_.source): (load_.rows_in, load_.loaded) for load_ in report.loads}
    assert by_file["order_lines", "sales_1.csv"] == (2, 2)
    assert by_file["order_lines", "sales_2.csv"] == (2, 1)  # the torn line is one of them, the draft is not
    assert "order_lines from sales_*.csv: 4 rows, 3 after `where Status <> 'draft'`" in report.as_text()
    assert not load(home, folder).changed
    write(folder, {"articles.csv": "id,title\nA1,Bolt!\nA2,Nut\n"})  # a joined file counts as changed too
    assert load(home, folder).changed


def test_mapping_by_file_and_by_name(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", SALES)
    (tmp_path / "own.yaml").write_text(MAPPED, encoding="utf-8")
    load(home, folder, str(tmp_path / "own.yaml"))
    assert totals(home)["products"] == (3, 2, 1)


def test_one_file_of_a_folder(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD)
    load(home, folder / "customers.csv")
    assert totals(home) == {"customers": (2, 2, 0)}


def test_workbooks_by_sheet_names(home: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Customers"
    book.active.append(["customer_id", "name", "annual_turnover"])
    book.active.append(["007", "Ada", 12.5])
    sheet = book.create_sheet("products")
    sheet.append(["product_id", "name"])
    sheet.append([1, "Bolt"])
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "company.xlsx")
    report = load(home, tmp_path / "in")
    assert str(rows(home, "customers")[0]["annual_turnover"]) == "12.50"
    assert rows(home, "products")[0]["product_id"] == "1"
    assert {load_.source for load_ in report.loads} == {"company.xlsx [Customers]", "company.xlsx [products]"}


def test_parquet_keeps_its_types(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    table = pa.table({"customer_id": [7.0, 8.0], "name": ["Ada", None], "annual_turnover": [1.125, 2.5]})
    pq.write_table(table, tmp_path / "in" / "customers.parquet")
    first = quarantine_of(load(home, tmp_path / "in"))
    assert [(row["customer_id"], str(row["annual_turnover"])) for row in rows(home, "customers")] == [("7", "1.13")]
    assert quarantined_in(first, "customers")[0]["annual_turnover"] == "2.5"


def test_the_reporting_currency_is_set_found_or_asked(home: Path, tmp_path: Path) -> None:
    mixed = GOOD | {"orders.csv": GOOD["orders.csv"].replace("C2,EUR", "C2,USD")}
    with pytest.raises(BadInput, match="reporting currency is not known"):
        load(home, write(tmp_path / "mixed", mixed))
    load(home, write(tmp_path / "in", GOOD))
    tables = "tables: {customers: customers.csv}\n"
    write(tmp_path / "in", {"mapping.yaml": f"reporting_currency: GBP\n{tables}"})
    with pytest.raises(BadInput, match="is EUR and cannot become GBP"):
        load(home, tmp_path / "in")
    write(tmp_path / "in", {"mapping.yaml": f"reporting_currency: XYZ\n{tables}"})
    with pytest.raises(BadInput, match="'XYZ' is no ISO 4217 currency"):
        load(home, tmp_path / "in")


def test_the_demo_gives_way(home: Path, tmp_path: Path) -> None:
    with inputs.next_generation(home) as draft:
        draft.reporting_currency = "USD"
        draft.ledger = [inputs.Load("customers", "demo", "", 1, 1, 0)]
        pq.write_table(pa.table({"customer_id": ["X"]}), draft.folder("customers") / "rows.parquet")
    report = load(home, write(tmp_path / "in", GOOD))
    assert "The generated demo company is replaced." in report.notes
    assert [row["customer_id"] for row in rows(home, "customers")] == ["C1", "C2"]
    assert loaded(home).reporting_currency == "EUR"


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("tables: [", "not valid YAML"),
        ("", "is empty"),
        ("reporting_currency: EUR", "names no tables"),
        ("tables: {customer: customers.csv}", "no table 'customer'.*Did you mean customers"),
        ("tables: {customers: {from: customers.csv, colums: {}}}", "no setting 'colums'.*Did you mean columns"),
        ("tables: {customers: {columns: {}}}", "has no `from`"),
        ("tables: {customers: {from: customers.csv, columns: {id: a}}}", "no column 'customers.id'"),
        ("tables: {customers: {from: customers.csv, columns: {name: name}}}", "gives no customer_id"),
        ("tables: {customers: {from: nothing.csv}}", "No file matches 'nothing.csv'"),
        ("tables: {customers: {from: notes.docx}}", "notes.docx cannot be read"),
        ("date_order: ddmm\ntables: {customers: customers.csv}", "`date_order: ddmm`.*dmy mdy ymd"),
        (
            "tables: {customers: {from: customers.csv, columns: {customer_id: customer_id, name: nam}}}",
            "customers.name cannot be taken from customers.csv.*'nam' is neither one of its columns",
        ),
        (
            "tables: {customers: {from: customers.csv, columns: {customer_id: customer_id, name: 'upper('}}}",
            "customers.name cannot be taken",
        ),
        ("tables: {customers: {from: customers.csv, where: nonsense = 1}}", "mistake in `where`"),
        ("tables: {customers: {from: customers.csv, where: '1=1; drop table x'}}", "holds a semicolon"),
        ("files: {x: gone*.csv}\ntables: {customers: customers.csv}", "No file matches 'gone"),
        (
            (
                "tables: {customers: {from: customers.csv, columns: {customer_id: customer_id, "
                "name: (select content from read_text('/etc/hostname'))}}}"
            ),
            "disabled by configuration",
        ),
    ],
)
def test_wrong_mappings_are_explained(home: Path, tmp_path: Path, yaml: str, message: str) -> None:
    folder = write(tmp_path / "in", {**GOOD, "notes.docx": "x", "mapping.yaml": yaml})
    with pytest.raises(BadInput, match=f"(?s){message}") as error:
        load(home, folder)
    assert error.value.exit_code == 3
    assert error.value.remedy
    assert inputs.current(home) is None
    assert not (home / "quarantine").exists()


def test_missing_paths_columns_presets_and_empty_files(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no"):
        load(home, tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"has no column name.*columns found are customer_id, nam"):
        load(home, write(tmp_path / "a", {"customers.csv": "customer_id,nam\n1,2\n"}))
    with pytest.raises(BadInput, match="is empty"):
        load(home, write(tmp_path / "b", {"customers.csv": ""}))
    with pytest.raises(BadInput, match="Did you mean online_retail_ii"):
        load(home, tmp_path / "a", "online_retail")
    with pytest.raises(BadInput, match="Nothing in"):
        load(home, write(tmp_path / "c", {"x.csv": "a\n1\n"}))


def test_a_mapping_must_be_utf8(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not UTF-8"):
        load(home, write(tmp_path / "in", {**GOOD, "mapping.yaml": "tables: {Ё: x}".encode("cp1251")}))


def test_files_of_one_source_must_all_have_its_columns(home: Path, tmp_path: Path) -> None:
    files = {"c1.csv": "customer_id,name\n1,A\n", "c2.csv": "customer_id,nom\n2,B\n"}
    yaml = "tables: {customers: {from: 'c?.csv', columns: {customer_id: customer_id, name: name}}}"
    with pytest.raises(BadInput, match=r"cannot be taken from c2\.csv"):
        load(home, write(tmp_path / "in", {**files, "mapping.yaml": yaml}))


def test_the_ledger_names_the_content(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD)
    load(home, folder)
    digests = {load_.source: load_.sha256 for load_ in loaded(home).ledger}
    assert digests == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in GOOD.items()}


def test_the_command_line_returns_three_for_bad_input(home: Path, tmp_path: Path) -> None:
    write(tmp_path / "in", {"customers.csv": ""})
    assert main(["import", str(tmp_path / "in"), "--no-build"]) == 3
    write(tmp_path / "in", GOOD)
    assert main(["import", str(tmp_path / "in"), "--no-build"]) == 0
    assert main(["template", str(tmp_path / "t")]) == 0


def test_today_bounds_only_what_has_happened(home: Path, tmp_path: Path) -> None:
    text = "catalog_id,name,valid_to\nK1,Spring,2030-01-01\n"
    intake.load(Request(write(tmp_path / "in", {"catalogs.csv": text}), None, TODAY), where(home), open_engine)
    assert totals(home)["catalogs"] == (1, 1, 0)
