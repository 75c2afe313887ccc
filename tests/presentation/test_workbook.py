"""The workbook of a page: every list of it, read back as its query tells it, of one's own rows alone."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import queries
from data.errors import AccessDenied
from data.people import permissions
from data.settings import PROJECT
from data.warehouse import access
from presentation import export, spreadsheet, words, workbook
from presentation.filters import Filters, parse
from presentation.pages import BY_NAME
from tests import taking

# What a page names and its workbook does not hold: it belongs to one thing that is opened on the page, is drawn and not
# listed, or is the record of how something fared, which its list's sheet would repeat row by row.
NO_LISTS = {
    "customers": {
        "account_category_months", "account_contacts", "account_contracts", "account_feedback", "account_growth",
        "account_prices", "account_products", "account_quotes", "account_season", "account_timeline", "cadence",
        "order_lines", "orders", "work_reasons", "profile", "account_relationship", "work_item",
        "pareto", "outcomes", "growth_record", "qualification_accounts", "qualification_record",
        "qualification_weights", "track_record", "list_record", "holdout",
    },
    "catalogs": {
        "product", "product_buyers", "product_months_trend", "leaking_lines", "penetration_trend", "what_if",
        "what_if_noise", "what_if_record",
    },
    "negotiations": {
        "negotiation", "deal_people", "deal_versions", "path", "deal_item", "discount_response", "incidence",
        "programme", "win_record", "observed_since",
    },
    "team": {"coaching", "coaching_accounts", "coaching_quarters", "pipeline_record", "targets", "due_item"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def house(named_house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ORDERBEAT_HOME", str(named_house))
    yield
    access._connections.clear()


@pytest.mark.parametrize("page", workbook.LISTS)
def test_every_list_of_a_page_has_a_sheet(page: str) -> None:
    """Every query that a page names and that gives more than one row is there, or is told above to be no list."""
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT / "pages" / "ui" / page).glob("*.py")]
    texts.append((PROJECT / "pages" / f"{page}.py").read_text(encoding="utf-8"))
    named = {name for each in texts for name in re.findall(rf'"{page}\.(\w+)"', each)}
    many = {name for name in named if queries.load(f"{page}.{name}").grain != "one row"}
    listed = {listed.query.partition(".")[2] for listed in workbook.LISTS[page]}
    assert many - NO_LISTS[page] <= listed
    assert not listed & NO_LISTS[page]


def within(page: str, **codes: str | None) -> Filters:
    shown = access.snapshot()
    return parse(dt.date.fromisoformat(shown.as_of), codes, shown.coverage, BY_NAME[page].dated)


def made(page: str, scope: str, **codes: str | None) -> Any:
    content, _ = workbook.of_page(page, taking.viewer(scope), access.snapshot(), within(page, **codes))
    return openpyxl.load_workbook(io.BytesIO(content))


def as_read(value: Any) -> Any:
    """A value as openpyxl reads it back."""
    if isinstance(value, Decimal | float):
        return pytest.approx(float(value), abs=1e-9, rel=1e-12)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    if value == "":
        return None
    # A sign that no XML can hold is written as its number.
    return spreadsheet.plain(value.replace("\x07", "_x0007_") if isinstance(value, str) else value)


@pytest.mark.parametrize(
    ("page", "scope", "language", "codes"),
    [
        ("customers", "director", "en", {"segment": "dealer"}),
        ("catalogs", "ecommerce", "ru", {"period": "quarter", "compare": "previous"}),
        ("negotiations", "lead:R3", "ru", {"owner": "R4"}),
        ("team", "director", "en", {"period": "month", "team": "Team R3"}),
    ],
)
def test_it_reads_back_equal_to_the_queries(page: str, scope: str, language: str, codes: dict[str, str]) -> None:
    words.settle(language)
    book, f, shown = made(page, scope, **codes), within(page, **codes), access.snapshot()
    kept, last = workbook.kept(shown), book.sheetnames[-1]
    told = dict(book[last].iter_rows(values_only=True, max_col=2))
    sheets = iter(book.sheetnames)
    for listed in workbook.LISTS[page]:
        if workbook.title(listed) in told and workbook.title(listed) not in book.sheetnames:
            continue  # it says there why it is missing
        name = next(sheets)
        days = {"period": f, "compared": f.comparable, "compared_or_period": f.comparable or f}[listed.days]
        assert days is not None
        found = access.query(scope, listed.query, workbook.asked(listed, shown, days, kept, export.ROWS_ASKED))
        columns = export.headings(found)
        head, *rows = book[name].iter_rows(values_only=True)
        assert [*head] == [*columns.values()]
        expected = [[row[column] for column in columns] for row in export.in_words(found).rows()]
        assert len(rows) == len(expected)
        for mine, theirs in zip(rows, expected, strict=True):
            assert [*mine] == [as_read(value) for value in theirs], name
        assert queries.load(listed.query).path in told[name]
        assert book[name].freeze_panes == "B2"
    assert next(sheets) == last


@pytest.mark.parametrize("scope", ["rep:R5", "lead:R3", "ecommerce"])
def test_nobody_finds_another_s_rows_in_it_and_no_cell_is_run(scope: str) -> None:
    for page in workbook.LISTS if scope != "ecommerce" else [*workbook.LISTS][:3]:
        book = made(page, scope)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
        said = "\n".join(str(cell.value) for cell in cells)
        assert taking.foreign(said, scope) == set()
        assert len(cells) > 200


def test_rates_are_percentages_and_money_is_whole() -> None:
    words.settle("en")
    book = made("customers", "director")
    sheet = book["Book of accounts"]
    by_heading = {cell.value: cell.column for cell in sheet[1]}
    margin, revenue = (sheet.cell(2, by_heading[name]) for name in ("Margin rate", "Revenue, EUR"))
    assert (margin.number_format, revenue.number_format) == ("0.0%", "#,##0")


def test_a_page_that_is_not_theirs_is_refused() -> None:
    with pytest.raises(AccessDenied):
        workbook.of_page("team", taking.viewer("ecommerce"), access.snapshot(), within("team"))


def test_who_compares_nobody_is_told_no_moves() -> None:
    titles = {workbook.title(listed) for listed in workbook.LISTS["team"] if listed.query in permissions.QUERIES}
    assert len(titles) == 2
    told = {cell.value for row in made("team", "rep:R5")["Definitions"].iter_rows() for cell in row}
    assert not titles & told
