"""Negotiations: from the pipeline to one deal and back, its panels one by one, and for whom."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pages.ui.negotiations.pipeline import MOVEMENTS, NEXT_STEPS
from presentation.labels import CODES
from tests import slowly
from tests.browser.chromium import DESKTOP, PHONE, Visit
from tests.browser.test_links import rows

PANELS = ("pipeline", "conversion", "loops", "time", "reasons", "under_way")


def test_from_the_pipeline_to_a_deal_with_its_reasons_and_back(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("negotiations", period="quarter")
    customer = window.cells("negotiations-open_list")[0]
    window.click_cell("negotiations-open_list")
    assert window.query().keys() == {"period", "negotiation"}
    assert customer in window.text()
    assert page.get_by_text("Its way through the stages").is_visible()
    assert page.get_by_text("Offers made").is_visible()
    page.get_by_role("button", name="All negotiations").click()
    window.settle()
    assert window.query() == {"period": "quarter"}


def test_what_changed_the_pipeline_is_listed_deal_by_deal(visit: Callable[..., Visit]) -> None:
    window = visit()
    window.open("negotiations", deals="changes", **{"negotiations-movements-flow": "won"})
    assert {CODES[movement] for movement in MOVEMENTS} & {*window.cells("negotiations-movements")} == {"won"}
    window.click_cell("negotiations-movements")
    assert "negotiation" in window.query()
    assert "won after" in window.text()


def test_which_deals_slip_this_month_and_what_next_in_three_clicks(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers")
    clicks = 0
    window.go("Negotiations")
    page.get_by_role("radio", name="Slip this month").click()
    window.settle()
    clicks += 2
    said = window.text()
    assert re.search(r"\d+ deals? worth .* expected this month slip", said)
    customer, step = window.cells("negotiations-open_list")[0], window.cells("negotiations-open_list")[3]
    assert step in {CODES[step] for step in NEXT_STEPS}
    window.click_cell("negotiations-open_list")
    clicks += 1
    said = window.text()
    assert customer in said
    assert f"Next step: {step}." in said
    assert clicks <= 3


@pytest.mark.parametrize("size", slowly.after(1, [DESKTOP, PHONE]), ids=["desktop", "phone"])
def test_a_deal_is_given_a_day_closed_as_lost_and_opened_again(
    size: dict[str, int], own_demo: str, visit: Callable[..., Visit]
) -> None:
    window = visit(address=own_demo, size=size)
    page = window.open("negotiations", **{"negotiations-open_list-due": "past_expected"})
    before, headline = window.rows_found(), page.locator(".st-key-headline").inner_text()
    window.click_cell("negotiations-open_list")
    deal = window.query()["negotiation"]
    assert "it is believed no more" in window.text()

    page.locator(".st-key-close-date button").first.click()
    page.get_by_role("button", name="Save the day").click()
    window.settle()
    assert "set the expected day to 26 Jun 2026" in window.text()
    assert "it is believed no more" not in window.text()

    page.locator(".st-key-close-lost button").first.click()
    page.get_by_role("button", name="A competitor was chosen").click()
    window.settle()
    assert "closed it here as lost; the data do not say so yet" in window.text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="All negotiations").click()
    window.settle()
    assert window.rows_found() == before - 1
    assert page.locator(".st-key-headline").inner_text() != headline
    assert "is closed here, not yet by the source" in window.text()

    window.open("negotiations", **{"negotiations-open_list-due": "closed_here"})
    assert window.rows_found() == 1
    window.click_cell("negotiations-open_list")
    assert window.query()["negotiation"] == deal
    for _ in range(2):  # the loss, then the day
        page.locator(".st-key-work-close-undo button").click()
        window.settle()
    assert "it is believed no more" in window.text()
    assert "undone" in window.text()
    page.get_by_role("button", name="All negotiations").click()
    window.settle()
    assert page.locator(".st-key-headline").inner_text() == headline


def test_whoever_only_looks_closes_nothing(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("negotiations", view_as="ecommerce")
    window.click_cell("negotiations-open_list")
    assert "Next step:" in window.text()
    assert page.locator(".st-key-close-lost").count() == 0


def test_loops_are_told_between_jobs_and_between_stages(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("negotiations", list="loops")
    assert "Problem identification" in window.text()
    page.get_by_role("radio", name="Stages").click()
    window.settle()
    assert window.query() == {"list": "loops", "between": "by_stage"}
    assert "qualification" in window.text()


@pytest.mark.slow
def test_every_panel_opens_by_its_link_and_names_nobody_to_ecommerce(
    demo_home: Path, visit: Callable[..., Visit]
) -> None:
    accounts = {account["name"] for account in rows(demo_home, "customers")}  # consumers are called like people
    people = {row["name"] for table in ("sales_reps", "contacts") for row in rows(demo_home, table)} - accounts
    window = visit()
    for panel in PANELS:
        window.open("negotiations", view_as="ecommerce", list=panel)
        said = window.text()
        assert [name for name in people if name in said] == [], panel
    window.open("negotiations", view_as="ecommerce")
    window.click_cell("negotiations-open_list")
    said = window.text()
    assert [name for name in people if name in said] == []
