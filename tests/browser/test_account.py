"""The page of one customer: its parts, what opens what, what was not loaded, and the printed sheet."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest

from data import settings
from data.warehouse import build
from tests import companies
from tests.browser import chromium
from tests.browser.chromium import PHONE, Visit

DAY = dt.date(2026, 5, 14)
BARE: companies.Company = {
    "customers": [{"customer_id": "C1", "name": "Alpha Ltd"}],
    "products": [{"product_id": "P1", "name": "Bolt", "category": "Bolts"}],
    "orders": [{"order_id": "O1", "ordered_on": DAY, "customer_id": "C1", "currency": "EUR"}],
    "order_lines": [
        {"order_id": "O1", "line_no": 1, "product_id": "P1", "quantity": Decimal(3), "unit_price": Decimal("1.5")}
    ],
}
RELATIONS: companies.Company = {
    "sales_reps": [{"rep_id": "R1", "name": "Solo Rep"}],
    "quotes": [
        {"quote_id": "Q1", "customer_id": "C1", "rep_id": "R1", "requested_on": DAY - dt.timedelta(60),
         "issued_on": DAY - dt.timedelta(50), "valid_until": DAY - dt.timedelta(1), "currency": "EUR",
         "amount": Decimal(4321)}
    ],
    "quote_events": [
        {"event_id": "E1", "quote_id": "Q1", "occurred_at": dt.datetime(2026, 4, 1, 9), "stage": "haggling",
         "contact_id": "K1"}
    ],
    "contacts": [{"contact_id": "K1", "customer_id": "C1", "name": "Ann Lee", "role": "Buyer", "site": "Plant 7"}],
    "contracts": [
        {"contract_id": "T1", "customer_id": "C1", "starts_on": dt.date(2025, 6, 1), "review_on": DAY,
         "ends_on": DAY + dt.timedelta(30), "annual_value": Decimal(9000)}
    ],
    "activities": [
        {"activity_id": "A1", "customer_id": "C1", "occurred_on": DAY - dt.timedelta(3), "kind": "visit",
         "contact_id": "K1"}
    ],
    "feedback": [
        {"feedback_id": "F1", "customer_id": "C1", "given_on": DAY - dt.timedelta(9), "score": 6, "comment": "Slow"}
    ],
}  # fmt: skip
SAYS = {
    "open_quotes": ["4321", "Q1", "yes"],
    "contracts": ["review due", "9000", "T1"],
    "returns": ["Nothing was returned in the last 365 days.", "Slow"],
    "contacts": ["Ann Lee", "Buyer", "Plant 7"],
    "timeline": ["visit", "haggling", "6 / 10: Slow", "O1"],
}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_THREADS", "1")


def published(home: Path, company: companies.Company) -> Path:
    companies.load(home, company)
    build.build(settings.current())
    return home


@pytest.mark.slow
def test_every_part_is_shown_and_leads_on(home: Path, tmp_path: Path, visit: Callable[..., Visit]) -> None:
    with chromium.served(published(home, BARE | RELATIONS)) as address:
        window = visit(address=address)
        page = window.open("customers", customer="C1")
        said = window.text()
        for part in ("Alpha Ltd", "1 order", "Last contact 11 May 2026 (visit).", "Would recommend us: 6 of 10"):
            assert part in said
        assert "Not loaded, so not shown: catalog_items." in said
        for section, parts in SAYS.items():
            window.open("customers", customer="C1", dealings=section)
            said = window.text().replace(",", "")
            assert [part for part in parts if part not in said] == [], section
        window.click_cell("customers-account_timeline", row=0)
        assert window.query()["order"] == "O1"
        assert page.get_by_text("Lines of order O1").is_visible()

        with page.expect_download() as download:
            page.get_by_role("button", name="Print").click()
        download.value.save_as(tmp_path / "account.pdf")
        (sheet,) = pypdf.PdfReader(tmp_path / "account.pdf").pages
        assert sheet.extract_text().startswith("Alpha Ltd")
        assert all(part in sheet.extract_text() for part in ("Bolt", "Q1", "Ann Lee"))

        window.open("customers", customer="C1", dealings="open_quotes", period="quarter")
        window.click_cell("customers-account_quotes")
        page.wait_for_url("**/negotiations?**")
        window.settle()
        assert window.query() == {"period": "quarter", "negotiation": "Q1"}
        assert page.locator(".st-key-headline h3").inner_text().startswith("Alpha Ltd")
        window.close()


def test_what_was_not_loaded_is_said_in_one_line(home: Path, visit: Callable[..., Visit]) -> None:
    with chromium.served(published(home, BARE)) as address:
        window = visit(address=address, size=PHONE)
        page = window.open("customers", customer="C1", dealings="contracts")
        assert page.get_by_role("radio", name="Contracts").count() == 0
        assert page.get_by_role("radio", name="Orders", exact=True).is_checked()
        said = window.text()
        assert "Not loaded, so not shown: quotes, contracts, contacts, feedback, activities, catalog_items." in said
        assert "Last contact" not in said
        assert "recommend" not in said
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.close()


@pytest.mark.slow
def test_the_strip_has_its_numbers_beside_it(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers")
    window.click_cell("customers-book")
    assert page.locator("[data-testid=stVegaLiteChart]").count() == 2
    page.get_by_role("button", name="How is this computed?").nth(1).click()
    window.settle()
    assert page.get_by_text("Months by category", exact=True).is_visible()
    assert page.locator("[data-testid=stPopoverBody] [data-testid=stDataFrame]").count() > 3
