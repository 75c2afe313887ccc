"""Negotiations: from the pipeline to one deal and back, its panels one by one, and for whom."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pages.ui.negotiations.pipeline import MOVEMENTS
from presentation.labels import CODES
from tests.browser.chromium import Visit
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
