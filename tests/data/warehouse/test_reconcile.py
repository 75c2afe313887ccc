"""Finance's file against ours: seeded discrepancies are found again, by name, and nothing is left or forced."""

import random
from pathlib import Path

import pytest

import queries
from data.loading import control
from data.warehouse import reconcile
from data.warehouse.access import Result, Snapshot
from data.warehouse.engine import open_engine
from tests import discrepancies, slowly, warehouse
from tests.discrepancies import KINDS, Books
from tests.loading_help import load, loaded, where


def outcome(home: Path, finance: Path) -> reconcile.Outcome:
    """The comparison with what is loaded in a home, without building a whole snapshot."""
    held = loaded(home)
    query = queries.load(reconcile.DOCUMENTS)
    with warehouse.without_statistics(held) as connection:
        rows = connection.sql(query.sql).to_arrow_table()
    shown = Snapshot("0001", home, "2026-06-30", "", held.reporting_currency, frozenset(), 0)
    read = control.read(finance, where(home), open_engine)
    return reconcile.compare(Result(rows, query, {}, shown), read, held, where(home))


def compared(tmp_path: Path, books: Books) -> reconcile.Outcome:
    finance = discrepancies.write(books, tmp_path / "ours")
    (tmp_path / "ours" / "mapping.yaml").write_text(
        "reporting_currency: EUR\ntables:\n"
        + "".join(f"  {path.stem}:\n    from: {path.name}\n" for path in sorted((tmp_path / "ours").glob("*.csv")))
    )
    load(tmp_path / "home", tmp_path / "ours")
    return outcome(tmp_path / "home", finance)


def kinds_of(seed: int) -> list[str]:
    """One kind for each of the first seeds, then two to six at once."""
    pick = random.Random(f"kinds {seed}")
    return [KINDS[seed]] if seed < len(KINDS) else pick.sample(KINDS, pick.randint(2, 6))


def explained(books: Books, found: reconcile.Outcome) -> None:
    """Every seeded cause is named and no other, and nothing remains in any month."""
    named = {row["cause"] for row in found.reasons.rows()}
    assert named == books.seeded, (named ^ books.seeded, books.seeded)
    assert [row for row in found.cells.rows() if row["remainder"]] == []
    assert found.found.difference == sum(row["amount"] for row in found.findings.rows())


@pytest.mark.parametrize("seed", slowly.after(12, range(100)))
def test_seeded_discrepancies_are_named_and_leave_nothing(seed: int, tmp_path: Path) -> None:
    invoices, rates = discrepancies.made_up(seed)
    books = Books(invoices, rates, random.Random(seed))
    discrepancies.seed(books, kinds_of(seed))
    explained(books, compared(tmp_path, books))
