"""Growth on screen: one row an account, its products beneath it, and the limits below which none is shown."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Visit
from tests.browser.test_work import rows_listed


@pytest.mark.slow
def test_a_row_opens_its_account_with_the_products(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="growth")
    expect(page.get_by_text(re.compile("bought at least one of the products"))).to_be_visible()
    window.click_cell("customers-growth")
    account = window.query()["customer"]
    page = window.open("customers", customer=account, goods="could_buy")
    promise = re.compile("in 90 days if it takes at least one of the products proposed")
    expect(page.get_by_text(promise).first).to_be_visible()
    said = page.get_by_text(re.compile(r"^[1-5] rows?$"))
    expect(said).to_have_count(1)


@pytest.mark.slow
def test_an_administrator_says_what_is_shown(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="growth", view_as="admin")
    before = rows_listed(window)
    page.locator(".st-key-growth-limits button").first.click()
    page.get_by_label("Least chance, percent").fill("25")
    page.get_by_role("button", name="Keep", exact=True).click()
    window.settle()
    assert 0 < rows_listed(window) < before
    director = visit(address=own_demo)
    page = director.open("customers", list="growth")
    assert rows_listed(director) < before
    assert page.locator(".st-key-growth-limits").count() == 0
