"""A person at a customer is erased: nowhere below the home a byte says who they were, and no load brings them back."""

import csv
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import contract, publish, settings
from data.errors import BadInput
from data.loading import erasing, inputs, intake
from data.loading.request import Request
from data.people.store import audit, open_store
from data.warehouse import build
from data.warehouse.engine import open_engine
from service import commands
from service.erasing import erase_contact
from tests import dying
from tests.loading_help import GOOD, TODAY, load, loaded, quarantine_of, rows, totals, where, write
from tests.people import ADMIN

NAME, EMAIL, PHONE, ROLE = "Ottilie Brandstätter", "Ottilie.B@example.net", "+49 7071 555-0134", "buys bolts"
WORDS = (NAME, EMAIL, PHONE, ROLE)
HEAD = "contact_id,customer_id,name,role,email,phone,site\n"
THEIRS = f"K1,C1,{NAME},{ROLE},{EMAIL},{PHONE},\n"
OTHER = "K2,C2,Ivo Kranz,boss,ivo@example.net,,\n"
ERASED = dict.fromkeys(contract.table("contacts").column_names) | {
    "contact_id": "K1", "customer_id": "C1", "name": "Erased person",
}  # fmt: skip
COMPANY = {
    **GOOD,
    "contacts.csv": HEAD + THEIRS + OTHER,
    "activities.csv": "activity_id,occurred_on,customer_id,kind,contact_id\nA1,2026-02-03,C1,call,K1\n"
    "A2,2026-02-04,C2,call,K2\n",
    "feedback.csv": f"feedback_id,given_on,customer_id,score,comment\nF1,2026-02-05,C1,9,thanks to {NAME}\n",
}


def everything(home: Path) -> Iterator[tuple[Path, str]]:
    """All that any file of the home holds, as text: the bytes, and what is packed in them."""
    for file in sorted(path for path in home.rglob("*") if path.is_file()):
        said = [file.read_bytes().decode("utf-8", "replace")]
        if said[0].startswith("PAR1"):
            said.append(str(pq.ParquetFile(file).read().to_pydict()))
        if file.suffix == ".duckdb":
            with duckdb.connect(str(file), read_only=True) as connection:
                for (table,) in connection.sql("select table_name from information_schema.tables").fetchall():
                    said.append(str(connection.sql(f'select * from "{table}"').fetchall()))
        yield file, "\n".join(said)


def found(home: Path, words: tuple[str, ...] = WORDS) -> set[str]:
    """Which files below the home, by the folder they lie in, hold one of the words."""
    return {
        file.relative_to(home).parts[0]
        for file, said in everything(home)
        if any(word.casefold() in said.casefold() for word in words)
    }


def once(home: Path) -> None:
    """Loads twice, so that there are two generations and two snapshots, both with rows of the person refused."""
    company = COMPANY | {"feedback.csv": COMPANY["feedback.csv"].replace(NAME, "all")}
    load(home, write(home.parent / "first", company))
    build.build(settings.current())
    again = HEAD + THEIRS.replace(ROLE, f"{ROLE} still") + OTHER + f"K3,C9,{NAME} (old),,{EMAIL.upper()},,\n"
    again += f" K1 ,C8,{NAME},{ROLE},,,\nK4,C7,Vera Zorn,chief,vera@example.net,,\n"
    load(home, write(home.parent / "second", {"contacts.csv": again}))
    build.build(settings.current())


@pytest.fixture(scope="module")
def twice_loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which the person is everywhere; not to be changed."""
    home = tmp_path_factory.mktemp("erasing") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        patch.setenv("ORDERBEAT_BUILD_THREADS", "1")
        once(home)
        assert found(home) == {"inputs", "snapshots", "quarantine"}
        yield home


@pytest.fixture
def held(home: Path, twice_loaded: Path) -> Path:
    shutil.copytree(twice_loaded, home)
    return home


@pytest.mark.slow
def test_nothing_says_who_it_was_and_everything_still_joins(held: Path) -> None:
    before = totals(held)
    open_store(where(held))
    done = erase_contact(where(held), "K1")
    assert found(held) == set()
    assert (done.loaded, done.refused, done.generations, done.snapshots) == (1, 2, 2, 2)
    assert totals(held) == before
    theirs, other = rows(held, "contacts")
    assert theirs == ERASED
    assert other["email"] == "ivo@example.net"
    assert [row["contact_id"] for row in rows(held, "activities")] == ["K1", "K2"]
    assert done.named == {"activities.contact_id": 1}
    (entry,) = audit.read(open_store(where(held)), ADMIN, did="erased")
    assert (entry.about, entry.by) == ("contact", None)
    assert entry.detail == {"key": inputs.tombstone("K1")[:12], "rows": 1, "refused": 2}
    assert found(held, ("Vera Zorn",)) == {"quarantine"}
    assert "whole" in build.check(settings.current())

    files = sorted(path for path in held.rglob("*") if path.is_file() and "store" not in path.name)
    states = {path: (path.stat().st_ino, path.read_bytes()) for path in files}
    assert not erase_contact(where(held), "K1").changed
    assert {path: (path.stat().st_ino, path.read_bytes()) for path in files if path.exists()} == states
    assert len(audit.read(open_store(where(held)), ADMIN, did="erased")) == 1


def dies_building(action: Callable[[Path], None], home: Path) -> None:
    """Dies when the inputs say nothing more of the person, and the next snapshot is begun."""

    def reached(point: str) -> None:
        if point == "begun" and list((home / "snapshots").glob("*.building")):
            os.kill(os.getpid(), signal.SIGKILL)

    publish.reached = reached
    action(home)


@pytest.mark.slow
def test_killed_before_anything_is_published_it_is_finished_by_running_it_again(held: Path) -> None:
    process = dying.started(erase, held, dies_building)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert found(held) == {"inputs", "snapshots"}
    assert rows(held, "contacts")[0] == ERASED
    erase(held)
    assert found(held) == set()
    assert len(list((held / "snapshots").glob("0*"))) == 1


MASTER = {name: COMPANY[name] for name in ("customers.csv", "contacts.csv", "activities.csv", "feedback.csv")}


@pytest.fixture(scope="module")
def master_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with master data alone, of which no snapshot is built; the person stands in two generations."""
    folder = tmp_path_factory.mktemp("erasing")
    load(folder / "home", write(folder / "first", MASTER))
    more = f"K3,C9,{NAME} (old),,{EMAIL.upper()},,\n K1 ,C8,{NAME},{ROLE},,,\n"
    again = HEAD + THEIRS.replace(ROLE, f"{ROLE} still") + more
    load(folder / "home", write(folder / "second", {"contacts.csv": again}))
    return folder / "home"


@pytest.fixture
def master(home: Path, master_data: Path) -> Path:
    shutil.copytree(master_data, home)
    return home


def erase(home: Path) -> None:
    os.environ["ORDERBEAT_HOME"] = str(home)
    erase_contact(settings.current(), "K1")


def is_gone(home: Path) -> bool:
    """Whether the person is nowhere but in what somebody wrote of them in another table."""
    theirs = [row for row in rows(home, "contacts") if row["contact_id"] == "K1"]
    is_nowhere = found(home, (EMAIL, PHONE, ROLE)) == set() and found(home, (NAME,)) <= {"inputs"}
    return is_nowhere and all(row | {"customer_id": "C1"} == ERASED for row in theirs)


def test_what_remains_is_said(master: Path) -> None:
    (master / "errors.log").write_text(f"ValueError: {EMAIL.upper()}\n", encoding="utf-8")
    open_store(where(master))
    done = erase_contact(where(master), "K1")
    assert (done.loaded, done.refused, done.generations) == (1, 2, 2)
    assert done.files == [master / "errors.log"]
    (master / "errors.log").unlink()
    assert done.written == {"feedback.comment": 1}
    said = done.as_text()
    assert "1  texts that hold a name, an address or a number: feedback.comment" in said
    assert "1  rows that name the id alone: activities.contact_id" in said
    assert is_gone(master)


LATER_POINTS = [pytest.param(point, marks=pytest.mark.slow) for point in ("listed", "renamed", "pointed")]


@pytest.mark.parametrize("point", ["scrubbed", *LATER_POINTS])
def test_killed_halfway_it_is_finished_by_running_it_again(master: Path, point: str) -> None:
    process = dying.started(erase, master, dies_scrubbing if point == "scrubbed" else dying.dies_at, point)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not is_gone(master)
    erase(master)
    assert is_gone(master)
    assert not erase_contact(where(master), "K1").changed


def dies_scrubbing(action: Callable[[Path], None], home: Path, _point: str) -> None:
    """Dies when the first file of a quarantine is written anew and not yet in its place."""

    def fsync(path: Path) -> None:
        if path.suffix == ".unfinished":
            os.kill(os.getpid(), signal.SIGKILL)

    publish.fsync = fsync
    action(home)


def test_no_later_load_brings_them_back(master: Path, tmp_path: Path) -> None:
    erase(master)
    told = "contacts: rows of people who were erased, of whom no more is taken than the id: 1"
    assert told in load(master, write(tmp_path / "third", MASTER)).notes
    assert is_gone(master)
    refused = HEAD + f"K1,nobody,{NAME},{ROLE},{EMAIL},{PHONE},Tübingen\n" + THEIRS + THEIRS.replace(ROLE, "else")
    report = load(master, write(tmp_path / "fourth", {"contacts.csv": refused}))
    assert is_gone(master)
    with (quarantine_of(report) / "contacts.csv").open(encoding="utf-8", newline="") as handle:
        said = [(row["contact_id"], row["name"], row["site"]) for row in csv.DictReader(handle)]
    assert said == [("K1", "Erased person", "")] * 3
    mended = quarantine_of(report) / "contacts.csv"
    mended.write_text(mended.read_text(encoding="utf-8").replace("nobody,Erased person,,", f"C2,{NAME},{ROLE},{EMAIL}"))
    load(master, quarantine_of(report))
    assert found(master, (EMAIL, PHONE, ROLE)) == {"quarantine"}  # where somebody has just written it
    assert erase_contact(where(master), "K1").refused == 1
    assert is_gone(master)
    assert [row["customer_id"] for row in rows(master, "contacts") if row["contact_id"] == "K1"] == ["C2"]


def test_why_a_row_is_refused_does_not_quote_them(master: Path, tmp_path: Path) -> None:
    erase(master)
    mapping = """tables:
  contacts:
    from: people.csv
    columns: {contact_id: nr, customer_id: account, name: who, email: mail, phone: number(who)}
"""
    people = f"nr,account,who,mail\nK1,C1,{NAME},{EMAIL}\nK2,C2,Ivo Kranz,ivo@example.net\n"
    folder = write(tmp_path / "mapped", {"people.csv": people})
    (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    report = load(master, folder, str(tmp_path / "mapping.yaml"))
    assert "Ivo Kranz" in (quarantine_of(report) / "contacts.csv").read_text(encoding="utf-8")
    assert is_gone(master)
    assert NAME not in (quarantine_of(report) / "contacts.csv").read_text(encoding="utf-8")


def test_going_back_does_not_bring_them_back(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "zero", {"customers.csv": MASTER["customers.csv"]}))
    folder = write(tmp_path / "first", MASTER)
    load(home, folder)
    erase(home)
    assert [path.name for path in erasing.generations(home)] == ["0001", "0003"]
    inputs.go_back(home, "0001")
    for onto in ("0001", inputs.ANEW, None):
        intake.load(Request(folder, None, TODAY, onto=onto), where(home), open_engine)
        assert rows(home, "contacts")[0] == ERASED
        assert is_gone(home)


def test_who_is_erased_is_known_where_the_newest_inputs_are_damaged(master: Path, tmp_path: Path) -> None:
    erase(master)
    load(master, write(tmp_path / "other", {"customers.csv": MASTER["customers.csv"] + "C3,Cyd,b2c\n"}))
    manifest = loaded(master).path / publish.MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("C", "D", 1), encoding="utf-8")
    folder = write(tmp_path / "anew", MASTER)
    intake.load(Request(folder, None, TODAY, onto=inputs.ANEW), where(master), open_engine)
    assert is_gone(master)


def test_a_rehearsal_changes_nothing(master: Path) -> None:
    before = [(path, path.read_bytes()) for path in sorted(master.rglob("*")) if path.is_file()]
    done = erase_contact(where(master), "K1", rehearse=True)
    assert (done.loaded, done.refused, done.generations) == (1, 2, 2)
    assert "would be erased" in done.as_text()
    assert [(path, path.read_bytes()) for path in sorted(master.rglob("*")) if path.is_file()] == before


def test_nobody_is_erased_who_is_not_known(master: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="no contact K9"):
        erase_contact(where(master), "K9")
    assert commands.main(["erase-contact", " "]) == 3
    assert "without an id" in capsys.readouterr().err
    assert commands.main(["erase-contact", "K1"]) == 0
    assert capsys.readouterr().out.startswith("Contact K1 is erased.")


def test_what_people_made_of_a_quarantine_is_read_as_it_is(master: Path) -> None:
    (folder,) = (master / "quarantine").glob("0*")
    file = folder / "contacts.csv"
    lines = list(csv.reader(file.open(encoding="utf-8", newline="")))
    text = "\n".join(";".join(line) for line in lines)
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (folder / "contacts-2.csv").write_bytes(b"\xd0\xcf\x11\xe0 not text")
    done = erase_contact(where(master), "K1")
    assert done.unread == [folder / "contacts-2.csv"]
    assert file.read_text(encoding="utf-8-sig").splitlines()[0] == ";".join(lines[0])
    assert found(master, (EMAIL, PHONE, ROLE)) == set()


def test_who_shares_a_part_of_an_address_or_a_word_for_none_stays(home: Path, tmp_path: Path) -> None:
    theirs = f"K1,C1,{NAME},,{EMAIL},none,\n"
    load(home, write(tmp_path / "first", MASTER | {"contacts.csv": HEAD + theirs}))
    others = f"K8,C9,Carl Other,,c{EMAIL},none,\nK9,C9,Dora Other,,{EMAIL}x,none,\n"
    report = load(home, write(tmp_path / "second", {"contacts.csv": HEAD + others + theirs.replace("C1", "C9")}))
    assert erase_contact(where(home), "K1").refused == 1
    said = (quarantine_of(report) / "contacts.csv").read_text(encoding="utf-8")
    assert all(row in said for row in others.splitlines())
    assert said.count(f",{EMAIL},") == 0


def test_an_id_that_is_an_address_is_said_to_stay(home: Path, tmp_path: Path) -> None:
    company = {name: text.replace("K1", EMAIL) for name, text in MASTER.items()}
    load(home, write(tmp_path / "first", company))
    done = erase_contact(where(home), EMAIL)
    assert (done.loaded, done.named) == (1, {"activities.contact_id": 1})
    assert "The id is an address itself, and stays" in done.as_text()
    assert [row["name"] for row in rows(home, "contacts")] == ["Ivo Kranz", "Erased person"]


def test_copies_of_databases_that_know_them_are_read_anew(master: Path) -> None:
    for name, cell in (("shop", "nobody@example.net"), ("erp", f" {EMAIL}")):
        with publish.publication(folder_of(master / "databases" / name), {}) as place:
            pq.write_table(pa.table({"mail": ["x", cell]}), place / "people.parquet")
    assert erase_contact(where(master), "K1").mirrors == 1
    assert [path.parent.name for path in sorted((master / "databases").glob("*/0*"))] == ["shop"]


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True)
    return path
