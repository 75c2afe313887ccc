"""The link is the view: what is chosen stands in it, it reopens the same, it travels, and Back walks it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from data.loading import inputs
from tests import slowly
from tests.browser.chromium import Visit


def checked(window: Visit) -> list[str]:
    return window.page.locator(".st-key-filters [role=radio][aria-checked=true]").all_inner_texts()


def selected(window: Visit) -> list[str]:
    return window.page.locator(".st-key-filters input[role=combobox]").evaluate_all("all => all.map(e => e.value)")


def test_what_is_chosen_stands_in_the_link_and_reopens(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers")
    page.get_by_role("radio", name="Quarter", exact=True).click()
    window.settle()
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Dealers", exact=True).click()
    window.settle()
    assert window.query() == {"period": "quarter", "segment": "dealer"}
    figures = page.locator(".st-key-cards-customers-kpis").inner_text()

    again = visit()
    again.page.goto(page.url)
    again.page.locator(".st-key-cards-customers-kpis").wait_for()
    again.settle()
    assert checked(again) == ["Quarter", "Last year"]
    assert again.page.locator(".st-key-cards-customers-kpis").inner_text() == figures
    assert again.query() == {"period": "quarter", "segment": "dealer"}


@pytest.mark.parametrize(
    "query",
    slowly.after(
        1,
        [
            {"period": "Квартал", "segment": "Дилеры", "owner": "Anna Maier"},
            {"period": "quarter", "segment": "dealer", "owner": "R006"},
            {"period": "Quarter", "segment": "Dealers", "owner": "Anna Maier"},
            {"period": "quarter", "segment": "Dealers", "owner": "R006", "language": "ru"},
        ],
    ),
)
def test_a_link_understands_codes_and_words_of_both_languages(
    query: dict[str, str], visit: Callable[..., Visit]
) -> None:
    window = visit()
    window.open("customers", **query)
    russian = "language" in query
    assert checked(window) == (["Квартал", "Прошлый год"] if russian else ["Quarter", "Last year"])
    assert selected(window) == (["Дилеры", "Anna Maier"] if russian else ["Dealers", "Anna Maier"])


def test_nonsense_in_a_link_is_no_choice(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", period="eon", segment="x' or 1=1", owner="R999", compare="", language="tlh")
    assert checked(window) == ["12 months", "Last year"]
    assert page.locator(".st-key-failure").count() == 0


def test_filters_travel_to_other_pages_and_back_undoes_one_step_at_a_time(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", period="quarter", compare="previous")
    window.click_cell("customers-book")
    assert window.query().keys() == {"period", "compare", "customer"}
    opened = page.locator(".st-key-headline h3").inner_text()
    window.go("Negotiations")
    assert window.query() == {"period": "quarter", "compare": "previous"}
    assert checked(window) == ["Quarter", "Previous period"]

    page.go_back()
    page.wait_for_url("**customer=**")
    window.settle()
    assert page.locator(".st-key-headline h3").inner_text() == opened
    page.go_back()
    page.wait_for_url(lambda url: "customer=" not in url)
    window.settle()
    assert "/customers?" in page.url
    assert checked(window) == ["Quarter", "Previous period"]
    assert page.locator(".st-key-customers-book").count() == 1


def test_back_undoes_another_language_for_good(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", language="en")
    page.locator(".st-key-top [data-testid=stPopover] button").first.click()
    page.locator(".st-key-language input").click()
    page.get_by_role("option", name="Русский").click()
    window.settle()
    assert window.query()["language"] == "ru"
    page.keyboard.press("Escape")
    page.go_back(wait_until="commit")
    window.settle()
    page.locator(".st-key-period").get_by_text("Quarter", exact=True).click()
    window.settle()
    assert window.query() == {"language": "en", "period": "quarter"}


def test_from_the_list_to_the_customer_to_the_order_to_its_lines(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", period="quarter")
    name = window.cells("customers-book")[0]
    window.click_cell("customers-book")
    assert page.locator(".st-key-headline h3").inner_text().startswith(name)
    order = window.cells("customers-orders")[1]
    window.click_cell("customers-orders")
    assert window.query()["order"] == order
    lines = page.locator("[data-testid=stDataFrame]").last.locator("canvas td")
    expect(lines.first).to_have_text("1")
    assert page.get_by_text(f"Lines of order {order}").is_visible()
    page.get_by_role("button", name="All accounts").click()
    window.settle()
    assert window.query() == {"period": "quarter"}
    page.go_back()
    page.wait_for_url("**order=**")
    assert window.query()["order"] == order


def test_from_a_rep_to_the_accounts_of_that_rep(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("team", period="quarter")
    name = window.cells("reps")[0]
    window.click_cell("reps")
    page.wait_for_url("**rep=**")
    page.get_by_role("link", name="Open the accounts").click()
    page.wait_for_url("**/customers?**")
    window.settle()
    assert window.query().keys() == {"period", "owner"}
    assert selected(window) == ["", name]


@pytest.mark.slow
def test_from_a_catalog_to_its_products_their_buyers_and_what_these_ordered(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", list="groups")
    catalog, segment, *_ = window.cells("like-for-like")
    window.click_cell("like-for-like")
    assert selected(window)[-1] == catalog
    assert segment in selected(window)
    window.open("catalogs", period="year")
    page.locator("[data-testid=stVegaLiteChart] .mark-rect path").first.click()
    page.wait_for_url("**catalog=**")
    window.settle()
    assert window.query().keys() == {"period", "segment", "catalog"}
    product = window.cells("catalogs-products")[0]
    window.click_cell("catalogs-products")
    assert product in page.locator(".st-key-headline h3").inner_text()
    buyer = window.cells("catalogs-product_buyers")[0]
    window.click_cell("catalogs-product_buyers")
    page.wait_for_url("**/customers?**")
    window.settle()
    assert buyer in page.locator(".st-key-headline h3").inner_text()
    window.click_cell("customers-orders")
    assert window.query().keys() == {"period", "segment", "catalog", "customer", "order"}
    expect(page.get_by_text(f"Lines of order {window.query()['order']}")).to_be_visible()
    page.go_back()
    page.wait_for_function("!location.search.includes('order=')")
    window.settle()
    assert buyer in page.locator(".st-key-headline h3").inner_text()


@pytest.mark.parametrize("role", slowly.after(1, ["ecommerce", "director"]))
def test_from_a_category_of_the_catalogs_to_those_who_leave_it(
    role: str, larger_demo: str, visit: Callable[..., Visit]
) -> None:
    window = visit(address=larger_demo)
    page = window.open("catalogs", view_as=role, period="quarter")
    category = window.cells("category-losses")[0]
    window.click_cell("category-losses")
    page.wait_for_url("**/customers?**")
    window.settle()
    assert window.query()["category"] == category
    assert category in page.get_by_text("Leaving").inner_text()
    leaving = window.rows_found()
    page.get_by_role("button", name="All categories").click()
    window.settle()
    assert "category" not in window.query()
    assert window.rows_found() > leaving


@pytest.mark.slow
def test_products_are_narrowed_to_a_movement_and_lead_to_what_goes_with_them(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("catalogs", **{"catalogs-products-movement": "rising"})
    rising = window.rows_found()
    assert window.cells("catalogs-products")[1] == "rising"
    window.open("catalogs")
    assert window.rows_found() > rising > 0
    window.open("catalogs", list="pairs")
    product, *_ = window.cells("catalogs-pairs")
    window.click_cell("catalogs-pairs")
    assert product in page.locator(".st-key-headline h3").inner_text()
    window.click_cell(f"catalogs-pairs-{window.query()['product']}")
    assert product not in page.locator(".st-key-headline h3").inner_text()


@pytest.mark.parametrize(
    ("place", "kind", "table", "holder"),
    [("customers", "customer", "customers", "owner_rep_id"), ("negotiations", "negotiation", "quotes", "rep_id")],
)
def test_what_belongs_to_others_is_not_found_and_not_told(
    place: str, kind: str, table: str, holder: str, demo_home: Path, visit: Callable[..., Visit]
) -> None:
    """A rep is sent a link by the director: it must not say whether the thing exists."""
    foreign = next(row for row in rows(demo_home, table) if row[holder] == "R013")[f"{table[:-1]}_id"]
    window = visit()
    page = window.open(place, view_as="director", **{kind: foreign})
    name = page.locator(".st-key-headline h3").inner_text().split(" · ")[0]
    answers = []
    for asked in (foreign, "C99999999"):
        page = window.open(place, view_as="rep:R006", **{kind: asked})
        assert page.get_by_text("Not found.", exact=True).is_visible()
        said = window.text()
        assert name not in said
        assert asked not in said
        answers.append(said)
    assert answers[0] == answers[1]


def test_an_order_of_another_customer_shows_no_lines(demo_home: Path, visit: Callable[..., Visit]) -> None:
    own, foreign = (
        {row["customer_id"] for row in rows(demo_home, "customers") if row["owner_rep_id"] == rep}
        for rep in ("R006", "R013")
    )
    order = next(row["order_id"] for row in rows(demo_home, "orders") if row["customer_id"] in foreign)
    page = visit().open("customers", view_as="rep:R006", customer=min(own), order=order)
    assert page.locator(".st-key-failure").count() == 0
    assert page.get_by_text("None.", exact=True).is_visible()


def rows(home: Path, table: str) -> list[dict[str, Any]]:
    loaded = inputs.current(home)
    assert loaded is not None
    return pq.read_table(loaded.files(table)).to_pylist()


def test_search_and_order_of_a_list_stand_in_the_link(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers")
    page.get_by_placeholder("Search by name").fill("steel")
    page.get_by_placeholder("Search by name").press("Enter")
    page.wait_for_url("**steel**")
    window.settle()
    expect(page.locator(".st-key-customers-book canvas td").first).to_contain_text("steel", ignore_case=True)
    names = window.cells("customers-book")[:1]
    again = visit()
    again.page.goto(page.url)
    again.page.locator(".st-key-customers-book canvas").first.wait_for()
    again.settle()
    assert again.cells("customers-book")[:1] == names
