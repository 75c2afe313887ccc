"""No row of any kind of file is lost: mangled files of every kind are refused with a message, or counted in full.

The rows of a file are counted here by means of its own: text by the automaton of the other property, JSON line by
line, Parquet by its footer, workbooks by openpyxl or by the XML of the sheet. What a reader of ours and this count
both can read must have as many rows in; what a count cannot read may only be refused.
"""

import contextlib
import gzip
import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import BadInput
from data.loading.sources import Options, archive, stage
from tests import slowly
from tests.data.loading.test_loading_properties import count
from tests.loading_help import load, write

HEADING = ["customer_id", "name", "region"]
CELLS = ["C1", "C2", "007", "Ada", "Жук", "Müller", "", " ", "12.5", "2026-01-31", "Total", "customer_id", "#", "x y"]
TEXT_CELLS = [*CELLS, '"quoted"', '"open', 'in"side', '"two\nlines"', '"a""b"', "a,b", "a\tb", '""']
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def table(chance: random.Random, cells: list[str]) -> list[list[str]]:
    return [[chance.choice(cells) for _ in HEADING] for _ in range(chance.randrange(12))]


def is_filled(cells: list[object]) -> bool:
    return any(str(cell).strip(" \t\r\n\u00a0\u202f\ufeff") for cell in cells if cell is not None)


def delimited(separator: str, chance: random.Random) -> bytes:
    rows = [separator.join(row[: chance.choice([1, 2, 3, 3, 3, 3])]) for row in table(chance, TEXT_CELLS)]
    return "\n".join([separator.join(HEADING), *rows, ""]).encode()


def json_lines(chance: random.Random) -> bytes:
    rows = [json.dumps(dict(zip(HEADING, row, strict=True))) for row in [HEADING, *table(chance, CELLS)]]
    return "\n".join([*rows, *chance.choice([[], ["[1]", "{", '{"name": {"a": [1]}}']]), ""]).encode()


def xlsx(chance: random.Random) -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADING, *table(chance, CELLS)]:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def ods(chance: random.Random) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        "<table:table-row>" + "".join(map(cell.format, row)) + "</table:table-row>"
        for row in [HEADING, *table(chance, [each.strip() for each in CELLS])]
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}office:1.0" xmlns:text="{names}text:1.0" '
        f'xmlns:table="{names}table:1.0"><office:body><office:spreadsheet><table:table table:name="customers">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b"",
        }
    )


def parquet(chance: random.Random) -> bytes:
    held = io.BytesIO()
    columns = zip(*[HEADING, *table(chance, CELLS)], strict=True)
    pq.write_table(pa.table({column[0]: pa.array(column[1:], pa.string()) for column in columns}), held)
    return held.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def count_delimited(separator: str) -> Callable[[bytes], int]:
    return lambda content: count(content.decode(errors="replace"), separator, len(HEADING))


def count_json_lines(content: bytes) -> int:
    return sum(bool(line.strip(" \t\ufeff")) for line in re.split("[\r\n]", content.decode(errors="replace")))


def count_xlsx(content: bytes) -> int:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    return sum(is_filled(list(row)) for row in sheet.iter_rows(values_only=True)) - 1


def count_ods(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = ET.fromstring(archive.read("content.xml"))  # noqa: S314 (made above)
    return sum(is_filled(list(row.itertext())) for row in tree.iter(f"{_OFFICE}table-row")) - 1


def count_parquet(content: bytes) -> int:
    return pq.read_table(io.BytesIO(content)).num_rows


def count_zip(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return count_delimited(",")(archive.read("customers.csv"))


def mangled(content: bytes, chance: random.Random) -> bytes:
    """The content as it is, or with bytes changed, cut out, doubled or cut off; never in its first line."""
    start = min(len(content), content.find(b"\n") + 1 or 40)
    rest = bytearray(content[start:])
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        if not rest:
            break
        at, to = sorted(chance.randrange(len(rest) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                rest[min(at, len(rest) - 1)] = chance.randrange(256)
            case 1:
                del rest[at : min(to, at + 8)]
            case 2:
                rest[at:at] = rest[at : min(to, at + 64)]
            case 3:
                rest[at:at] = chance.choice([b'"', b"\n", b",", b"\x00", b"\xff", b"\r"])
            case _:
                del rest[at:]
    return content[:start] + bytes(rest)


def packed(content: bytes, pack: Callable[[bytes], bytes], chance: random.Random) -> bytes:
    """Mangled content packed, or packed content mangled."""
    return pack(mangled(content, chance)) if chance.random() < 0.7 else mangled(pack(content), chance)


def sometimes(content: bytes, chance: random.Random) -> bytes:
    """Half of the files mangled: any byte that is wrong costs the whole file."""
    return mangled(content, chance) if chance.random() < 0.5 else content


KINDS: dict[str, tuple[Callable[[random.Random], bytes], Callable[[bytes], int]]] = {
    "csv": (lambda chance: mangled(delimited(",", chance), chance), count_delimited(",")),
    "tsv": (lambda chance: mangled(delimited("\t", chance), chance), count_delimited("\t")),
    "csv.gz": (
        lambda chance: packed(delimited(",", chance), gzip.compress, chance),
        lambda content: count_delimited(",")(gzip.decompress(content)),
    ),
    "zip": (
        lambda chance: packed(delimited(",", chance), lambda text: zipped({"customers.csv": text}), chance),
        count_zip,
    ),
    "jsonl": (lambda chance: mangled(json_lines(chance), chance), count_json_lines),
    "xlsx": (lambda chance: sometimes(xlsx(chance), chance), count_xlsx),
    "ods": (lambda chance: sometimes(ods(chance), chance), count_ods),
    "parquet": (lambda chance: sometimes(parquet(chance), chance), count_parquet),
}
# How many of a thousand are of each kind: a workbook starts a process of its own.
SHARES = {"csv": 200, "tsv": 150, "csv.gz": 150, "zip": 150, "jsonl": 150, "xlsx": 50, "ods": 50, "parquet": 100}
A_LOAD = 50


@pytest.mark.parametrize("files", slowly.after(1, [20, 100, 1000], every=2))
def test_no_row_of_any_kind_of_file_is_lost(files: int, tmp_path: Path) -> None:
    chance = random.Random(16)
    assert sum(SHARES.values()) == 1000
    kinds = [kind for kind, share in SHARES.items() for _ in range(max(2, share * files // 1000))]
    chance.shuffle(kinds)
    counted: Counter[str] = Counter()
    for begin in range(0, len(kinds), A_LOAD):
        counted.update(none_is_lost(tmp_path / str(begin), kinds[begin : begin + A_LOAD], chance))
    assert counted.total() * 2 > len(kinds), counted
    assert files < 1000 or all(counted[kind] * 4 > kinds.count(kind) for kind in SHARES), counted


def none_is_lost(place: Path, kinds: list[str], chance: random.Random) -> list[str]:
    """Loads files of these kinds but those that are refused; the kinds of those that were counted, too."""
    folder, expected, sources = place / "in", {"good.csv": 1}, ["good.csv"]
    write(folder, {"good.csv": "customer_id,name\nA1,Ada\n"})
    for number, kind in enumerate(kinds):
        made, count_rows = KINDS[kind]
        name, content = f"{number}.{kind}", made(chance)
        write(folder, {name: content})
        if is_refused(folder / name, place / "one"):
            (folder / name).unlink()
            continue
        shown = f"{name}/customers.csv" if kind == "zip" else name
        sources.append(
            f"{{from: {shown}, encoding: utf-8, header_row: 1, delimiter: {json.dumps(separator_of(kind))}}}"
        )
        with contextlib.suppress(Exception):  # whatever those that count stumble over
            expected[shown] = count_rows(content)
    (folder / "mapping.yaml").write_text("tables:\n  customers:\n    - " + "\n    - ".join(sources))
    report = load(place / "home", folder)
    found = {each.source: each.rows_in for each in report.loads}
    assert {name: found.get(name, 0) for name in expected} == expected
    assert all(each.rows_in == each.loaded + each.quarantined for each in report.loads)
    return [name.removesuffix("/customers.csv").split(".", 1)[1] for name in expected]


def separator_of(kind: str) -> str:
    return "\t" if kind == "tsv" else ","


def is_refused(file: Path, place: Path) -> bool:
    """Whether a file cannot be read, with a message that says what happened, why and what to do.

    Parquet is read by the engine alone, so it is loaded.
    """
    place.mkdir(exist_ok=True)
    is_zip = file.suffix == ".zip"
    options = Options("utf-8", separator_of(file.suffix[1:]), header_row=1, member="customers.csv" if is_zip else "")
    try:
        if is_zip:
            archive.members(file, file.name)
        if stage(file, file.name, options, place / "staged.parquet").doubled:
            return True  # as test_reading shows
        if file.suffix == ".parquet":
            mapping = f"tables:\n  customers: {file.name}\n"
            load(place / "home", write(place / file.stem, {file.name: file.read_bytes(), "mapping.yaml": mapping}))
    except BadInput as error:
        if "SQL" in str(error) or not all((error.what, error.cause, error.remedy)):
            raise
        return True
    return False
