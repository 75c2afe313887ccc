"""Hostile files, paths and settings through the real command line: a message and an exit code, never a traceback."""

import gzip
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from data.settings import PROJECT
from service import commands
from tests import slowly
from tests.loading_help import GOOD, write

CUSTOMERS = GOOD["customers.csv"]
MAPPED = "tables:\n  customers:\n    from: {}\n    columns: {{customer_id: customer_id, name: name}}\n"


def run(*arguments: str | Path, prefix: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, for at most a minute."""
    command = [*prefix, sys.executable, "-m", "data", *map(str, arguments)]
    env = {**os.environ, **variables}
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 3, done.stdout + done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def workbook(folder: Path, sheet: str, shared: str = "") -> Path:
    """A workbook with those rows in its sheet and those shared strings."""
    folder.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(folder / "good.xlsx")
    book.add_worksheet().write_row(0, 0, ["customer_id", "name"])
    book.close()
    parts = {"xl/worksheets/sheet1.xml": SHEET.format(sheet), "xl/sharedStrings.xml": shared or STRINGS}
    with zipfile.ZipFile(folder / "good.xlsx") as good, zipfile.ZipFile(folder / "customers.xlsx", "w", 8) as bad:
        for part in good.namelist():
            bad.writestr(part, parts.get(part, good.read(part)))
    (folder / "good.xlsx").unlink()
    return folder


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = f"<worksheet {MAIN}><sheetData>{{}}</sheetData></worksheet>"
HEADING = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
FAR = HEADING + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
HUGE = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>1</v></c></row>' for row in range(2, 200_000))
LONG = f"<sst {MAIN}><si><t>customer_id</t></si><si><t>{'x' * 32_000}</t></si></sst>"
STRINGS = f"<sst {MAIN}><si><t>customer_id</t></si><si><t>name</t></si></sst>"
ENTITY = '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
ENTITY += f"<sst {MAIN}><si><t>&x;</t></si><si><t>&x;</t></si></sst>"

WORKBOOKS: dict[str, Callable[[Path], Path]] = {
    "a stray cell at the end": lambda folder: workbook(folder, FAR),
    "a long text many times": lambda folder: workbook(folder, HUGE, LONG),
    "a bad cell reference": lambda folder: workbook(folder, '<row r="1"><c r="!!1" t="s"><v>0</v></c></row>'),
    "a string that is not there": lambda folder: workbook(folder, '<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
    "a bad string index": lambda folder: workbook(folder, '<row r="1"><c r="A1" t="s"><v>-7</v></c></row>'),
    "a foreign entity": lambda folder: workbook(folder, HEADING, ENTITY),
    "torn markup": lambda folder: workbook(folder, "<row><c"),
    "a web page": lambda folder: write(folder, {"customers.xlsx": "<html><table></table></html>"}),
    "no workbook": lambda folder: write(folder, {"customers.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}),
}


@pytest.mark.parametrize("kind", slowly.after(2, WORKBOOKS, every=2))
def test_hostile_workbooks(home: Path, tmp_path: Path, kind: str) -> None:
    done = run("import", WORKBOOKS[kind](tmp_path / "in"))
    refused(done, "customers.xls")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
YAMLS = {
    "not named": ("files: [a.csv]\n" + MAPPED.format("customers.csv"), "`files`"),
    "a list": ("[a, b]", "holds no settings"),
    "a text": ("hello", "holds no settings"),
    "deep": ("tables: " + "[" * 5000, "nests deeper"),
    "deep settings": ("a: " + "{a: " * 500, "nests deeper"),
    "an alias bomb": (BOMB, "more than"),
    "an alias of itself": ("tables: &t\n  customers: *t\n", "nests deeper"),
    "a type": ("tables: !!python/object/apply:os.system ['true']\n", "sets the type"),
    "twice": (
        "tables:\n  customers: a.csv\n  customers: b.csv\n",
        "Line 3: 'customers' is given a second time; line 2",
    ),
    "a list for a text": ("tables:\n  customers:\n    from: [a]\n", "`from` in customers"),
    "settings for a text": ("tables:\n  customers:\n    from: a\n    sheet: {a: b}\n", "see line 4"),
    "a list of columns": ("tables:\n  customers:\n    from: customers.csv\n    columns: [a]\n", "`columns`"),
    "tables as a list": ("tables: [customers]\n", "`tables`"),
    "a table of nothing": ("tables: {customers: [[a]]}\n", "`customers`"),
    "a list as a name": ("tables: {[a]: b}\n", "a name is a list"),
    "a tab": ("tables:\n\tcustomers: a.csv\n", "Line 2 is indented by a tab"),
    "a comma in braces": ('tables: {customers: {from: left("a", 10)}}\n', "a comma ends a value"),
    "a NUL": ("tables: {customers: a.csv\0}\n", "not valid YAML"),
    "large": ("# " + "x" * (2 << 20), "characters"),
    "rot13": ("encoding: rot13\n" + MAPPED.format("customers.csv"), "'rot13' is not an encoding"),
    "base64": ("encoding: base64\n" + MAPPED.format("customers.csv"), "'base64' is not an encoding"),
    "idna": ("encoding: idna\n" + MAPPED.format("customers.csv"), "'idna' is not an encoding"),
    "a quote as delimiter": ("delimiter: '\"'\n" + MAPPED.format("customers.csv"), "cannot separate"),
    "an absolute path": (MAPPED.format("/etc/passwd"), "lies outside"),
    "a path that goes up": (MAPPED.format("../../x.csv"), "lies outside"),
    "a pattern that goes up": (MAPPED.format("'*/../../*'"), "goes up behind a wildcard"),
    "every file there is": (MAPPED.format("/**/*.csv"), "lies outside"),
    "a bad pattern": (MAPPED.format("'a/**b/*'"), "cannot be used"),
    "a path that is too long": (MAPPED.format("a/" + "x" * 5000), "longer than this system allows"),
    "a folder": (MAPPED.format("sub"), "It is a folder"),
    "a pattern over a folder": (MAPPED.format("'s*'"), "No file matches"),
    "a pipe": (MAPPED.format("pipe.csv"), "It is a pipe"),
    "a link that leads out": (MAPPED.format("link.csv"), "lies outside"),
    "a file named by name": ("files: {x: ../../../etc/passwd}\n" + MAPPED.format("customers.csv"), "lies outside"),
    "endless SQL": (
        MAPPED.format("customers.csv") + "    where: (select count(*) from range(10000000000000)) > 0\n",
        "",
    ),
    "a script": (MAPPED.format("customers.csv") + '    where: "1=1; drop table x"\n', "semicolon"),
    "a hidden script": (MAPPED.format("customers.csv") + "    where: \"1=1 --'\\n; drop table x --'\"\n", "semicolon"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good customers, and beside them what is no file."""
    made = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    (made / "sub").mkdir()
    os.mkfifo(made / "pipe.csv")
    (made / "link.csv").symlink_to("/etc/passwd")
    return made


@pytest.mark.parametrize("kind", slowly.after(2, YAMLS, every=4))
def test_hostile_mappings(home: Path, folder: Path, kind: str) -> None:
    text, words = YAMLS[kind]
    write(folder, {"mapping.yaml": text})
    done = run("import", folder, ORDERBEAT_MAPPING_SECONDS="2")
    if kind == "endless SQL":
        assert (done.returncode, "stopped after 2 seconds" in done.stderr) == (9, True)
    else:
        refused(done, words)


SETTINGS = {
    "ORDERBEAT_QUERY_SECONDS": "abc",
    "ORDERBEAT_MAPPING_SECONDS": "nan",
    "ORDERBEAT_BUILD_THREADS": "0",
    "ORDERBEAT_QUERY_THREADS": "1.5",
    "ORDERBEAT_BUILD_MEMORY": "much",
    "ORDERBEAT_QUERY_MEMORY": "0GB",
    "ORDERBEAT_GENERATIONS": "1",
    "ORDERBEAT_HOME": "~nobody-of-that-name/x",
}


@pytest.mark.parametrize("name", slowly.after(1, SETTINGS))
def test_settings_that_are_no_numbers(home: Path, name: str) -> None:
    done = run("status", prefix=("env", f"{name}={SETTINGS[name]}"))
    refused(done, f"{name} is {SETTINGS[name]!r}")


@pytest.mark.slow
def test_paths_that_are_no_files(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "orders.csv")
    refused(run("import", tmp_path / "orders.csv"), "It is a pipe")
    refused(run("import", "/dev/zero"), "It is a device")
    refused(run("import", tmp_path / ("x" * 5000)), "longer than this system allows")
    refused(run("import", tmp_path / "orders.csv" / "more"), "Part of its path is a file")
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    refused(run("import", tmp_path / "circle.csv"), "circle")
    refused(run("import", PROJECT / "Makefile"), "Its kind is not known")
    write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    refused(run("import", tmp_path / "in", "--mapping", tmp_path / "orders.csv"), "It is a pipe")
    refused(run("import", tmp_path / "in", "--mapping", tmp_path), "It is a folder")


def test_what_is_no_file_in_a_folder_is_named_and_not_waited_for(home: Path, folder: Path) -> None:
    (folder / "orders.csv").symlink_to(folder / "nowhere.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "quotes.csv"))
        done = run("import", folder, "--no-build")
    assert done.returncode == 0, done.stderr
    notes = (
        "pipe.csv is a pipe",
        "orders.csv is a link that leads nowhere",
        "quotes.csv is a socket",
        "the folder sub",
    )
    assert all(f"Not read: {note}" in done.stdout for note in notes)


@pytest.mark.slow
def test_files_that_may_not_be_read(home: Path, tmp_path: Path) -> None:
    as_root = os.geteuid() == 0
    if as_root and not shutil.which("setpriv"):
        pytest.skip("root may read everything")
    prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if as_root else ()
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "mapping.yaml": MAPPED.format("customers.csv")})
    (folder / "customers.csv").chmod(0)
    refused(run("import", folder, prefix=prefix), "may not read it")
    (folder / "mapping.yaml").chmod(0)
    refused(run("import", folder, prefix=prefix), "may not read it")
    folder.chmod(0)
    refused(run("import", folder, prefix=prefix), "may not read it")
    folder.chmod(0o500)
    done = run("template", folder / "new", prefix=prefix)
    assert done.returncode in (3, 7)
    folder.chmod(0o700)


@pytest.mark.slow
def test_templates_go_into_folders_only(home: Path, tmp_path: Path) -> None:
    write(tmp_path, {"taken": "x"})
    assert run("template", tmp_path / "taken").returncode in (3, 7)
    assert run("template", tmp_path / ("x" * 400)).returncode in (3, 7)
    assert run("template", "/proc/new").returncode in (3, 7)


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    write(tmp_path, {"taken": "x"})
    done = run("import", tmp_path / "in", ORDERBEAT_HOME=str(tmp_path / "taken"))
    assert done.returncode in (1, 7)
    assert done.stderr


def test_a_full_disk_while_the_engine_opens(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    tmpfs = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(place)]
    if subprocess.run(tmpfs, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        write(tmp_path / "in", {"customers.csv": CUSTOMERS})
        done = run("import", tmp_path / "in", ORDERBEAT_HOME=str(place))
        assert done.returncode == 7, done.stderr
        assert "ull" in done.stderr or "space" in done.stderr
    finally:
        subprocess.run(["umount", place], check=True)


def test_files_elsewhere_only_where_the_command_line_names_them(home: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {"customers.csv": CUSTOMERS})
    folder = write(tmp_path / "in", {"mapping.yaml": MAPPED.format("../elsewhere/*.csv")})
    refused(run("import", folder), f"--also {tmp_path / 'elsewhere'}")
    done = run("import", folder, "--also", tmp_path / "elsewhere", "--no-build")
    assert done.returncode == 0, done.stderr
    assert "mapping.yaml" in done.stdout


@pytest.mark.slow
def test_lines_and_columns_without_end(home: Path, tmp_path: Path) -> None:
    long = {"customers.csv": CUSTOMERS + "x" * (5 << 20)}
    refused(run("import", write(tmp_path / "a", long)), "Line 4 of customers.csv")
    refused(run("import", write(tmp_path / "b", {"customers.csv": "a," * 100_000 + "\n1\n"})), "100,001 columns")
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * (80 << 20))
    refused(run("import", write(tmp_path / "c", {"customers.csv.gz": packed})), "was not unpacked")


def test_an_error_nobody_foresaw_is_one_line_and_a_log(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of one's own")

    monkeypatch.setattr(commands, "_status", fail)
    assert commands.main(["status"]) == commands.UNFORESEEN
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "ZeroDivisionError: of one's own" in said
    log = home / commands.LOG
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert said.split()[4].rstrip(":") in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0
    assert commands.main(["--verbose", "status"]) == commands.UNFORESEEN
    assert "Traceback" in capsys.readouterr().err
