"""Files as rows of text: encodings, separators, bad lines, workbooks, Parquet."""

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import BadInput
from data.loading import sources
from data.loading.sources import Options, Staged


def staged(
    tmp_path: Path, content: str | bytes, name: str = "a.csv", **options: str
) -> tuple[Staged, list[dict[str, Any]]]:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    result = sources.stage(file, name, Options(**options), tmp_path / "staged.parquet")
    return result, pq.read_table(result.parquet).to_pylist()


RUSSIAN = "код;имя;сумма\n007;Болт, гайка;1 234,50\n1E5;Ёлка;2,00\n"


@pytest.mark.parametrize(
    ("codec", "mark", "shown"),
    [
        ("utf-8", b"", "utf-8,"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8 with byte order mark"),
        ("utf-16", b"", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("cp1251", b"", "cp1251"),
        ("koi8-r", b"", "koi8-r"),
    ],
)
def test_encodings_are_found_and_shown(tmp_path: Path, codec: str, mark: bytes, shown: str) -> None:
    result, rows = staged(tmp_path, mark + (RUSSIAN * 1).encode(codec))
    assert result.found.startswith(shown)
    assert result.columns == ("код", "имя", "сумма")
    assert [row["имя"] for row in rows] == ["Болт, гайка", "Ёлка"]
    assert [row["код"] for row in rows] == ["007", "1E5"]


def test_latin_accents_are_not_taken_for_cyrillic(tmp_path: Path) -> None:
    text = "id,name\n1,Café Müller\n2,Société Générale\n"
    assert staged(tmp_path, text.encode("cp1252"))[1][0]["name"] == "Café Müller"


def test_an_encoding_can_be_set(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, "id,имя\n1,Юг\n".encode("cp866"), encoding="cp866")
    assert (result.columns, rows[0]["имя"]) == (("id", "имя"), "Юг")
    with pytest.raises(BadInput, match="not an encoding"):
        staged(tmp_path, "id\n1\n", encoding="utf-17")


def test_a_few_bad_bytes_cost_their_rows_only(tmp_path: Path) -> None:
    _, rows = staged(tmp_path, "id,name\n1,Жук\n2,x".encode() + b"\xff\n" + "3,Дом\n".encode())
    assert [row[" broken"] for row in rows] == ["", "has bytes that are not utf-8", ""]


@pytest.mark.parametrize(("delimiter", "shown"), [(",", ","), (";", ";"), ("\t", "tab"), ("|", "|")])
def test_separators_are_found(tmp_path: Path, delimiter: str, shown: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in (["a", "b b", "c"], ["1", "x", "3"])) + "\n"
    result, rows = staged(tmp_path, text)
    assert result.found.endswith(f"separated by {shown}")
    assert rows == [{"a": "1", "b b": "x", "c": "3", " line": 2, " broken": ""}]


def test_excel_hint_and_set_delimiter(tmp_path: Path) -> None:
    assert staged(tmp_path, "sep=;\r\na;b\r\n1;2,5\r\n")[1][0]["b"] == "2,5"
    assert staged(tmp_path, "a~b\n1~2\n", delimiter="~")[1][0]["b"] == "2"
    with pytest.raises(BadInput, match="cannot separate"):
        staged(tmp_path, "a\n1\n", delimiter="ab")


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    _, rows = staged(tmp_path, 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\n3,w\r4,v\n')
    assert [(row["a"], row[" line"]) for row in rows] == [("1", 2), ("2", 5), ("3", 6), ("4", 7)]
    assert rows[0]["b"] == "x\r\ny"


def test_one_bad_line_costs_one_row(tmp_path: Path) -> None:
    text = 'a,b,c\n1,"oops,3\n2,y,3\n3,z\n4,"q" w,3\n5,a,b,c\n6,"p\nq",3\n7,"end'
    _, rows = staged(tmp_path, text)
    assert [(row[" line"], row[" broken"][:22]) for row in rows] == [
        (2, "has text behind a clos"),
        (3, ""),
        (4, "has 2 fields where the"),
        (5, "has text behind a clos"),
        (6, "has 4 fields where the"),
        (7, ""),
        (9, "a quote opened on this"),
    ]
    assert rows[4][" broken"].endswith("too many: c")


def test_a_quote_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    lines = [f"{number},x{number},z" for number in range(60_000)]
    lines[10] = '10,"x,z'
    _, rows = staged(tmp_path, "a,b,c\n" + "\n".join(lines) + "\n")
    assert len(rows) == 60_000
    assert [row[" line"] for row in rows if row[" broken"]] == [12]


def test_hopeless_quoting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="quotes that do not match"):
        staged(tmp_path, "a,b\n" + 'x,"y" z\n' * 10_001)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match="is empty"):
        staged(tmp_path, content)


def test_headings_must_differ(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two columns called 'A'"):
        staged(tmp_path, "a,b,A\n1,2,3\n")
    assert staged(tmp_path, "a,,c\n1,2,3\n")[0].columns == ("a", "column_2", "c")


def workbook(tmp_path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def test_workbooks_give_text_as_a_csv_would(tmp_path: Path) -> None:
    cells: list[list[Any]] = [
        ["id", "day", "price"],
        ["007", datetime.date(2026, 3, 1), 2.5],
        [7, "31/03/2026", 3.0],
        [],
        ["x", None, "n/a"],
    ]
    file = workbook(tmp_path, Only=cells)
    result = sources.stage(file, "book.xlsx", Options(decimal=","), tmp_path / "s.parquet")
    rows = pq.read_table(result.parquet).to_pylist()
    assert [(row["id"], row["day"], row["price"], row[" line"]) for row in rows] == [
        ("007", "2026-03-01", "2,5", 2),
        ("7", "31/03/2026", "3", 3),
        ("x", "", "n/a", 5),
    ]


def test_a_sheet_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    file = workbook(tmp_path, One=[["a"], ["1"]], Two=[["a"], ["2"]])
    with pytest.raises(BadInput, match="One, Two"):
        sources.stage(file, "book.xlsx", Options(), tmp_path / "s.parquet")
    result = sources.stage(file, "book.xlsx", Options(sheet="Two"), tmp_path / "s.parquet")
    assert pq.read_table(result.parquet).to_pylist()[0]["a"] == "2"


def test_workbook_bombs_are_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    with pytest.raises(BadInput, match="would unpack to"):
        sources.stage(file, "bomb.xlsx", Options(), tmp_path / "s.parquet")


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_torn_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="is not"):
        staged(tmp_path, b"PK\x03\x04 torn", name)


def test_parquet_is_left_where_it_lies(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "a.parquet")
    result = sources.stage(tmp_path / "a.parquet", "a.parquet", Options(), tmp_path / "s.parquet")
    assert (result.native, result.parquet, result.columns) == (True, tmp_path / "a.parquet", ("a",))


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="It is a document"):
        staged(tmp_path, "x", "a.docx")
