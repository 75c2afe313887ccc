"""Everything that can be opened is opened, on every page, for every role, and in Russian, and nothing goes wrong.

What is opened is read off the screen by `crawl`. A director opens each control once; whoever comes after opens what
nobody opened yet, and every list and switch again. An administrator opens every option of every choice, in Russian.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from presentation.pages import BY_NAME
from tests.browser import chromium
from tests.browser.crawl import Crawl, Found

# What each page must at least have offered, or the crawl has gone blind.
KINDS = {
    "customers": ["customers-book-filters", "| Columns", "| XLSX", "| Views", "| Sales director", "| text | Search"],
    "catalogs": ["catalogs-products-filters", "comparison | list |", "| list | radio | Discounts"],
    "negotiations": ["negotiations-open_list-due", "negotiations-movements-flow", "| radio | What changed"],
    "team": ["| list |", "How is this computed?"],
}
FEWEST = {"customers": 100, "catalogs": 100, "negotiations": 100, "team": 80, "data_admin": 3, "people": 20}
LEAD, REP = "lead:R001", "rep:R006"
# Who walks after the director. What a lead and a rep are shown differs in rows alone.
OTHERS = {
    "customers": (REP, "ecommerce"),
    "catalogs": (LEAD, "ecommerce"),
    "negotiations": (REP, "ecommerce"),
    "team": (LEAD,),
}


# Whoever looks opens their controls in English every time.
_BEFORE_A_RELEASE = pytest.mark.exhaustive


@pytest.fixture
def company(demo_home: Path, tmp_path: Path) -> Iterator[str]:
    """The generated company in a home of its own: a crawl saves views, and accepts and dismisses what it meets."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    with chromium.served(home) as address:
        yield address


def crawled(browser: Browser, address: str, page: str, *everyone: str, **how: Any) -> list[Found]:
    """What each found, one after the other; nobody opens again what others opened, unless it leads on."""
    found: list[Found] = []
    for who in everyone:
        opened = {name for before in found for name in before.opened}
        crawl = Crawl(browser, address, who=who, but=opened, at_the_top=page == "customers", **how)
        found.append(crawl.run(page))
        print(who, found[-1])
    return found


@pytest.mark.parametrize(
    "others", [pytest.param(False, marks=pytest.mark.slow), pytest.param(True, marks=_BEFORE_A_RELEASE)]
)
@pytest.mark.parametrize("page", KINDS)
def test_each_control_opens_for_whoever_looks(page: str, others: bool, browser: Browser, company: str) -> None:  # noqa: FBT001
    everyone = crawled(browser, company, page, "director", *(OTHERS[page] if others else ()))
    assert [trouble for found in everyone for trouble in found.troubles] == []
    director = everyone[0]
    assert [kind for kind in KINDS[page] if not any(kind in name for name in director.opened)] == []


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=_BEFORE_A_RELEASE if page in KINDS else pytest.mark.slow) for page in BY_NAME]
)
def test_every_option_opens_in_russian(page: str, browser: Browser, company: str) -> None:
    """An administrator stands for everybody."""
    (found,) = crawled(browser, company, page, "admin", language="ru", every_option=True)
    assert found.troubles == []
    assert len(found.opened) >= FEWEST.get(page, 1), "the crawl has gone blind"
