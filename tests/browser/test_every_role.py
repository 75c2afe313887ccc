"""Every page for every role, in a browser that reports each error and each request to elsewhere."""

from collections.abc import Callable

import pytest

from tests import slowly
from tests.browser.chromium import Visit

PAGES = {
    "customers": "Customers", "catalogs": "Catalogs", "negotiations": "Negotiations", "team": "Team",
    "delivery": "Delivery",
}  # fmt: skip
FOR_ADMINISTRATORS = {"data_admin": "Data", "people": "People"}
OPEN_TO = {
    "rep:R006": [*PAGES],
    "ecommerce": ["customers", "catalogs", "negotiations", "delivery"],
    "admin": [*PAGES, *FOR_ADMINISTRATORS],
    "director": [*PAGES],
    "lead:R001": [*PAGES],
}


@pytest.mark.parametrize("who", slowly.after(1, OPEN_TO))
def test_pages_of_a_role_are_shown(who: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    window.open("customers", view_as=who)
    offered = window.page.locator(".st-key-places a").all_inner_texts()
    assert offered == [{**PAGES, **FOR_ADMINISTRATORS}[name] for name in OPEN_TO[who]]
    for name in offered:
        page = window.go(name)
        assert page.locator(".st-key-headline h3").inner_text()
        assert page.locator(".st-key-failure").count() == 0
        # What people write is the store's, and no query's.
        assert name in ("People", "Delivery") or page.get_by_text("How is this computed?").count()


CLOSED_TO = [
    (who, page) for who, open_to in OPEN_TO.items() for page in (*PAGES, *FOR_ADMINISTRATORS) if page not in open_to
]


@pytest.mark.parametrize(("who", "closed"), CLOSED_TO)
def test_other_pages_are_not(who: str, closed: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open(closed, view_as=who)
    assert page.get_by_text("This page is not part of your view.").is_visible()
    assert page.locator("[data-testid=stDataFrame], .st-key-headline").count() == 0


def test_a_view_that_does_not_exist_shows_the_default_and_says_so(visit: Callable[..., Visit]) -> None:
    window = visit()
    for view in ("rep:R999", "rep:'; drop table customers"):
        page = window.open("customers", view_as=view)
        assert page.locator(".st-key-top").get_by_text("Sales director").is_visible()
