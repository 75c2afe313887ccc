"""States other than plenty: nothing loaded, half of it, one row of it, and a damaged snapshot."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from data import publish, settings
from data.warehouse import build
from tests import companies
from tests.browser import chromium
from tests.browser.chromium import Visit

DAY = dt.date(2026, 5, 14)
ONE_ROW: companies.Company = {
    "customers": [{"customer_id": "C1", "name": "Only One Ltd"}],
    "products": [{"product_id": "P1", "name": "Bolt"}],
    "orders": [{"order_id": "O1", "ordered_on": DAY, "customer_id": "C1", "currency": "EUR"}],
    "order_lines": [
        {"order_id": "O1", "line_no": 1, "product_id": "P1", "quantity": Decimal(3), "unit_price": Decimal("1.5")}
    ],
}
ONE_OF_EACH: companies.Company = {
    **ONE_ROW,
    "sales_reps": [{"rep_id": "R1", "name": "Solo Rep"}],
    "catalogs": [{"catalog_id": "K1", "name": "The Catalog"}],
    "quotes": [
        {"quote_id": "Q1", "customer_id": "C1", "rep_id": "R1", "requested_on": DAY, "currency": "EUR",
         "amount": Decimal(10)}
    ],
}  # fmt: skip


def test_an_empty_home_says_what_to_do_first(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    with chromium.served(tmp_path) as address:
        window = visit(address=address)
        window.page.goto(f"{address}/customers")
        window.page.get_by_text("Nothing is loaded yet").wait_for()
        window.page.locator("[data-testid=stFileUploaderDropzone]").wait_for()
        assert "python -m data demo" in window.page.locator("code").inner_text()
        assert window.page.get_by_text("Load your own files", exact=True).is_visible()
        window.shot("empty-1280-light")
        window.close()


def test_pages_without_their_tables_say_which_to_load(home: Path, visit: Callable[..., Visit]) -> None:
    publish_company(home, ONE_ROW)
    with chromium.served(home) as address:
        window = visit(address=address)
        for place, table in (("negotiations", "quotes"), ("team", "sales_reps")):
            page = window.open(place)
            assert page.get_by_text(f"This page needs {table}").is_visible()
            assert page.get_by_text("python -m data template FOLDER").is_visible()
            assert page.locator("[data-testid=stMetric]").count() == 0
        for place in ("customers", "catalogs"):
            page = window.open(place)
            assert page.locator(".st-key-failure").count() == 0
            assert page.locator("[data-testid=stMetric]").count() >= 4
        window.shot("catalogs-without-catalogs-1280-light")
        window.close()


@pytest.mark.slow
def test_a_company_of_one_row_each_is_shown(home: Path, visit: Callable[..., Visit]) -> None:
    publish_company(home, ONE_OF_EACH)
    with chromium.served(home) as address:
        window = visit(address=address)
        for place in ("customers", "catalogs", "negotiations", "team", "data_admin"):
            page = window.open(place, view_as="admin")
            assert page.locator(".st-key-failure").count() == 0, place
            assert page.locator(".st-key-headline h3").inner_text()
            window.shot(f"{place}-one-row-1280-light")
        window.open("customers", customer="C1", order="O1")
        assert "Bolt" in window.text()
        window.open("catalogs", product="P1")
        window.open("negotiations", negotiation="Q1")
        assert window.page.locator(".st-key-failure").count() == 0
        window.close()


@pytest.mark.slow
def test_a_damaged_snapshot_falls_back_and_says_so(home: Path, visit: Callable[..., Visit]) -> None:
    publish_company(home, ONE_OF_EACH)
    newest = build.build(settings.current()).path
    next(newest.glob("*.duckdb")).write_bytes(b"")
    assert not publish.is_sound(newest)
    with chromium.served(home) as address:
        window = visit(address=address)
        for place in ("customers", "team"):
            page = window.open(place)
            assert page.get_by_text(f"Snapshot {newest.name} is damaged").is_visible()
            assert page.get_by_text("Only One Ltd").count() or window.cells("customers-book") or place == "team"
        window.shot("damaged-1280-light")
        window.close()


def test_new_data_reach_an_open_page_with_the_next_click(home: Path, visit: Callable[..., Visit]) -> None:
    publish_company(home, ONE_OF_EACH)
    with chromium.served(home) as address:
        window = visit(address=address)
        window.open("customers")
        newer = build.build(settings.current()).path.name
        assert f"snapshot {newer}" not in window.text()
        window.page.get_by_role("radio", name="Quarter", exact=True).click()
        window.page.get_by_text(f"snapshot {newer}").wait_for()
        window.close()


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_THREADS", "1")


def publish_company(home: Path, company: companies.Company) -> None:
    companies.load(home, company)
    build.build(settings.current())
