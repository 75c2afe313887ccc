"""A rep's morning: what to do next, why, the decision, and second thoughts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests import slowly
from tests.browser.chromium import DESKTOP, PHONE, Visit


def case(window: Visit) -> str:
    return window.page.locator(".st-key-work-case").inner_text()


def customers(window: Visit, list_key: str) -> list[str]:
    """Of the two first rows."""
    return window.page.locator(f".st-key-{list_key} canvas td[aria-colindex='1']").all_text_contents()[:2]


def press(window: Visit, key: str) -> None:
    window.page.locator(f".st-key-work-{key} button").first.click()
    window.settle()


@pytest.mark.parametrize("size", slowly.after(1, [DESKTOP, PHONE]), ids=["desktop", "phone"])
def test_a_rep_s_morning(size: dict[str, int], own_demo: str, visit: Callable[..., Visit]) -> None:
    """Opens, filters to own late accounts, reads why, accepts, thinks again, snoozes, shares, drills to a line."""
    window = visit(address=own_demo, size=size)
    page = window.open("customers", view_as="rep:R007")
    everything = window.rows_found()
    page.locator(".st-key-customers-work_list-filters button").first.click()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="late", exact=True).click()
    page.keyboard.press("Escape")
    window.settle()
    assert window.query()["customers-work_list-alert"] == "late"
    assert 2 <= window.rows_found() < everything
    first, second = customers(window, "customers-work_list")
    window.click_cell("customers-work_list")
    assert first in case(window)
    assert "90 days" in case(window)
    assert "chance" in case(window)
    link = page.url

    press(window, "accept")
    assert "accepted" in case(window)
    assert customers(window, "customers-work_list-1")[0] == second
    press(window, "undo")
    assert customers(window, "customers-work_list-2") == [first, second]

    press(window, "snooze")
    page.get_by_role("button", name="7 days").click()
    window.settle()
    assert "snoozed" in case(window)
    colleague = visit(address=own_demo, size=size)
    colleague.page.goto(link)
    colleague.page.locator(".st-key-work-case").wait_for()
    colleague.settle()
    assert first in case(colleague)
    assert "snoozed" in case(colleague)
    press(colleague, "undo")

    press(colleague, "account")
    there = colleague.page
    assert first in there.locator(".st-key-headline h3").inner_text()
    order = colleague.cells("customers-orders")[1]
    colleague.click_cell("customers-orders")
    expect(there.get_by_text(f"Lines of order {order}")).to_be_visible()
    assert there.evaluate("document.documentElement.scrollWidth <= innerWidth")
    there.go_back()
    there.wait_for_function("!location.search.includes('order=')")
    there.go_back()
    there.wait_for_url("**of=**")
    colleague.settle()
    assert first in case(colleague)


@pytest.mark.parametrize("size", slowly.after(1, [DESKTOP, PHONE]), ids=["desktop", "phone"])
def test_a_rep_s_monday_takes_few_clicks(size: dict[str, int], own_demo: str, visit: Callable[..., Visit]) -> None:
    """Three accounts taken up, put off and dismissed from the list a rep finds first; twelve clicks are too many."""
    window = visit(address=own_demo, size=size)
    page = window.open("customers", view_as="rep:R006")
    listed, clicks = [], 0
    for number, deed in enumerate(("accept", "snooze", "dismiss")):
        window.click_cell("customers-work_list" if not number else f"customers-work_list-{number}")
        press(window, deed)
        clicks += 2
        if deed != "accept":
            page.get_by_role("button", name="7 days" if deed == "snooze" else "Not needed").click()
            window.settle()
            clicks += 1
        listed.append(window.query()["of"])
    assert clicks < 12
    assert len(set(listed)) == 3
    window.open("customers", view_as="rep:R006")
    assert not {*listed} & {window.query().get("of")}
    for customer in listed:
        window.open("customers", view_as="rep:R006", list="work", of=customer)
        press(window, "undo")


@pytest.mark.slow
def test_the_second_of_two_is_told_who_was_quicker(own_demo: str, visit: Callable[..., Visit]) -> None:
    one, other = visit(address=own_demo), visit(address=own_demo)
    for window in (one, other):
        window.open("customers", list="work")
        window.click_cell("customers-work_list", row=2)
    press(one, "accept")
    press(other, "accept")
    expect(other.page.locator(".st-key-failure")).to_contain_text("acted on this first")
    assert case(other).count("accepted") >= 1
    press(one, "undo")


def test_by_keyboard_alone(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="work")
    window.click_cell("customers-work_list", row=1)
    link = page.url
    page.goto(link)
    page.locator(".st-key-work-case").wait_for()
    window.settle()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").endswith("Accept"):
            break
    page.keyboard.press("Enter")
    page.locator(".st-key-work-undo").wait_for()
    window.settle()
    assert "accepted" in case(window)
    press(window, "undo")


def test_on_a_phone_nothing_scrolls_sideways(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo, size=PHONE)
    page = window.open("customers", list="work", view_as="rep:R006")
    assert page.get_by_role("radio", name="Work list").get_attribute("aria-checked") == "true"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_rep_sees_the_work_list_first(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", view_as="rep:R006")
    assert page.locator(".st-key-customers-work_list").count() == 1


@pytest.mark.slow
def test_a_rep_is_not_told_what_others_decided(own_demo: str, visit: Callable[..., Visit]) -> None:
    """Not in the list, and not in how it is computed either."""
    window = visit(address=own_demo)
    window.open("customers", list="work", owner="R013")
    window.click_cell("customers-work_list")
    foreign = window.query()["of"]
    press(window, "accept")
    rep = visit(address=own_demo)
    page = rep.open("customers", list="work", view_as="rep:R006")
    page.locator("[class*=st-key-origin-customers-work_list] button").first.click()
    rep.settle()
    assert page.get_by_text("queries/customers/work_list.sql").count() >= 1
    assert foreign not in page.content()
    press(window, "undo")


def rows_listed(window: Visit) -> int:
    """How many things to do the list has on all its pages."""
    (said,) = window.page.get_by_text(re.compile(r"^[\d,]+ rows?$")).all_inner_texts()
    return int(said.split()[0].replace(",", ""))


@pytest.mark.slow
def test_an_administrator_holds_accounts_out(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="work", view_as="admin")
    before = rows_listed(window)
    press(window, "outcomes")
    expect(page.get_by_text("Nothing is held out of the list")).to_be_visible()
    page.get_by_label("Held out of the list, percent").fill("5")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Accounts are held out since")).to_be_visible()
    window.settle()
    assert 0 < rows_listed(window) < before

    director = visit(address=own_demo)
    page = director.open("customers", list="work")
    press(director, "outcomes")
    expect(page.get_by_text("Accounts are held out since")).to_be_visible()
    assert page.get_by_label("Held out of the list, percent").count() == 0
    rep = visit(address=own_demo)
    page = rep.open("customers", list="work", view_as="rep:R006")
    press(rep, "outcomes")
    page.get_by_text("Nothing has been accepted yet").wait_for()
    assert page.get_by_text("held out").count() == 0
