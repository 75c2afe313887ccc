"""Leads and new accounts in one list: an account opens, a lead has nothing to open, and either is listed alone."""

from collections.abc import Callable

from tests.browser.chromium import Visit

LIST = "customers-qualification"


def test_an_account_opens_and_a_lead_does_not(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", list="leads", **{f"{LIST}-stage": "lead"})
    lead, stage = window.cells(LIST)[:2]
    assert stage == "lead"
    window.click_cell(LIST)
    assert "customer=" not in page.url

    window = visit()
    page = window.open("customers", list="leads", **{f"{LIST}-stage": "account"})
    account, stage = window.cells(LIST)[:2]
    assert stage == "account"
    assert account != lead
    window.click_cell(LIST)
    assert "customer=" in page.url
    assert page.locator(".st-key-headline h3").inner_text().startswith(account)
