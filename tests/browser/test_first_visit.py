"""The first visitor after a start, straight on a page: Streamlit must not run that file alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import slowly
from tests.browser import chromium
from tests.browser.chromium import Visit


@pytest.mark.parametrize("place", slowly.after(1, ["customers", "team"]))
def test_of_a_fresh_server_goes_straight_to_a_page(place: str, demo_home: Path, visit: Callable[..., Visit]) -> None:
    with chromium.served(demo_home) as address:
        window = visit(address=address)
        page = window.open(place, view_as="rep:R006", period="quarter")
        assert page.locator(".st-key-top").get_by_text("Rep: Anna Maier").is_visible()
        assert page.locator(".st-key-headline h3").inner_text()
        assert page.get_by_role("radio", name="Quarter", exact=True).is_checked()
        window.close()


def test_of_the_bare_address_lands_on_customers_and_keeps_the_filters(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("", view_as="rep:R006", period="quarter")
    page.wait_for_url("**/customers?**")
    window.settle()
    assert window.query() == {"view_as": "rep:R006", "period": "quarter"}
