"""A rep's morning: what to do next, why, the decision, and second thoughts."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.chromium import PHONE, Visit


@pytest.fixture(scope="module")
def own_demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated company in a home of its own, where people may write."""
    home = tmp_path_factory.mktemp("work") / "home"
    shutil.copytree(demo_home, home)
    with chromium.served(home) as address:
        yield address


def case(window: Visit) -> str:
    return window.page.locator(".st-key-work-case").inner_text()


def top_two(window: Visit, list_key: str) -> tuple[list[str], list[str]]:
    """The first seven cells of the two first rows."""
    cells = window.cells(list_key)
    return cells[:7], cells[7:14]


def press(window: Visit, key: str) -> None:
    window.page.locator(f".st-key-work-{key} button").first.click()
    window.settle()


def test_open_read_why_accept_undo_snooze_and_drill(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="work")
    first, second = top_two(window, "customers-work_list")
    window.click_cell("customers-work_list")
    assert first[0] in case(window)
    assert "90 days" in case(window) and "chance" in case(window)
    link = page.url

    press(window, "accept")
    assert "accepted" in case(window)
    assert top_two(window, "customers-work_list-1")[0] == second
    press(window, "undo")
    assert top_two(window, "customers-work_list-2")[0] == first

    press(window, "snooze")
    page.get_by_role("button", name="7 days").click()
    window.settle()
    assert "snoozed" in case(window)
    again = visit(address=own_demo)
    again.page.goto(link)
    again.page.locator(".st-key-work-case").wait_for()
    again.settle()
    assert first[0] in case(again) and "snoozed" in case(again)
    press(again, "undo")

    press(again, "account")
    assert again.page.locator(".st-key-headline h3").inner_text().startswith(first[0])
    again.page.go_back()
    again.page.wait_for_url("**work=**")


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
