"""Catalogs: from leakage to its lines, rules one may change, what-ifs, proposals to take along, and for whom."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from data import contract
from tests.browser.chromium import Visit
from tests.browser.test_links import rows

LISTS = ("products", "groups", "discounts", "matrix", "pairs", "proposals")
ASKED = "To earn as much as at today's price, units must change by"


@pytest.mark.slow
def test_from_leakage_to_its_lines_to_the_order_and_back(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", list="discounts", leaked_by="by_product", period="quarter")
    product = window.cells("catalogs-leakage-1")[0]
    window.click_cell("catalogs-leakage-1")
    number, said = (
        page.get_by_text("sold below the approved price").inner_text().removeprefix(f"{product}: ").split()[:2]
    )
    assert said in ("line", "lines")
    assert window.rows_found() == int(number.replace(",", "")) > 0
    asked, order = window.query(), window.cells("catalogs-leaking_lines")[1]
    window.click_cell("catalogs-leaking_lines")
    page.wait_for_url("**/customers?**")
    window.settle()
    assert window.query().keys() == {"period", "customer", "order"}
    assert window.query()["order"] == order
    assert page.get_by_text(f"Lines of order {order}").is_visible()
    for _ in range(2):  # going to another page writes what it opens into the link of this one first
        page.go_back()
    page.wait_for_url("**leaking=**")
    window.settle()
    assert window.query() == asked
    page.get_by_role("button", name="All that was sold below approved prices").click()
    window.settle()
    assert window.query().keys() == asked.keys() - {"leaking"}


@pytest.mark.slow
def test_who_plays_which_role_follows_the_lines_one_draws(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", list="matrix", **{"catalogs-assortment-role": "traffic"})
    half = window.rows_found()
    assert page.get_by_text("in more orders than 50% of the products").is_visible()
    page.locator(".st-key-catalogs-assortment-filters button").first.click()
    page.get_by_role("combobox", name="Wanted from").click()
    page.get_by_role("option", name="90%", exact=True).click()
    window.settle()
    assert page.get_by_text("in more orders than 90% of the products").is_visible()
    tenth = window.rows_found()
    assert 0 < tenth < half
    assert window.query() == {
        "list": "matrix", "catalogs-assortment-role": "traffic", "catalogs-assortment-demand_split": "0.9",
    }  # fmt: skip
    again = visit()
    again.open("catalogs", **window.query())
    assert again.rows_found() == tenth


def test_another_price_is_answered_with_what_it_takes(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", list="matrix")
    assert "At −5.0% the margin would be" in window.text()
    page.get_by_role("radio", name="−20%").click()
    window.settle()
    deep = page.get_by_text("At −20.0% the margin would be").inner_text()
    assert (
        "To earn as much as at today's price, units must change by +" in deep or "every unit is sold at a loss" in deep
    )
    page.get_by_role("radio", name="+10%").click()
    window.settle()
    assert (
        "To earn as much as at today's price, units must change by −"
        in page.get_by_text("At +10.0% the margin").inner_text()
    )
    assert window.query() == {"list": "matrix", "price_change": "0.1"}
    window.click_cell("catalogs-assortment")
    assert window.query().keys() == {"list", "price_change", "product"}
    expect(page.get_by_text("Told of 1 of 1 products")).to_be_visible()


def test_proposed_catalogs_are_files_that_load(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", list="proposals")
    page.locator(".st-key-proposal button").first.click()
    button = page.locator(".st-key-proposal-catalog_items button")
    button.wait_for()
    with page.expect_download() as download:
        button.click()
    content = Path(download.value.path()).read_text(encoding="utf-8-sig")
    heading, *items = csv.reader(io.StringIO(content, newline=""))
    columns = contract.table("catalog_items").columns
    assert {column.name for column in columns if column.required} <= set(heading) <= {column.name for column in columns}
    assert len(items) > 0
    assert len({item[heading.index("product_id")] for item in items}) == len(items)


def test_ecommerce_is_told_no_reps_and_no_notes(demo_home: Path, visit: Callable[..., Visit]) -> None:
    reps = [rep["name"] for rep in rows(demo_home, "sales_reps")]
    notes = [answer["comment"] for answer in rows(demo_home, "feedback") if answer["comment"]]
    contacts = [contact["name"] for contact in rows(demo_home, "contacts")]
    window = visit()
    for shown in LISTS:
        window.open("catalogs", view_as="ecommerce", list=shown)
        said = window.text()
        assert [name for name in (*reps, *notes, *contacts) if name in said] == [], shown
    assert window.page.get_by_role("link", name="Team", exact=True).count() == 0
