"""What is seen of a file before it is loaded: how it is read, its columns, what is proved and what is in doubt."""

import zipfile
from pathlib import Path

import pytest

from data.loading import detection, mappings, proposal
from data.loading.detection import Seen
from tests.data.loading.layouts import LAYOUTS
from tests.loading_help import load


def look(folder: Path, content: str, name: str = "some.csv", encoding: str = "utf-8") -> Seen:
    (folder / name).write_text(content, encoding=encoding)
    (seen,) = detection.look(folder / name, folder)
    return seen


@pytest.mark.parametrize(
    ("dates", "order", "doubts"),
    [
        (["03/04/2026", "31/03/2026"], "dmy", ()),
        (["03/04/2026", "03/31/2026"], "mdy", ()),
        (["2026-03-31", "2026-04-01"], "ymd", ()),
        (["03/04/2026", "04/05/2026"], "", ("date_order",)),
        (["31/03/2026", "03/31/2026"], "", ("mixed_dates",)),
        (["03.03.2026", "04.04.2026"], "", ()),
    ],
)
def test_the_order_of_dates_is_what_the_values_prove(
    dates: list[str], order: str, doubts: tuple[str, ...], tmp_path: Path
) -> None:
    seen = look(tmp_path, "day;x\n" + "".join(f"{day};a\n" for day in dates))
    assert (seen.date_order, seen.doubts, seen.columns[0].kind) == (order, doubts, "day")
    assert seen.dates


@pytest.mark.parametrize(
    ("numbers", "decimal", "doubts"),
    [
        (["1.5", "20"], ".", ()),
        (["1,5", "20"], ",", ()),
        (["1.234,50"], ",", ()),
        (["1,234.50"], ".", ()),
        (["1,234,567"], ".", ()),
        (["1,234"], "", ("decimal",)),
        (["0,125"], ",", ()),
        (["1.50", "1,50"], "", ("mixed_decimals",)),
        (["$1,234.50", "(3.20)"], ".", ()),
        (["7", "8"], "", ()),
    ],
)
def test_the_decimal_sign_is_what_the_values_prove(
    numbers: list[str], decimal: str, doubts: tuple[str, ...], tmp_path: Path
) -> None:
    seen = look(tmp_path, "amount;x\n" + "".join(f"{number};a\n" for number in numbers))
    assert (seen.decimal, seen.doubts, seen.columns[0].kind) == (decimal, doubts, "number")


def test_encoding_separator_rows_and_columns_are_told(tmp_path: Path) -> None:
    seen = look(tmp_path, "Клиент;Валюта;Пусто\nРомашка;RUB;\nЛютик;usd;\n" * 1, encoding="cp1251")
    assert (seen.how, seen.rows) == ("cp1251, separated by ;", 2)
    client, currency, empty = seen.columns
    assert (client.kind, client.examples, client.distinct) == ("text", ("Ромашка", "Лютик"), 2)
    assert currency.currency
    assert currency.codes == ("rub", "usd")
    assert (empty.kind, empty.filled) == ("empty", 0)


def test_what_cannot_be_read_is_an_entry_with_its_fault(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"no workbook")
    for name, content in (("book.xlsx", b"no workbook"), ("empty.csv", b"")):
        (tmp_path / name).write_bytes(content)
        (seen,) = detection.look(tmp_path / name, tmp_path)
        assert seen.fault
        assert name in seen.fault[0]


def test_what_is_seen_passes_to_another_process_unchanged(tmp_path: Path) -> None:
    seen = look(tmp_path, "day,amount\n03/04/2026,1.5\n")
    assert detection.from_json(seen.as_json()) == seen


def test_headings_below_a_title_are_found_and_the_mapping_says_where(tmp_path: Path) -> None:
    table = "Customer,Order no,Order date\nAnna,1,2026-01-02\nBert,2,2026-01-03\nCleo,3,2026-01-04\n"
    seen = look(tmp_path, f"Sales report,,\n,,\n{table}")
    assert (seen.shape, seen.rows, seen.doubts) == (("Customer", "Order no", "Order date"), 3, ("title_rows",))
    assert seen.settings == {"header_row": "3"}
    mapping = mappings.parse(proposal.write([seen], proposal.match([seen]), "EUR", {}), "own")
    assert {(source.table, source.header_row) for source in mapping.sources} == {("customers", 3), ("orders", 3)}


def test_what_a_reader_asks_for_can_be_given(tmp_path: Path) -> None:
    words = "customer;town\nŽižka;Zürich\n"
    (seen,) = look_as(tmp_path, words.encode("cp1250"), {"encoding": "cp1250", "delimiter": ";"})
    assert seen.columns[0].examples == ("Žižka",)
    assert seen.settings == {"encoding": "cp1250", "delimiter": ";"}
    assert "encoding: cp1250" in proposal.write([seen], proposal.match([seen]), "EUR", {})


def look_as(folder: Path, content: bytes, settings: dict[str, str]) -> list[Seen]:
    (folder / "some.csv").write_bytes(content)
    return detection.look(folder / "some.csv", folder, {"some.csv": settings})


def test_the_files_of_an_archive_are_seen_one_by_one_and_called_as_an_import_calls_them(
    home: Path, tmp_path: Path
) -> None:
    folder, scratch = tmp_path / "files", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    with zipfile.ZipFile(folder / "export.zip", "w") as packed:
        for name, content in {**LAYOUTS["german"].files, "torn.xlsx": "PK", "readme.txt": "hello"}.items():
            packed.writestr(f"2026/{name}", content)
    seen = detection.look(folder / "export.zip", scratch, {"export.zip/2026/Kunden.csv": {"encoding": "utf-8"}})
    by_name = {each.file.removeprefix("export.zip/2026/"): each for each in seen}
    assert {*by_name} == {*LAYOUTS["german"].files, "torn.xlsx"}
    assert by_name["torn.xlsx"].fault
    assert by_name["Kunden.csv"].settings == {"encoding": "utf-8"}
    whole = [each for each in seen if not each.fault]
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(proposal.write(whole, proposal.match(whole), "EUR", {}), encoding="utf-8")
    report = load(home, folder, str(mapping))
    assert {each.table: each.loaded for each in report.loads if each.loaded} == LAYOUTS["german"].loaded


def test_an_archive_without_anything_to_read_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        packed.writestr("photo.png", "x")
    (seen,) = detection.look(tmp_path / "export.zip", tmp_path)
    assert seen.fault[0] == "export.zip holds no file that can be read."
