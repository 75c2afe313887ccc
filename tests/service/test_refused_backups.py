"""What is no backup, or no longer one, is refused with nothing left behind; a killed restore is seen as such."""

import hashlib
import json
import shutil
import signal
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from data import private, publish
from data.errors import BadInput, Damaged, DiskProblem, FromNewerRelease, OrderbeatError
from data.settings import Settings, current
from service import archive, backup, restoring
from service import commands as cli
from tests import dying, servers, slowly
from tests.service.backup_help import connected, elsewhere, fill, restores_and_dies, rows


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with servers.postgresql() as port:
        yield f"postgresql://orderbeat@127.0.0.1:{port}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup, which no test changes."""
    folder = tmp_path_factory.mktemp("whole")
    where = replace(current(), home=folder / "home", store="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(where.home))
        fill(where)
        backup.backup(where, folder / "a.backup")
    return folder / "a.backup"


def refused(file: Path, there: Settings, kind: type[OrderbeatError], match: str | None = None) -> None:
    with pytest.raises(kind, match=match):
        restoring.restore(there, file)
    assert not there.home.exists(), "nothing is left behind"
    if there.store:
        with connected(there) as run:
            assert run("select table_name from information_schema.tables where table_schema = 'public'") == []


# Damage


@settings(max_examples=150)
@given(data=st.data())
def test_any_flipped_bit_is_found(data: st.DataObject, whole: Path) -> None:
    written = bytearray(whole.read_bytes())
    # The end has the list of pieces and the seal, of which few bits would be drawn.
    first = data.draw(st.sampled_from([0, 0, len(written) - 20_000, len(written) - 90]))
    place = data.draw(st.integers(first, len(written) - 1))
    written[place] ^= 1 << data.draw(st.integers(0, 7))
    file = whole.with_name("flipped")
    file.write_bytes(written)
    with pytest.raises(BadInput):
        archive.check(file)
    refused(file, replace(current(), home=whole.with_name("there"), store=""), BadInput)


@settings(max_examples=60)
@given(data=st.data())
def test_cut_short_or_grown_it_is_refused(data: st.DataObject, whole: Path) -> None:
    written = whole.read_bytes()
    file = whole.with_name("cut")
    length = data.draw(st.integers(0, len(written) - 1))
    file.write_bytes(data.draw(st.sampled_from([written[:length], written + b"\0", written + written[:length] + b"x"])))
    refused(file, replace(current(), home=whole.with_name("there"), store=""), BadInput)


# Made by somebody: sealed as ours are


def forged(file: Path, pieces: dict[str, bytes], said: dict[str, Any] | None = None, **more: Any) -> Path:
    """An archive with these pieces, whose manifest says what ours do and what is `said` instead.

    `more`: `mode` of every piece, `packing`, pieces held `twice` or `unlisted`, what a piece `claims` of its length.
    """
    claims = more.get("claims", {})
    listed = {
        name: {"bytes": claims.get(name, len(piece)), "sha256": hashlib.sha256(piece).hexdigest(), "mtime_ns": None}
        for name, piece in pieces.items()
        if name not in more.get("unlisted", ())
    }
    about = {"kind": archive.KIND, "backup": archive.FORMAT, "made_at": "2026-01-01", "files": listed, **(said or {})}
    held = [*pieces.items(), *((name, pieces[name]) for name in more.get("twice", ()))]
    with zipfile.ZipFile(file, "w", more.get("packing", zipfile.ZIP_STORED)) as zipped:
        for name, piece in [*held, (publish.MANIFEST, more.get("manifest") or publish.sealed(about))]:
            info = zipfile.ZipInfo(name)
            info.external_attr = more.get("mode", stat.S_IFREG | 0o600) << 16
            info.compress_type = more.get("packing", zipfile.ZIP_STORED)
            with zipped.open(info, "w") as target:
                target.write(piece)
        zipped.comment = bytes(64)
    written = file.read_bytes()[:-64]
    file.write_bytes(written + hashlib.sha256(written).hexdigest().encode())
    return file


def test_what_is_forged_below_is_refused_for_its_fault_alone(tmp_path: Path) -> None:
    file = forged(tmp_path / "a.backup", {"sources/shop.yaml": b"kind: folder\n"})
    assert "is whole" in archive.check(file)
    restoring.restore(elsewhere(tmp_path), file)


LEADING_OUT = (
    "../evil", "sources/../../evil", "/etc/evil", "sources//evil", "./sources/evil", "sources/.", "sources/..",
    "sources\\..\\evil", "C:\\evil", "sources/a\nb", "sources/", "~/evil/..",
)  # fmt: skip
NOT_OURS = (
    "evil",
    "store.sqlite3",
    "restoring/evil",
    "spill/evil",
    "desks/x/y",
    ".bashrc",
    "sources",
    "store/x/y.jsonl",
)


@pytest.mark.parametrize("name", [*LEADING_OUT, *NOT_OURS])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "within").mkdir()
    before = sorted(tmp_path.rglob("*"))
    file = forged(tmp_path / "a.backup", {"sources/shop.yaml": b"", name: b"evil"})
    refused(file, elsewhere(tmp_path / "within"), BadInput)
    file.unlink()
    assert sorted(tmp_path.rglob("*")) == before


SHOP = {"sources/shop.yaml": b"kind: folder\n" * 10}
FORGED: dict[str, tuple[dict[str, Any], type[OrderbeatError], str]] = {
    "a link": ({"mode": stat.S_IFLNK | 0o777}, BadInput, "is no file"),
    "a device": ({"mode": stat.S_IFCHR | 0o666}, BadInput, "is no file"),
    "one name twice": ({"twice": [*SHOP]}, BadInput, "have one name"),
    "a piece that is not listed": ({"unlisted": [*SHOP]}, BadInput, "lists other pieces"),
    "a piece longer than listed": ({"claims": dict.fromkeys(SHOP, 7)}, BadInput, "lists other pieces"),
    "another packing": ({"packing": zipfile.ZIP_LZMA}, BadInput, "packed in another way"),
    "listed and not there": ({"said": {"files": {"sources/b": {}}}}, BadInput, "does not list pieces"),
    "a list that is none": ({"said": {"files": [1]}}, BadInput, "manifest"),
    "no manifest of ours": ({"manifest": b"{}"}, OrderbeatError, ""),
    "no seal": ({"manifest": json.dumps({"format": 2, "kind": archive.KIND, "files": {}}).encode()}, Damaged, "cut"),
    "of something else": ({"said": {"kind": "other"}}, BadInput, "no backup of Orderbeat"),
    "a newer form": ({"said": {"backup": 2}}, FromNewerRelease, "newer release"),
    "a store of a newer step": ({"said": {"store": "0999"}}, FromNewerRelease, "newer release"),
    "a store that is none": ({"said": {"store": 7}}, Damaged, "not hold a store"),
    "a store without its tables": ({"said": {"store": "0003"}}, Damaged, "other tables"),
}


@pytest.mark.parametrize(("made", "kind", "match"), FORGED.values(), ids=FORGED)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_no_backup_is_like_is_refused(
    made: dict[str, Any], kind: type[OrderbeatError], match: str, tmp_path: Path
) -> None:
    refused(forged(tmp_path / "a.backup", SHOP, **made), elsewhere(tmp_path), kind, match)


def test_what_becomes_larger_than_the_disk_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """The archive is a few bytes; what its directory and its manifest claim is more than any disk has."""
    file = forged(tmp_path / "a.backup", SHOP)
    huge = (1 << 32) - 2  # what needs no longer header; many of them are more than any disk has
    pieces = {f"sources/{number}.yaml": b"x" for number in range(5_000)}
    file = forged(tmp_path / "a.backup", pieces, claims=dict.fromkeys(pieces, huge))
    written = file.read_bytes()[:-64]
    directory = written.index(b"PK\x01\x02")
    entries = written[directory:].split(b"PK\x01\x02")
    grown = [
        entry[:20] + huge.to_bytes(4, "little") + entry[24:] if b"sources/" in entry else entry for entry in entries
    ]
    written = written[:directory] + b"PK\x01\x02".join(grown)
    file.write_bytes(written + hashlib.sha256(written).hexdigest().encode())
    refused(file, elsewhere(tmp_path), DiskProblem, "has room for")


def test_a_piece_that_unpacks_to_more_than_it_says_is_stopped(tmp_path: Path) -> None:
    """A hundred megabytes of nothing in a hundred kilobytes, called ten bytes long."""
    name = "sources/shop.yaml"
    bomb = bytes(100 << 20)
    file = forged(tmp_path / "a.backup", {name: bomb}, packing=zipfile.ZIP_DEFLATED, claims={name: 10})
    written = file.read_bytes()[:-64]
    length = len(bomb).to_bytes(4, "little")
    directory = written.index(b"PK\x01\x02")
    written = written[:directory] + written[directory:].replace(length, (10).to_bytes(4, "little"), 1)
    file.write_bytes(written + hashlib.sha256(written).hexdigest().encode())
    refused(file, elsewhere(tmp_path), Damaged)


OTHERS: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("hello " * 100),
    "another ZIP": lambda file: zipfile.ZipFile(file, "w").close(),
    "a folder": lambda file: file.mkdir(),
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_what_is_no_archive_is_refused(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "a.backup")
    refused(tmp_path / "a.backup", elsewhere(tmp_path), BadInput)
    with pytest.raises(BadInput):
        archive.check(tmp_path / "a.backup")


def changed(whole: Path, file: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The backup with one piece changed, and sealed again all over."""
    with archive.opened(whole) as opened:
        pieces = {each: b"".join(opened.chunks(each)) for each in opened.names}
        about = opened.about
    pieces[name] = change(pieces[name])
    return forged(file, pieces, {key: about[key] for key in ("made_at", "store")})


def with_id(rows: bytes, value: Any) -> bytes:
    """The last row again, with another number."""
    columns, *_, last = map(json.loads, rows.splitlines())
    last[columns.index("id")] = value
    return json.dumps(last).encode() + b"\n"


LINES: dict[str, Callable[[bytes], bytes]] = {
    "no JSON": lambda rows: rows + b"{\n",
    "no list": lambda rows: rows + b'{"a": 1}\n',
    "other columns": lambda rows: rows.replace(b'"customer_id"', b'"customer"', 1),
    "too few values": lambda rows: rows + b"[1]\n",
    "no such kind": lambda rows: rows.replace(b'"moment"', b'"pickle"'),
    "no such moment": lambda rows: rows.replace(b'["moment", "20', b'["moment", "xx'),
    "a row twice": lambda rows: rows + rows.splitlines(keepends=True)[-1],
    "other spacing": lambda rows: rows.replace(b'", "', b'",  "', 1),
    "a number that no database takes": lambda rows: rows + with_id(rows, 10**40),
    "a text for a number": lambda rows: rows + with_id(rows, "x"),
    "no lines": lambda rows: b"",
    "deep": lambda rows: rows + b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("change", LINES.values(), ids=LINES)
def test_rows_that_are_none_are_refused_by_either_store(
    change: Callable[[bytes], bytes], kind: str, whole: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    there = elsewhere(tmp_path, request.getfixturevalue("server") if kind == "postgresql" else "")
    file = changed(whole, tmp_path / "a.backup", "store/action_events.jsonl", change)
    refused(file, there, Damaged, "not hold a store")


def test_a_generation_that_is_not_what_its_own_manifest_lists_is_refused(whole: Path, tmp_path: Path) -> None:
    with archive.opened(whole) as opened:
        name = next(each for each in opened.names if each.startswith("inputs/0001/orders/"))
    file = changed(whole, tmp_path / "a.backup", name, lambda piece: piece[:-1] + b"x")
    refused(file, elsewhere(tmp_path), Damaged, "its content has changed")


# Killed on the way

KILLS = [("moved", 1), ("kept", 1), ("staged", 1), ("filled", 1), ("moved", 4)]


@pytest.mark.parametrize("kind", slowly.after(1, ["sqlite", "postgresql"]))
@pytest.mark.parametrize(
    ("point", "after"), [*KILLS[:2], *(pytest.param(*each, marks=pytest.mark.slow) for each in KILLS[2:])]
)
def test_a_killed_restore_is_seen_as_such_and_can_be_done_again(
    point: str,
    after: int,
    kind: str,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    there = elsewhere(tmp_path, request.getfixturevalue("server") if kind == "postgresql" else "")
    process = dying.PROCESSES.Process(target=restores_and_dies, args=(there, whole, point, after))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    monkeypatch.setenv("ORDERBEAT_HOME", str(there.home))
    for command in (["status"], ["check"], ["build"], ["restore", str(whole)]):
        assert cli.main(command) == 3
        assert f"A backup is being restored into {there.home}" in capsys.readouterr().err
    shutil.rmtree(there.home)
    if there.store:
        with connected(there) as run:
            run("drop schema public cascade")
            run("create schema public")
    restoring.restore(there, whole)
    assert rows(there)
    assert not (there.home / private.RESTORING).exists()


def test_a_restore_that_fails_at_its_very_end_undoes_everything(
    whole: Path, tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(point: str) -> None:
        if point == "moved":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "reached", reached)
    refused(whole, elsewhere(tmp_path), DiskProblem)
    refused(whole, elsewhere(tmp_path, server), DiskProblem)
