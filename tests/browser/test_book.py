"""The book of accounts: narrowed, with the columns one chose, kept in the link; and the health of the base."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pages.ui.customers import book
from tests.browser import chromium
from tests.browser.chromium import PHONE, Visit
from tests.browser.test_states import ONE_OF_EACH, publish_company

HEADINGS = ".st-key-customers-book canvas th"


def headings(window: Visit) -> list[str]:
    return window.page.locator(HEADINGS).all_text_contents()


def test_filters_and_columns_are_carried_by_the_link(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", list="accounts")
    everything = window.rows_found()
    page.locator(".st-key-customers-book-filters button").first.click()
    window.settle()
    page.get_by_role("combobox", name="Tier").click()
    page.get_by_role("option", name="long tail").click()
    window.settle()
    page.keyboard.press("Escape")
    window.settle()
    assert page.get_by_text("1 filter", exact=True).is_visible()
    assert 0 < window.rows_found() < everything
    page.locator(".st-key-customers-book-columns-menu button").first.click()
    window.settle()
    page.get_by_role("button", name="Health", exact=True).click()
    window.settle()
    page.get_by_role("button", name="Recency-frequency-money", exact=True).click()
    window.settle()
    page.keyboard.press("Escape")
    window.settle()
    asked = window.query()
    assert asked["customers-book-tier"] == "long_tail"
    assert {"rfm"} == {*asked["customers-book-columns"].split(",")} - {*book.SHOWN}
    assert "health" not in asked["customers-book-columns"].split(",")
    again = visit()
    again.open("customers", **asked)
    assert again.rows_found() == window.rows_found()
    assert headings(again) == headings(window)
    assert "Customer" in headings(again)
    assert "Health" not in headings(again)


def test_a_link_that_names_nothing_known_shows_everything(visit: Callable[..., Visit]) -> None:
    window, plain = visit(), visit()
    plain.open("customers", list="accounts")
    codes = {"customers-book-tier": "giant", "customers-book-columns": "salary,,customer"}
    window.open("customers", list="accounts", **codes)
    assert window.rows_found() == plain.rows_found()
    assert headings(window) == headings(plain)


def test_the_base_answers_and_fits_both_screens(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", list="base")
    window.shot("base-1280-light")
    said = window.text()
    assert re.search(r"[\d.]+% of the compared revenue stayed, [\d.]+% with what accounts added", said)
    assert re.search(r"In the long tail [\d.]+% of revenue is missed \([\d.]+%–[\d.]+%\)", said)
    assert page.locator(".st-key-failure").count() == 0
    assert page.locator("[data-testid=stVegaLiteChart]").count() == 3
    page.get_by_role("radio", name="Quarter", exact=True).last.click()
    window.settle()
    assert window.query()["cohort_step"] == "quarter"
    assert re.search(r"20\d\d Q[1-4]", window.text())
    for language in ("en", "ru"):
        phone = visit(size=PHONE)
        phone.open("customers", list="base", language=language)
        phone.shot(f"base-390-light-{language}")
        assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_a_base_without_sales_says_so(home: Path, visit: Callable[..., Visit]) -> None:
    silent = {"customer_id": "C2", "name": "Silent Ltd", "owner_rep_id": "R1"}
    publish_company(home, {**ONE_OF_EACH, "customers": [*ONE_OF_EACH["customers"], silent]})
    with chromium.served(home) as address:
        window = visit(address=address)
        window.open("customers", list="base")
        assert "Nothing to compare with." in window.text()
        assert window.page.locator("[data-testid=stVegaLiteChart]").count() == 1
        window.open("customers", list="base", owner="R1")
        for sentence in ("No account bought in this period.", "Nobody has ordered yet.", "in the last 365 days"):
            assert window.page.get_by_text(sentence).is_visible()
        assert window.page.locator("[data-testid=stVegaLiteChart], .st-key-failure").count() == 0
        window.shot("base-nothing-1280-light")
        window.close()
