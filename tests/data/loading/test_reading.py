"""How a mapping says what is read: sheets, rows of headings, archives; and what a load tells of it."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import BadInput
from tests.loading_help import GOOD, load, quarantined, rows, totals, write


def book(folder: Path, name: str, **sheets: Sequence[Any]) -> None:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, cells in sheets.items():
        sheet = made.create_sheet(title)
        for row in cells:
            sheet.append(row)
    folder.mkdir(exist_ok=True)
    made.save(folder / name)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def names(home: Path) -> list[str]:
    return sorted(row["name"] for row in rows(home, "customers"))


def test_several_sheets_by_name_and_pattern(tmp_path: Path) -> None:
    sheets = {month: [["customer_id", "name"], [month, f"{month} Ltd"]] for month in ("Jan", "Feb", "Notes", "Jan 2")}
    book(tmp_path / "in", "year.xlsx", **sheets)
    for written, expected in (("Feb", ["Feb"]), ("[Jan, Feb]", ["Feb", "Jan"]), ("jan*", ["Jan", "Jan 2"])):
        write(tmp_path / "in", {"mapping.yaml": f"tables:\n  customers: {{from: year.xlsx, sheet: {written!s}}}\n"})
        home = tmp_path / written
        report = load(home, tmp_path / "in")
        assert names(home) == sorted(f"{each} Ltd" for each in expected)
        assert sorted(each.source for each in report.loads) == sorted(f"year.xlsx [{each}]" for each in expected)
    write(tmp_path / "in", {"mapping.yaml": "tables:\n  customers: {from: year.xlsx, sheet: March*}\n"})
    with pytest.raises(BadInput, match=r"no sheet like 'March\*'"):
        load(tmp_path / "home", tmp_path / "in")


def test_a_sheet_of_a_file_that_sql_speaks_of(tmp_path: Path) -> None:
    orders = [["Weekly list"], ["made by Ann"], ["Name", "Area", "n"], ["Ada", "West", 1], ["Bob", "East", 2]]
    book(tmp_path / "in", "flat.xlsx", Orders=orders, People=[["Person", "Area"], ["Zoe", "West"], ["Yan", "East"]])
    mapping = """
        files: {people: {from: flat.xlsx, sheet: People}, list: {from: flat.xlsx, sheet: Orders, header_row: 3}}
        tables:
          customers:
            from: list
            join: left join people on people.Area = source.Area
            columns: {customer_id: Name, name: people.Person}
    """
    report = load(tmp_path / "home", write(tmp_path / "in", {"mapping.yaml": mapping}))
    assert names(tmp_path / "home") == ["Yan", "Zoe"]
    assert any("2 rows above the headings are not read" in note for note in report.notes)


def test_settings_of_the_whole_mapping_hold_for_files_of_sql_too(tmp_path: Path) -> None:
    files = {"in.csv": "head\nid;area\nC1;1\n", "areas.csv": "head\nno;name\n1;West\n"}
    mapping = """
        header_row: 2
        delimiter: ;
        tables:
          customers:
            from: in.csv
            join: join areas on areas.no = source.area
            columns: {customer_id: id, name: areas.name}
    """
    load(tmp_path / "home", write(tmp_path / "in", {**files, "mapping.yaml": mapping}))
    assert names(tmp_path / "home") == ["West"]


@pytest.mark.parametrize("setting", ["header_row: two", "skip_footer: -1", "sheet: {a: b}"])
def test_settings_of_reading_are_checked(tmp_path: Path, setting: str) -> None:
    mapping = f"tables:\n  customers:\n    from: customers.csv\n    {setting}\n"
    with pytest.raises(BadInput, match=r"no number of rows|cannot be used as it is"):
        load(tmp_path / "home", write(tmp_path / "in", {**GOOD, "mapping.yaml": mapping}))


def test_an_archive_is_a_folder_of_files(tmp_path: Path) -> None:
    content = zipped({**{f"2026/{name}": text for name, text in GOOD.items()}, "notes.pdf": b"%PDF", "__MACOSX/x": b""})
    for folder in (write(tmp_path / "in", {"export.zip": content}), tmp_path / "in" / "export.zip"):
        report = load(tmp_path / f"home of {folder.name}", folder)
        assert totals(tmp_path / f"home of {folder.name}")["order_lines"] == (3, 3, 0)
        assert "export.zip/2026/orders.csv" in {each.source for each in report.loads}
        assert "Not read: export.zip/notes.pdf" in report.notes
    assert not load(tmp_path / "home of in", tmp_path / "in").changed


def test_a_mapping_names_files_of_an_archive(tmp_path: Path) -> None:
    book(tmp_path, "Book.xlsx", customers=[["customer_id", "name"], ["C9", "Eve"]], other=[["x"], ["1"]])
    pq.write_table(pa.table({"customer_id": ["C8"], "name": ["Dan"]}), tmp_path / "p.parquet")
    packed: dict[str, str | bytes] = {
        "a.csv": GOOD["customers.csv"],
        "b.jsonl": '{"customer_id": "C7", "name": "Cid"}\n',
        "more.csv": "x\n1\n",
    }
    packed |= {each: (tmp_path / each).read_bytes() for each in ("Book.xlsx", "p.parquet")}
    mapping = (
        "tables:\n  customers:\n    - a.csv\n    - x.zip/b.jsonl\n    - '*.parquet'\n"
        "    - {from: book.xlsx, sheet: cust*}\n"
    )
    folder = write(tmp_path / "in", {"x.zip": zipped(packed), "mapping.yaml": mapping})
    report = load(tmp_path / "home", folder)
    assert names(tmp_path / "home") == ["Ada", "Bob", "Cid", "Dan", "Eve"]
    assert "Ignored: x.zip/more.csv" in report.notes


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({"../orders.csv": "x"}), "leads out of it"),
        (zipped({"/orders.csv": "x"}), "leads out of it"),
        (zipped({f"{number}.csv": "x" for number in range(1001)}), "more than 1,000"),
        (zipped({"orders.csv": b"0" * (400 << 20)}), "would become"),
        (zipped(GOOD)[:200], "torn"),
        (b"no archive", "torn"),
    ],
    ids=["up", "root", "many", "bomb", "torn", "none"],
)
def test_archives_that_are_not_unpacked(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match="unpacked") as refused:
        load(tmp_path / "home", write(tmp_path / "in", {"export.zip": content}))
    assert why in refused.value.cause


def test_an_archive_that_lies_about_its_size_is_torn(tmp_path: Path) -> None:
    content = bytearray(zipped({"customers.csv": GOOD["customers.csv"] * 100}))
    at = content.rindex(b"PK\x01\x02") + 24  # the size unpacked, in the directory
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(BadInput, match="cannot be unpacked"):
        load(tmp_path / "home", write(tmp_path / "in", {"export.zip": bytes(content)}))


def test_a_parquet_torn_within_is_named_and_no_mistake_of_a_mapping(tmp_path: Path) -> None:
    held = io.BytesIO()
    pq.write_table(pa.table({"customer_id": ["C1"], "name": ["Ada"]}), held)
    content = bytearray(held.getvalue())
    content[4:30] = b"\xff" * 26
    with pytest.raises(BadInput, match=r"customers\.parquet is not a readable Parquet"):
        load(tmp_path / "home", write(tmp_path / "in", {"customers.parquet": bytes(content)}))


def test_headings_that_are_not_those_expected_say_what_may_be_wrong(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {**GOOD, "customers.csv": "C1,Ada\nC2,Bob\n"})
    with pytest.raises(BadInput, match="no column customer_id, name") as refused:
        load(tmp_path / "home", folder)
    assert "`header_row: 0`" in refused.value.remedy
    mapping = (
        "tables:\n  customers: {from: customers.csv, header_row: 0, columns: {customer_id: column_1, name: column_2}}\n"
    )
    load(tmp_path / "home", write(folder, {"mapping.yaml": mapping}))
    assert names(tmp_path / "home") == ["Ada", "Bob"]


def test_headings_that_occur_twice_are_refused_where_they_are_taken(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {**GOOD, "customers.csv": "customer_id,name,Phone,phone\nC1,Ada,1,2\n"})
    assert any("several columns are called 'Phone'" in note for note in load(tmp_path / "home", folder).notes)
    write(folder, {"customers.csv": "customer_id,name,Region,region\nC1,Ada,West,East\n"})
    with pytest.raises(BadInput, match="several columns called 'Region'"):
        load(tmp_path / "home", folder)


def test_files_of_one_pattern_each_have_their_own_encoding(tmp_path: Path) -> None:
    files = {"a.csv": "id;name\nC1;Müller\n".encode("cp1252"), "b.csv": "id;name\nC2;Москва\n".encode("cp1251")}
    mapping = "tables:\n  customers: {from: '*.csv', columns: {customer_id: id, name: name}}\n"
    load(tmp_path / "home", write(tmp_path / "in", {**files, "mapping.yaml": mapping}))
    assert names(tmp_path / "home") == ["Müller", "Москва"]


@pytest.mark.parametrize("here", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_times_with_a_zone_follow_one_rule_in_every_kind_of_file(
    tmp_path: Path, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", here)
    late = dt.datetime(2026, 1, 16, 4, 30, tzinfo=dt.UTC)
    tables = {"utc": "UTC", "there": "America/New_York"}
    folder = write(tmp_path / "in", {name: GOOD[name] for name in ("customers.csv", "products.csv")})
    write(
        folder,
        {
            "1.csv": "order_id,ordered_on,currency\nA,2026-01-16T04:30:00Z,EUR\nB,2026-01-15 23:30:00-05:00,EUR\n",
            "2.jsonl": '{"order_id": "C", "ordered_on": "2026-01-16T04:30:00+00:00", "currency": "EUR"}\n'
            '{"order_id": "D", "ordered_on": "2026-01-15T23:30:00-0500", "currency": "EUR"}\n',
        },
    )
    for name, zone in tables.items():
        kind = pa.timestamp("us", zone)
        columns = {"order_id": [name], "ordered_on": pa.array([late], kind), "currency": ["EUR"]}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    write(folder, {"mapping.yaml": "tables:\n  orders: [1.csv, 2.jsonl, utc.parquet, there.parquet]\n"})
    report = load(tmp_path / "home", folder)
    assert {row["order_id"]: str(row["ordered_on"]) for row in rows(tmp_path / "home", "orders")} == dict.fromkeys(
        ("A", "C", "utc"), "2026-01-16"
    )
    refused = quarantined(report, "orders")
    assert {row["order_id"] for row in refused} == {"B", "D", "there"}
    assert all("carries a time zone other than UTC" in row["reason"] for row in refused)


LINE_HEADINGS = ["order_id", "line_no", "product_id", "quantity", "unit_price", "dimension"]


@pytest.mark.parametrize("kind", ["xlsx", "jsonl"])
@pytest.mark.parametrize(
    ("quantities", "prices", "dimensions", "read"),
    [
        ((1.234, 2), ("5,50", "6,5"), ("", ""), ("1.234", "5.5")),  # as texts write it, and no thousand
        ((1.5, 2), ("1.005,50", "6"), ("", ""), ("1.5", "1005.5")),
        ((1.234, 2), (5, 6), ("", ""), ("1.234", "5")),  # a number leaves no doubt
        ((1.234, 2), ("1,005.5", "6"), ("", ""), ("1.234", "1005.5")),
        ((1.5, 2), ("1,234", "6"), ("", ""), None),  # a text does, whatever numbers stand beside it
        ((1.234, 2), ("5,50", "6,5"), ("1.5", "2.5"), None),
    ],
)
def test_numbers_of_a_file_are_not_read_as_its_texts_are_written(
    home: Path,
    tmp_path: Path,
    kind: str,
    quantities: Sequence[Any],
    prices: Sequence[Any],
    dimensions: Sequence[str],
    read: tuple[str, str] | None,
) -> None:
    lines = [["O1", at, "P1", *cells] for at, cells in enumerate(zip(quantities, prices, dimensions, strict=True), 1)]
    folder = write(tmp_path / "in", {name: text for name, text in GOOD.items() if name != "order_lines.csv"})
    if kind == "xlsx":
        book(folder, "order_lines.xlsx", order_lines=[LINE_HEADINGS, *lines])
    else:
        texts = [json.dumps(dict(zip(LINE_HEADINGS, line, strict=True))) for line in lines]
        write(folder, {"order_lines.jsonl": "\n".join(texts)})
    if read is None:
        with pytest.raises(BadInput, match="can be read in two ways"):
            load(home, folder)
    else:
        load(home, folder)
        first = rows(home, "order_lines")[0]
        assert (first["quantity"], first["unit_price"]) == tuple(map(Decimal, read))


@pytest.mark.parametrize("sign", ["^", "~", "::", "\x1f"])
def test_a_separator_that_is_not_known_is_named(home: Path, tmp_path: Path, sign: str) -> None:
    folder = write(tmp_path / "in", {**GOOD, "customers.csv": GOOD["customers.csv"].replace(",", sign)})
    with pytest.raises(BadInput) as refused:
        load(home, folder)
    assert f"separated by {sign[0]!r}: write `delimiter`" in refused.value.remedy


def test_a_file_is_found_however_its_name_is_stored(home: Path, tmp_path: Path) -> None:
    name = "K\u00e4ufer.csv"
    mapping = f"tables: {{customers: {name}, products: products.csv, orders: orders.csv, order_lines: order_lines.csv}}"
    files = {("Ka\u0308ufer.csv" if each == "customers.csv" else each): text for each, text in GOOD.items()}
    load(home, write(tmp_path / "in", {**files, "mapping.yaml": mapping}))
    assert names(home) == ["Ada", "Bob"]


@pytest.mark.parametrize("content", [b"<html><table><tr><td>O1</td></tr></table></html>", b"PK\x03\x04" + bytes(90)])
def test_another_kind_of_file_of_one_line_is_no_heading(home: Path, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"orders\.csv holds no columns of text"):
        load(home, write(tmp_path / "in", {**GOOD, "orders.csv": content}))


def test_texts_of_files_do_not_steer_the_terminal(home: Path, tmp_path: Path) -> None:
    products = "product_id,name,stock\nP1,Bolt,1\nP2,Nut,2\nby \x1b[2J\u202eAnn\x07,,\n"
    folder = write(tmp_path / "in", {**GOOD, "products.csv": products})
    text = load(home, folder).as_text()
    assert "looks like a note below the table: by  [2J Ann" in text
    assert {sign for sign in text if not sign.isprintable()} == {"\n"}
