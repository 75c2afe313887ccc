"""The audit: every change of it past Orderbeat is found, it can be searched, and cut without breaking a seal."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import AccessDenied, Damaged
from data.people.person import Author
from data.people.store import Deed, Seen, Store, audit, chain, check, deeds, opening
from data.people.store.chain import HEAD, NAMES, ROWS
from data.settings import Settings, current
from tests.data.people.store.accounts_help import come_in, invited, seen
from tests.data.people.store.help import ANNA, BORIS, HOSTILE, LATE, TODAY, act, second, together
from tests.people import REP

WORDS = st.sampled_from(["exported", "printed", "viewed_customer", "loaded"])
TEXTS = st.text(max_size=20)
JSON = st.dictionaries(
    TEXTS, st.one_of(TEXTS, st.integers(), st.none(), st.lists(st.integers(), max_size=3)), max_size=3
)


def write(store: Store, rows: int) -> None:
    for n in range(rows):
        audit.note(store, by=(ANNA.author, None, BORIS.author)[n % 3], did="exported", about=f"C{n}", detail={"n": n})


def rows(store: Store) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(ROWS).order_by(ROWS.c.number)))


def test_what_was_written_is_whole_and_reads_back(opened: Store) -> None:
    for n, text in enumerate((*HOSTILE, "\0", "\ud800")):
        author = Author(text[:100], text[:100])
        audit.note(opened, by=author, did="exported", about=text, detail={text: text}, address=text, session=str(n))
    audit.verify(opened)
    found = audit.read(opened, ANNA)
    assert [entry.session for entry in found] == [str(n) for n in reversed(range(len(HOSTILE) + 2))]
    assert found[-1].detail == {HOSTILE[0]: HOSTILE[0]}
    assert all(len(entry.about) <= 1000 for entry in found)


def test_each_deed_is_told_in_its_own_transaction(opened: Store) -> None:
    act(opened, LATE, 0, "accepted")
    sa.event.listen(opened.engine, "before_cursor_execute", refuse_update_of_store)
    with pytest.raises(ZeroDivisionError):
        act(opened, LATE, 1, "noted")
    sa.event.remove(opened.engine, "before_cursor_execute", refuse_update_of_store)
    (told,) = audit.read(opened, ANNA)
    assert (told.by, told.did, told.about) == (ANNA.author, "decided", LATE.customer_id)
    assert told.detail == {"deed": "accepted", "items": 1, "kinds": ["late"]}
    audit.verify(opened)


def refuse_update_of_store(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.startswith("UPDATE store"):
        raise ZeroDivisionError


TAMPERINGS: dict[str, Callable[[sa.Connection], Any]] = {
    "a row goes": lambda c: c.execute(sa.delete(ROWS).where(ROWS.c.number == 4)),
    "the first row goes": lambda c: c.execute(sa.delete(ROWS).where(ROWS.c.number == 1)),
    "the last row goes": lambda c: c.execute(sa.delete(ROWS).where(ROWS.c.number == 8)),
    "all rows go": lambda c: c.execute(sa.delete(ROWS)),
    "the head goes": lambda c: c.execute(sa.delete(HEAD)),
    "the head says another number": lambda c: c.execute(sa.update(HEAD).values(number=9)),
    "the head says another seal": lambda c: c.execute(sa.update(HEAD).values(seal="0" * 64)),
    "a row comes at the end": lambda c: c.execute(sa.insert(ROWS).values(copy_of(c, 3) | {"number": 9})),
    "the beginning is cut past the audit": lambda c: (
        c.execute(sa.update(HEAD).values(cut_number=2, cut_seal=copy_of(c, 2)["seal"])),
        c.execute(sa.delete(ROWS).where(ROWS.c.number <= 2)),
    ),
    "two rows change places": lambda c: [
        c.execute(sa.update(ROWS).where(ROWS.c.number == was).values(number=becomes))
        for was, becomes in ((3, 100), (5, 3), (100, 5))
    ],
    "a row comes in between": lambda c: [
        *(c.execute(sa.update(ROWS).where(ROWS.c.number == n).values(number=n + 1)) for n in range(8, 3, -1)),
        c.execute(sa.insert(ROWS).values(copy_of(c, 3) | {"number": 4})),
        c.execute(sa.update(HEAD).values(number=9)),
    ],
    "a row is written anew with its seal": lambda c: c.execute(
        sa.update(ROWS)
        .where(ROWS.c.number == 4)
        .values(about="C9", seal=chain.seal(copy_of(c, 4) | {"about": "C9"}, copy_of(c, 3)["seal"]))
    ),
}


def copy_of(connection: sa.Connection, number: int) -> dict[str, Any]:
    return dict(connection.execute(sa.select(ROWS).where(ROWS.c.number == number)).mappings().one())


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_what_happens_past_the_audit_is_found(opened: Store, tamper: Callable[[sa.Connection], Any]) -> None:
    write(opened, 8)
    audit.verify(opened)
    with opened.engine.begin() as connection:
        tamper(connection)
    with pytest.raises(Damaged, match="audit is damaged"):
        audit.verify(opened)


def changed(value: Any) -> st.SearchStrategy[Any]:
    """Another value of the same kind."""
    if isinstance(value, datetime):
        return st.timedeltas(timedelta(microseconds=1), timedelta(days=99)).map(lambda by: value + by)
    if isinstance(value, int):
        return st.integers(-5, 2**40).filter(lambda other: other != value)
    storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
    return st.one_of(storable, st.just(value + " "), st.just(value[:-1])).filter(lambda other: other != value)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of its own for many examples, each of which puts back what it changed."""
    store = second(replace(current(), home=tmp_path_factory.mktemp("audit"), store=""))
    write(store, 12)
    audit.cut(store, rows(store)[3].at)
    return store


@given(st.data())
@settings(max_examples=150)
def test_any_change_of_any_column_of_any_row_is_found(kept: Store, data: st.DataObject) -> None:
    """With the number of the row that it names."""
    row = data.draw(st.sampled_from(rows(kept)))
    name = data.draw(st.sampled_from([column.name for column in ROWS.columns]))
    other = data.draw(changed(getattr(row, name)).filter(lambda v: name != "number" or v not in numbers(kept)))
    of_row = sa.update(ROWS).where(ROWS.c.number == (other if name == "number" else row.number))
    with kept.engine.begin() as connection:
        connection.execute(sa.update(ROWS).where(ROWS.c.number == row.number).values({name: other}))
    try:
        with pytest.raises(Damaged) as told:
            audit.verify(kept)
        if name != "number":
            assert f"Row {row.number} " in told.value.what
    finally:
        with kept.engine.begin() as connection:
            connection.execute(of_row.values(dict(row._mapping)))
    audit.verify(kept)


def numbers(store: Store) -> set[int]:
    return {row.number for row in rows(store)}


@given(st.lists(st.tuples(WORDS, TEXTS, JSON), max_size=6), st.integers(0, 7))
@settings(max_examples=25)
def test_whatever_is_written_and_cut_can_be_verified(kept: Store, told: list[Any], at: int) -> None:
    for did, about, detail in told:
        audit.note(kept, by=ANNA.author, did=did, about=about, detail=detail)
    written = rows(kept)
    before = written[min(at, len(written) - 1)].at
    gone = audit.cut(kept, before)
    assert [row.number for row in rows(kept)[: len(written) - gone]] == [row.number for row in written[gone:]]
    assert all(row.at >= before for row in rows(kept)[:1])
    audit.verify(kept)


def test_after_everything_is_cut_the_cut_is_told(opened: Store) -> None:
    write(opened, 3)
    act(opened, LATE, 0, "accepted", by=BORIS)
    assert audit.cut(opened, datetime.now(UTC) + timedelta(days=1)) == 4
    (entry,) = audit.read(opened, ANNA)
    assert (entry.number, entry.did, entry.detail["rows"]) == (5, "audit_cut", 4)
    audit.verify(opened)
    with opened.reading() as connection:
        assert connection.execute(sa.select(NAMES)).all() == [], "nobody stands there any more"
    assert audit.cut(opened, datetime(2000, 1, 1, tzinfo=UTC)) == 0


def notes(place: Settings, name: str, times: int, answer: Any) -> None:
    store = opening.open_store(place)
    answer.send("ready")
    answer.recv()
    for n in range(times):
        audit.note(store, by=Author(name, name), did="exported", about=str(n))
    answer.send("done")


def test_many_who_write_at_once_make_one_chain(opened: Store, place: Settings) -> None:
    assert together(place, notes, 8) == ["done"] * 4
    audit.verify(opened)
    found = [(row.by_key, row.about) for row in rows(opened)]
    assert sorted(found) == sorted((f"process {p}", str(n)) for p in range(4) for n in range(8))


def test_it_is_searched_by_who_what_when_and_text(opened: Store) -> None:
    write(opened, 6)
    audit.note(opened, by=BORIS.author, did="printed", about="C100%", address="10.0.0.7")
    at = [row.at for row in rows(opened)]

    def found(**by: Any) -> list[int]:
        return [entry.number for entry in audit.read(opened, ANNA, **by)]

    assert found() == [7, 6, 5, 4, 3, 2, 1]
    assert found(limit=2, offset=3) == [4, 3]
    assert found(who=BORIS.key) == [7, 6, 3]
    assert found(did="printed") == [7]
    assert found(since=at[4]) == [7, 6, 5]
    assert found(until=at[4]) == [4, 3, 2, 1]
    assert found(text="0%") == [7]
    assert found(text="10.0.0") == [7]
    assert found(text="anna", limit=1) == [4]
    with pytest.raises(AccessDenied, match="see who did what"):
        audit.read(opened, REP)


def test_what_somebody_does_in_a_session_tells_which_and_from_where(opened: Store) -> None:
    entered = come_in(opened, ANNA, invited(opened, ANNA, "admin"), address="10.1.2.3")
    who = seen(opened, entered).person
    act(opened, LATE, 0, "accepted", by=who)
    audit.note(opened, by=who.author, did="exported", about="book")
    told = [(entry.did, entry.session, entry.address) for entry in audit.read(opened, ANNA, who=who.key)]
    assert told[:2] == [(did, entered.session_id, "10.1.2.3") for did in ("exported", "decided")]


def test_no_cell_of_its_csv_is_a_formula(opened: Store) -> None:
    for text in ("=1+1", "+1", "-1", "@x", "\t=1", " =1", "'=1"):
        audit.note(opened, by=Author(text, text), did="exported", about=text)
    cells = [cell for row in csv.reader(io.StringIO(audit.rows_csv(audit.read(opened, ANNA)))) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert cells.count("''=1") == 3


def test_the_check_of_the_command_line_verifies_it(opened: Store, place: Settings) -> None:
    write(opened, 4)
    assert "Audit: 4 rows as they were written" in check(place)
    with opened.engine.begin() as connection:
        connection.execute(sa.update(ROWS).where(ROWS.c.number == 2).values(about="C9"))
    with pytest.raises(Damaged, match=r"audit is damaged\. Row 2 is not as it was written"):
        check(place)


def test_a_deed_on_many_items_is_one_row(opened: Store) -> None:
    items = {replace(LATE, customer_id=f"C{n:03}"): Seen(0, TODAY) for n in range(60)}
    deeds.act_together(opened, ANNA, items, Deed("accepted"))
    (told,) = audit.read(opened, ANNA)
    assert (told.about, told.detail["items"], told.detail["customers"]) == ("", 60, [f"C{n:03}" for n in range(20)])
