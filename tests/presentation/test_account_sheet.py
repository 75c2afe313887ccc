"""The printed account: one page whatever the names, its words as text, in both languages."""

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pypdf
import pytest

from data import settings
from data.people import growth_limits
from data.warehouse import access, build
from data.warehouse.access import Result
from presentation import account_sheet, periods, words
from presentation.filters import Filters
from tests import companies

DAY = dt.date(2026, 5, 14)
NAME = "ООО «Метиз» <b>&</b> *Söhne* \\ [x](y) ![i](j)"
EMAIL = "maximiliane.musterfrau-oberhuber@einkauf.stahlhandel-oberoesterreich.example.com"
COMPANY: companies.Company = {
    "sales_reps": [{"rep_id": "R1", "name": "Anna Żak"}],
    "customers": [{"customer_id": "C1", "name": NAME, "segment": "b2b", "industry": "Сталь", "owner_rep_id": "R1"}],
    "products": [{"product_id": f"P{i}", "name": f"Болт {i}", "category": "Крепёж"} for i in range(12)],
    "contacts": [{"contact_id": "K1", "customer_id": "C1", "name": "Иван Q. Lee", "role": "_Buyer_", "site": "Plant",
                  "email": EMAIL}],
    "quotes": [
        {"quote_id": f"Q{i}", "customer_id": "C1", "rep_id": "R1", "requested_on": DAY, "currency": "EUR",
         "amount": Decimal(10 + i), "valid_until": DAY}
        for i in range(7)
    ],
    "orders": [
        {"order_id": f"O{i}", "ordered_on": DAY - dt.timedelta(28 * i), "customer_id": "C1", "currency": "EUR"}
        for i in range(12)
    ],
    "order_lines": [
        {"order_id": f"O{i}", "line_no": 1, "product_id": f"P{i}", "quantity": Decimal(3), "unit_price": Decimal(9)}
        for i in range(12)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, COMPANY)
        build.build(settings.current())
    return home


@pytest.fixture
def fetch(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("ORDERBEAT_HOME", str(house))

    standing = {"decided": "[]", "as_of": access.snapshot().as_of}

    def asked(name: str, narrowed: Filters | None = None, **more: Any) -> Result:
        return access.query("director", name, standing | (narrowed.params() if narrowed else {}) | more)

    yield asked
    access._connections.clear()
    words.settle(None)


def printed(fetch: Any, language: str = "en") -> pypdf.PdfReader:
    narrowed = Filters(periods.window(DAY, "twelve_months", "last_year"))
    return pypdf.PdfReader(
        io.BytesIO(account_sheet.page(fetch, narrowed.about(customer="C1"), language, growth_limits.OURS))
    )


@pytest.mark.parametrize(("language", "heading"), [("en", "Open quotes"), ("ru", "Открытые КП")])
def test_says_who_what_is_open_and_whom_to_ask(fetch: Any, language: str, heading: str) -> None:
    (page,) = printed(fetch, language).pages
    said = page.extract_text()
    assert said.splitlines()[0] == NAME
    for part in (heading, "Сталь", "Иван Q. Lee", "_Buyer_", "Anna Żak"):
        assert part in said
    assert [f"Q{number}" for number in range(7) if f"Q{number}" not in said] == [], "there is room for all of them"


@pytest.mark.parametrize("word", ["W" * 300, "Щ щи " * 60, "a\n\n\tb\x07 " * 40, "\u202eשלום 👍 " * 30])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_is_one_page_with_room_for_the_longest_names_and_lists(fetch: Any, language: str, word: str) -> None:
    def fullest(name: str, narrowed: Filters | None = None, **more: Any) -> Result:
        found = fetch(name, narrowed, **more)
        rows = found.rows() or [dict.fromkeys(found.table.column_names)]
        filled = [filled_row(found, row, word) for row in rows * more.get("page_rows", 1)][: more.get("page_rows")]
        return Result(pa.Table.from_pylist(filled, found.table.schema), found.query, found.params, found.snapshot)

    (page,) = printed(fullest, language).pages
    heights: list[float] = []
    page.extract_text(
        visitor_text=lambda said, cm, tm, font, size: heights.append(tm[5] + cm[5]) if said.strip() else None
    )
    foot, lowest = sorted(set(heights))[:2]
    assert lowest - foot > 5, "the lists run into the foot"
    assert foot > 20


def filled_row(found: Result, row: dict[str, Any], word: str) -> dict[str, Any]:
    """The row with the longest words and figures everywhere; codes stay, unless the row is empty."""
    longest = {
        "text": word, "id": word, "label": "stopped", "money": Decimal("-123456789012.34"), "ratio": -9876.54321,
        "count": 999_999_999, "quantity": Decimal("999999.999"), "days": 9_999, "factor": 99.9, "score": 10,
        "date": dt.date(2025, 9, 30), "flag": True, "price": 123456.789,
    }  # fmt: skip
    said = {column: longest[unit] for column, unit in found.query.units.items() if unit != "label" or not row[column]}
    return row | said | ({"rhythm": "late"} if "rhythm" in row else {})


def test_an_address_is_printed_whole(fetch: Any) -> None:
    (page,) = printed(fetch).pages
    assert EMAIL in page.extract_text().replace("\n", "")


def test_the_lower_half_is_used(fetch: Any) -> None:
    """By more rows, and by lists that are left out where the others take the sheet."""
    (page,) = printed(fetch).pages
    said = page.extract_text()
    assert "Last orders" in said
    assert [f"O{number}" for number in range(8) if f"O{number} " not in f"{said} "] == []
    heights: list[float] = []
    page.extract_text(visitor_text=lambda words, cm, tm, font, size: heights.append(tm[5]) if words.strip() else None)
    _, lowest = sorted(set(heights))[:2]
    assert lowest < 90, "points above the lower edge"
