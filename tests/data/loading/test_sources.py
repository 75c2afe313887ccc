"""Files as rows of text: encodings, separators, bad lines, workbooks, Parquet."""

import datetime as dt
import gzip
import io
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
    tmp_path: Path, content: str | bytes, name: str = "a.csv", **options: Any
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


def test_headings_that_occur_twice_are_numbered_and_told(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, "a,b,A,A (1)\n1,2,3,4\n")
    assert result.columns == ("a (2)", "b", "A (3)", "A (1)")
    assert (result.doubled, list(rows[0].values())[:4]) == (("a",), ["1", "2", "3", "4"])
    assert "several columns are called 'a'" in result.notes[0]
    assert staged(tmp_path, "a,,c\n1,2,3\n")[0].columns == ("a", "column_2", "c")


def test_a_heading_may_run_over_two_lines(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, 'id,"Turnover\r\n per year"\r\n1,5\r\n')
    assert result.columns == ("id", "Turnover per year")
    assert rows[0][" line"] == 3
    with pytest.raises(BadInput, match=r"heading row of a\.csv cannot be read"):
        staged(tmp_path, 'id,"name\n1,2\n')


def test_the_separator_is_the_one_that_fits_the_rows(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, 'id;"name, legal, short"\n1;Ada\n2;Bob\n')
    assert (result.columns, rows[1]["id"]) == (("id", "name, legal, short"), "2")
    assert staged(tmp_path, "id;price\n1;2,50\n2;3,50\n")[0].columns == ("id", "price")
    with pytest.raises(BadInput, match="separated by , or ;"):
        staged(tmp_path, "a;b,c\n1;2,3\n")


def test_what_stands_above_the_headings(tmp_path: Path) -> None:
    text = "Sales report,,\nSpring,,\n\nid,name,city\n1,Ada,Rome\n2,Bob,Oslo\n3,Eve,Bonn\n"
    with pytest.raises(BadInput, match="does not begin with its headings") as refused:
        staged(tmp_path, text)
    assert "`header_row: 4`" in refused.value.remedy
    result, rows = staged(tmp_path, text, header_row=4)
    assert (result.columns, rows[0][" line"], len(rows)) == (("id", "name", "city"), 5, 3)
    assert "2 lines above the headings are not read" in result.notes[0]
    assert staged(tmp_path, text, header_row=1)[0].columns == ("Sales report", "column_2", "column_3")
    for row in (3, 99):
        with pytest.raises(BadInput, match=f"no headings on line {row}"):
            staged(tmp_path, text, header_row=row)


def test_a_file_without_headings(tmp_path: Path) -> None:
    text = "C1,Ada\nC2,Bob\n"
    assert "looks like a row" in staged(tmp_path, text)[0].hint
    result, rows = staged(tmp_path, text, header_row=0)
    assert (result.columns, [row["column_1"] for row in rows]) == (("column_1", "column_2"), ["C1", "C2"])
    assert [row[" line"] for row in rows] == [1, 2]


def test_lines_of_comment(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, "# made on a Monday\nid,name\n#1,Ada\n2,Bob\n")
    assert [row["id"] for row in rows] == ["#1", "2"]
    assert "begin with #" in result.notes[0]
    result, rows = staged(tmp_path, "# made on a Monday\nid,name\n#1,Ada\n2,Bob\n", comment="#")
    assert [(row["id"], row[" line"]) for row in rows] == [("2", 4)]
    assert "2 lines that begin with # are no rows" in result.notes[0]
    assert staged(tmp_path, "#,name\n1,Ada\n")[0].columns == ("#", "name")


def test_what_stands_below_the_table(tmp_path: Path) -> None:
    text = "id,name,city\n1,Ada,Rome\n2,Bob,Oslo\n\nMade by Ann\nNot for everyone\n"
    result, rows = staged(tmp_path, text)
    assert len(rows) == 4
    assert "line 5 looks like a note below the table: Made by Ann" in result.notes[0]
    assert "`skip_footer: 2`" in result.notes[0]
    result, rows = staged(tmp_path, text, skip_footer=2)
    assert [row["id"] for row in rows] == ["1", "2"]
    assert result.notes == ("a.csv: the last 2 rows are left out, as `skip_footer` says.",)
    assert staged(tmp_path, text, skip_footer=9)[1] == []


@pytest.mark.parametrize("words", ["Total", "Grand total", "Итого", "Gesamt", "Summe", "Zwischensumme", "Ada Total"])
def test_rows_that_look_like_totals_are_told_and_kept(tmp_path: Path, words: str) -> None:
    result, rows = staged(tmp_path, f"name,city,amount\nAda,Rome,5\n{words},,5\nBob,Oslo,6\nTotalis,Bonn,7\n")
    assert len(rows) == 4
    assert f"line 3: {words} | 5" in result.notes[0]
    assert staged(tmp_path, "name,city,amount\nTotalis,Bonn,7\nSumma,Rome,1\nAda,Oslo,1\n")[0].notes == ()


def test_headings_said_again_are_told_and_kept(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, "id,name\n1,Ada\nID,Name\n2,Bob\n")
    assert (len(rows), "like the headings again (line 3)" in result.notes[0]) == (3, True)


def test_lines_of_nothing_but_separators_are_no_rows(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, 'a,b,c\n1,x,\n,,\n , ,\n"","",\n,,,,\n2,,\n')
    assert [(row["a"], row[" line"], row[" broken"]) for row in rows] == [("1", 2, ""), ("2", 7, "")]
    assert "4 lines (first 3) have nothing but separators" in result.notes[0]


def test_separators_behind_the_last_value_cost_nothing(tmp_path: Path) -> None:
    result, rows = staged(tmp_path, 'a,b\n1,x,\n2,"y\nz",,\n3,w,v\n')
    assert [(row["a"], row[" broken"]) for row in rows] == [
        ("1", ""),
        ("2", ""),
        ("3", "has 3 fields where the heading has 2; too many: v"),
    ]
    assert rows[1]["b"] == "y\nz"
    assert "2 lines (first 2) have more separators than the headings" in result.notes[0]


def test_other_quotes_and_escapes_can_be_set(tmp_path: Path) -> None:
    text = 'id,name\n1,"the \\"first\\" one"\n2,"5\\" pipe, long"\n'
    result, rows = staged(tmp_path, text)
    assert all(row[" broken"] for row in rows)
    assert "write `escape: \\`" in " ".join(result.notes)
    assert [row["name"] for row in staged(tmp_path, text, escape="\\")[1]] == ['the "first" one', '5" pipe, long']
    assert staged(tmp_path, "id,name\n1,'a, b'\n", quote="'")[1][0]["name"] == "a, b"
    assert staged(tmp_path, 'id,name\n1,5" pipe\n2,"x\n', quote="none")[1][1]["name"] == '"x'
    for options in ({"quote": "ab"}, {"escape": "\n"}, {"quote": ","}, {"escape": '"'}):
        with pytest.raises(BadInput, match=r"cannot|as its mapping says"):
            staged(tmp_path, text, delimiter=",", **options)


def test_a_value_that_is_too_long_says_so(tmp_path: Path) -> None:
    _, rows = staged(tmp_path, f'a,b\n1,"{"x" * 140_000}"\n2,y\n')
    assert [("131,072" in row[" broken"], row["a"]) for row in rows] == [(True, "1"), (False, "2")]


NAMES = {
    "de": "Müller GmbH;Bäckerei Schröder;Groß & Söhne;Köhler",
    "fr": "Café de la Gare;Société Générale;Crédit du Nord;Établissements Lefèvre",
    "es": "José Núñez;Peña e Hijos;Compañía del Sur;Logroño",
    "pl": "Wójcik Spółka;Zieliński;Żabka;Łódź;Świętokrzyska",
    "cs": "Dvořák a syn;Novotný;Říha;Žák;Plzeň",
    "lt": "Šiaulių prekyba;Ąžuolas;Kauno Grūdai",
    "tr": "Yıldız Gıda;Şişecam;Çelik İnşaat",
    "ru": "ООО Ромашка;Вектор;Иванов;Москва",
    "el": "Παπαδόπουλος;Αθήνα;Ελληνικά",
}


@pytest.mark.parametrize(
    ("language", "codec"),
    [
        *(("de", codec) for codec in ("cp1252", "cp850", "cp437", "mac_roman")),
        *(("fr", codec) for codec in ("cp1252", "mac_roman")),
        *(("pl", codec) for codec in ("cp1250", "iso8859_2", "cp852")),
        *(("ru", codec) for codec in ("cp1251", "koi8_r", "cp866", "mac_cyrillic")),
        ("es", "cp1252"),
        ("cs", "cp1250"),
        ("lt", "cp1257"),
        ("tr", "cp1254"),
        ("el", "cp1253"),
    ],
)
def test_old_encodings_are_told_apart_by_their_languages(tmp_path: Path, language: str, codec: str) -> None:
    lines = [f"{number}|{name}" for number, name in enumerate(NAMES[language].split(";"))]
    _, rows = staged(tmp_path, "\n".join(["id|name", *lines, ""]).encode(codec))
    assert [row["name"] for row in rows] == NAMES[language].split(";")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("gbk", "北京华联商厦股份有限公司"),
        ("cp932", "株式会社東京商事"),
        ("cp949", "서울무역"),
        ("big5", "台北"),  # the second byte of some signs is ASCII punctuation
        ("cp932", "ヤマダ\n2,東京商事\n3,フィート"),
        ("euc_jp", "イラク\n2,メガピクセル"),
        ("gbk", "公司"),
        ("gbk", "公司\n2,ABC贸易\n3,5 ‰\n4,冈比亚"),
        ("cp1251", "РФ"),
        ("cp1252", "É"),
    ],
)
def test_an_encoding_that_is_not_certain_is_asked_for(tmp_path: Path, codec: str, text: str) -> None:
    content = f"id,name\n1,{text}\n".encode(codec)
    with pytest.raises(BadInput, match=r"encoding of a\.csv is not certain") as asked:
        staged(tmp_path, content)
    names = [name.split(",")[-1] for name in text.splitlines()]
    assert any(repr(name) in asked.value.cause for name in names)
    assert [row["name"] for row in staged(tmp_path, content, encoding=codec)[1]] == names


def test_one_bad_byte_does_not_change_the_encoding(tmp_path: Path) -> None:
    content = "id,name\n1,Müller\n2,Söhne\n3,Größe\n".encode("cp1252") + b"4,x\x81\n"
    result, rows = staged(tmp_path, content)
    assert result.found.startswith("cp1252 with unreadable bytes")
    assert [row[" broken"] for row in rows] == ["", "", "", "has bytes that are not cp1252"]


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
        ["007", dt.date(2026, 3, 1), 2.5],
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


def staged_book(tmp_path: Path, cells: Sequence[Any], **options: Any) -> tuple[Staged, list[dict[str, Any]]]:
    result = sources.stage(workbook(tmp_path, Only=cells), "book.xlsx", Options(**options), tmp_path / "s.parquet")
    return result, pq.read_table(result.parquet).to_pylist()


def test_a_sheet_may_have_a_title_and_notes(tmp_path: Path) -> None:
    cells = [["Report"], [], ["id", "name", "n"], ["1", "Ada", 2], ["2", "Bob", 3], ["Total", None, 5], ["by Ann"]]
    with pytest.raises(BadInput, match="does not begin with its headings") as refused:
        staged_book(tmp_path, cells)
    assert "`header_row: 3`" in refused.value.remedy
    result, rows = staged_book(tmp_path, cells, header_row=3)
    assert [(row["id"], row[" line"]) for row in rows] == [("1", 4), ("2", 5), ("Total", 6), ("by Ann", 7)]
    assert ["above the headings" in result.notes[0], "total (line 6" in result.notes[1]] == [True, True]
    assert [row["id"] for row in staged_book(tmp_path, cells, header_row=3, skip_footer=2)[1]] == ["1", "2"]
    assert staged_book(tmp_path, cells[3:5], header_row=0)[0].columns == ("column_1", "column_2", "column_3")
    with pytest.raises(BadInput, match="no headings in row 2"):
        staged_book(tmp_path, cells, header_row=2)


def test_long_numbers_of_a_workbook_are_plain_digits(tmp_path: Path) -> None:
    result, rows = staged_book(tmp_path, [["id", "n"], [1234567890123456, 1], [12, 2]])
    assert [row["id"] for row in rows] == ["1234567890123456", "12"]
    assert "id has numbers of more than 15 digits (row 2)" in result.notes[0]


def test_dates_beside_texts_like_dates_are_told(tmp_path: Path) -> None:
    cells = [["id", "day"], [1, dt.date(2026, 5, 4)], [2, "04/23/2026"], [3, dt.date(2026, 7, 6)]]
    assert "day has dates (row 2) beside texts that look like dates (row 3)" in staged_book(tmp_path, cells)[0].notes[0]
    assert staged_book(tmp_path, cells[:2])[0].notes == ()


def test_what_cells_show_beyond_what_they_hold_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "code", "sum"], [7, 5, "=1+1"], [12, 6, 3]):
        book.active.append(row)
    for cell in ("A2", "A3"):
        book.active[cell].number_format = "00000"
    book.active["B2"].number_format = "0.00"
    book.save(tmp_path / "shown.xlsx")
    result = sources.stage(tmp_path / "shown.xlsx", "shown.xlsx", Options(), tmp_path / "s.parquet")
    assert "id shows zeros before its numbers that the cells do not hold: 2, first in row 2" in result.notes[0]
    assert "sum has formulas without a result, which count as empty: 1, first in row 2" in result.notes[1]
    assert len(result.notes) == 2


def test_days_counted_from_1904_are_the_days_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["id", "day"])
    book.active.append(["1", dt.date(2026, 1, 15)])
    book.save(tmp_path / "mac.xlsx")
    result = sources.stage(tmp_path / "mac.xlsx", "mac.xlsx", Options(), tmp_path / "s.parquet")
    assert pq.read_table(result.parquet).to_pylist()[0]["day"] == "2026-01-15"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html><table></table></html>", "a web page"),
        (b"id\tname\n1\tAda\n", "It is text"),
        (b"\xd0\xcf\x11\xe0", "damaged"),
    ],
)
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_workbooks_in_name_only_are_told_apart(tmp_path: Path, content: bytes, why: str, name: str) -> None:
    with pytest.raises(BadInput, match="not a readable workbook") as refused:
        staged(tmp_path, content, name)
    assert why in refused.value.cause


def test_json_lines(tmp_path: Path) -> None:
    text = (
        '{"id": 1, "name": "Жук", "price": 1.50, "at": {"city": "Rome", "zip": "007"}}\n\n[1]\n'
        '{"id": "2", "tags": [1, "x"]}\n'
        '{"id": 3, "id": 4}\nnot json\n{"id": 1e400, "name": null, "ok": true}\n{"id": NaN}\n'
    )
    result, rows = staged(tmp_path, text, "a.jsonl", decimal=",")
    assert result.columns == ("id", "name", "price", "at.city", "at.zip", "tags", "ok")
    good = {row[" line"]: row for row in rows if not row[" broken"]}
    assert list(good[1].values())[:5] == ["1", "Жук", "1,50", "Rome", "007"]
    assert (good[4]["tags"], good[7]["id"], good[7]["ok"], good[8]["id"]) == ('[1, "x"]', "1e400", "true", "NaN")
    assert [(row[" line"], row[" broken"]) for row in rows if row[" broken"]] == [
        (3, "is no object of JSON"),
        (5, "gives a name twice"),
        (6, "is no object of JSON"),
    ]
    with gzip.open(tmp_path / "b.ndjson.gz", "wb") as handle:
        handle.write(text.encode())
    packed = sources.stage(tmp_path / "b.ndjson.gz", "b", Options(), tmp_path / "s.parquet")
    assert pq.read_table(packed.parquet).num_rows == 7
    with pytest.raises(BadInput, match="holds no objects of JSON"):
        staged(tmp_path, "1\n2\n", "a.jsonl")


def test_times_of_a_zone_keep_it(tmp_path: Path) -> None:
    utc = dt.datetime(2026, 1, 16, 4, 30, tzinfo=dt.UTC)
    times = pa.table({"at": pa.array([utc], pa.timestamp("us", "America/New_York")), "Id": ["1"], "id": ["2"]})
    pq.write_table(times, tmp_path / "a.parquet")
    result = sources.stage(tmp_path / "a.parquet", "a.parquet", Options(), tmp_path / "s.parquet")
    stored = pq.read_table(result.parquet).to_pydict()
    assert [stored[each][0] for each in result.stored] == ["2026-01-15 23:30:00.000000-0500", "1", "2"]
    assert result.columns == ("at", "Id (1)", "id (2)")
    assert "at carry a zone other than UTC" in result.notes[0]
    pq.write_table(
        times.cast(pa.schema([("at", pa.timestamp("us", "UTC")), ("Id", "string"), ("id", "string")])).select(["at"]),
        tmp_path / "b.parquet",
    )
    result = sources.stage(tmp_path / "b.parquet", "b.parquet", Options(), tmp_path / "s.parquet")
    assert (result.parquet, result.notes) == (tmp_path / "b.parquet", ())


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


def test_an_archive_of_one_file_is_read_without_naming_it(tmp_path: Path) -> None:
    def packed(*names: str) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for name in names:
                archive.writestr(name, "id,name\n1,Ada\n")
        return held.getvalue()

    assert staged(tmp_path, packed("new/list.csv", "readme.pdf"), "a.zip")[1][0]["name"] == "Ada"
    for names in (("a.csv", "b.csv"), ("a.pdf",)):
        with pytest.raises(BadInput, match="files that can be read"):
            staged(tmp_path, packed(*names), "a.zip")


def test_what_people_see_of_a_sheet_that_is_no_value_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "region", "sum"], [1, "North", 5], [2, None, "#REF!"], [3, "South", 7], [4, "#N/A", 8]):
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.active.merge_cells("B4:C4")
    book.active.row_dimensions[4].hidden = True
    book.save(tmp_path / "seen.xlsx")
    result = sources.stage(tmp_path / "seen.xlsx", "seen.xlsx", Options(), tmp_path / "s.parquet")
    rows = pq.read_table(result.parquet).to_pylist()
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert [note.split(": ", 1)[1].split(". ")[0].removesuffix(".") for note in result.notes] == [
        "sum has errors such as #REF! or #N/A, which count as empty: 1, first in row 3",
        "region has errors such as #REF! or #N/A, which count as empty: 1, first in row 5",
        "rows that are hidden are read as any other: 1, first row 4",
        "cells are merged over several rows, of which only the first has the value: 1, first B2:B3",
    ]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_unmarked_utf16_of_hardly_any_ascii_is_known(tmp_path: Path, codec: str) -> None:
    text = "код;имя\n" + "".join(f"{n};Общество с ограниченной ответственностью Ромашка Севера\n" for n in "абвгд")
    assert [row["код"] for row in staged(tmp_path, text.encode(codec))[1]] == list("абвгд")
