"""Finance's file against ours: seeded discrepancies are found again, by name, and nothing is left or forced."""

import csv
import json
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest

import queries
from data import settings
from data.loading import control
from data.warehouse import access, build, reconcile
from data.warehouse.access import Result, Snapshot
from data.warehouse.engine import open_engine
from service.commands import main
from tests import companies, discrepancies, slowly, warehouse
from tests.discrepancies import KINDS, Books
from tests.loading_help import load, loaded, where

SAMPLES = os.environ.get("ORDERBEAT_SAMPLES", "")
RETAIL = next(Path(SAMPLES).glob("online_retail_ii/*.parquet"), None) if SAMPLES else None
SEEDS = (9, 12, 14, *(seed for seed in range(16) if seed not in (9, 12, 14)))
OF_RETAIL = range(0, 100, 6)  # all hundred came out right when this was written; each takes seconds


def outcome(home: Path, finance: Path) -> reconcile.Outcome:
    """The comparison with what is loaded in a home, without building a whole snapshot."""
    held = loaded(home)
    query = queries.load(reconcile.DOCUMENTS)
    with warehouse.without_statistics(held, query) as connection:
        rows = connection.sql(query.sql).to_arrow_table()
    shown = Snapshot("0001", home, "2026-06-30", "", held.reporting_currency, frozenset(), 0)
    read = control.read(finance, where(home), open_engine)
    found = reconcile.compare(Result(rows, query, {}, shown), read, held, where(home))
    assert found.found.theirs == sum(row["amount"] for row in read.rows)
    return found


def compared(tmp_path: Path, books: Books) -> reconcile.Outcome:
    """Both sides written, ours loaded, and compared."""
    return outcome(tmp_path / "home", loaded_with_finance(tmp_path, books))


def loaded_with_finance(tmp_path: Path, books: Books) -> Path:
    """Loads our side; gives finance's file."""
    finance = discrepancies.write(books, tmp_path / "ours")
    sources = [f"  {path.stem}:\n    from: {path.name}\n" for path in sorted((tmp_path / "ours").glob("*.csv"))]
    (tmp_path / "ours" / "mapping.yaml").write_text("".join(["reporting_currency: EUR\ntables:\n", *sources]))
    load(tmp_path / "home", tmp_path / "ours")
    return finance


def kinds_of(seed: int) -> list[str]:
    """One kind for each of the first seeds, then two to six at once."""
    pick = random.Random(f"kinds {seed}")
    return [KINDS[seed]] if seed < len(KINDS) else pick.sample(KINDS, pick.randint(2, 6))


def require_explained(books: Books, found: reconcile.Outcome) -> None:
    """Every seeded cause is named and no other, and nothing remains in any month."""
    assert {row["cause"] for row in found.reasons.rows()} == books.seeded != set()
    assert [row for row in found.cells.rows() if row["remainder"]] == []
    assert found.found.difference == sum(row["amount"] for row in found.findings.rows())


@pytest.mark.parametrize("seed", slowly.after(2, SEEDS, every=4))
def test_seeded_discrepancies_are_named_and_leave_nothing(seed: int, tmp_path: Path) -> None:
    invoices, rates = discrepancies.made_up(seed)
    books = Books(invoices, rates, random.Random(seed))
    discrepancies.seed(books, kinds_of(seed))
    require_explained(books, compared(tmp_path, books))


@pytest.mark.skipif(not RETAIL, reason="ORDERBEAT_SAMPLES does not name the folder of real samples")
@pytest.mark.parametrize("seed", slowly.after(0, OF_RETAIL, every=6))
def test_seeded_discrepancies_of_a_real_company_are_named_and_leave_nothing(seed: int, tmp_path: Path) -> None:
    assert RETAIL
    invoices, rates = discrepancies.retail(RETAIL, seed)
    books = Books(invoices, rates, random.Random(seed))
    discrepancies.seed(books, kinds_of(seed))
    require_explained(books, compared(tmp_path, books))


def test_an_amount_that_nothing_explains_stays_unexplained(tmp_path: Path) -> None:
    invoices, rates = discrepancies.made_up(1)
    books = Books(invoices, rates, random.Random(1))
    finance = loaded_with_finance(tmp_path, books)
    with finance.open(encoding="utf-8", newline="") as handle:
        heading, first, *rows = csv.reader(handle)
    first[3] = str(Decimal(first[3]) + Decimal("371.13"))
    with finance.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([heading, first, *rows])
    found = outcome(tmp_path / "home", finance)
    assert (found.found.difference, found.found.explained, found.found.remainder) == (
        Decimal("371.13"), Decimal("0.00"), Decimal("371.13"),
    )  # fmt: skip
    assert "371.13 is unexplained" in reconcile.answer(found)


def test_the_command_compares_what_is_published_and_keeps_what_came_of_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    companies.load(home, companies.random_company(3))
    build.build(settings.current())
    finance = tmp_path / "totals.csv"
    months: dict[str, Decimal] = {}
    for row in access.query(build.EVERYTHING, reconcile.DOCUMENTS, {}).rows():
        month = row["ordered_on"].strftime("%m/%Y")
        months[month] = months.get(month, Decimal()) + row["revenue"]
    lines = [f"{month};{str(amount).replace('.', ',')}" for month, amount in months.items()]
    finance.write_text("\n".join(["Monat;Umsatz netto", *lines, "Summe;1,00"]), encoding="utf-8")
    assert main(["reconcile", str(finance)]) == 0
    said = capsys.readouterr().out
    assert "agree to the cent" in said
    assert "1 rows of totals are left out" in said
    kept = reconcile.last(home)
    assert kept
    assert (kept["file"], kept["difference"], kept["remainder"]) == ("totals.csv", "0.00", "0.00")
    assert (home / reconcile.KEPT).stat().st_mode & 0o077 == 0
    lines = [f"{month};{amount * 2}".replace(".", ",") for month, amount in months.items()]
    finance.write_text("\n".join(["Monat;Netto", *lines]), encoding="utf-8")
    assert main(["reconcile", str(finance), "--column", "amount=Netto", "--rows", str(tmp_path / "rows.csv")]) == 0
    assert f"{sum(months.values()):,.2f} is unexplained" in capsys.readouterr().out
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8-sig").startswith("Cause,Certainty,")
    assert main(["reconcile", str(finance), "--column", "Netto"]) == 3


def test_a_kept_comparison_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert reconcile.last(tmp_path) is None
    (tmp_path / reconcile.KEPT).write_text("{", encoding="utf-8")
    assert reconcile.last(tmp_path) is None
    (tmp_path / reconcile.KEPT).write_text(json.dumps({"file": "x"}), encoding="utf-8")
    assert reconcile.last(tmp_path) == {"file": "x"}
