"""Everything that can be opened is opened, on every page, for every role, in both languages, and nothing goes wrong.

What is opened is read off the screen by `crawl`. The quick form opens each control once; the whole form, among the slow
tests, goes through it again for each role and language, and through every option of every choice.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.crawl import Crawl

ROLES = ("director", "admin", "lead:R001", "rep:R006", "ecommerce")
# Two between them open every option in either language; the others each control once.
WHOLE = [(who, language) for language in ("en", "ru") for who in ROLES]
EVERY_OPTION = {("director", "en"), ("rep:R006", "ru")}


@pytest.fixture
def company(demo_home: Path, tmp_path: Path) -> Iterator[str]:
    """The generated company in a home of its own: a crawl saves views, and accepts and dismisses what it meets."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    with chromium.served(home) as address:
        yield address


# What each page must at least have offered, or the crawl has gone blind.
KINDS = {
    "customers": ["customers-book-filters", "| Columns", "| XLSX", "| Views", "| Sales director", "| text | Search"],
    "catalogs": ["catalogs-products-filters", "comparison | list |", "| list | radio | Discounts"],
    "negotiations": ["negotiations-open_list-due", "negotiations-movements-flow", "| radio | What changed"],
    "team": ["| list |", "How is this computed?"],
}


@pytest.mark.parametrize("page", KINDS)
def test_each_control_opens_for_a_director_and_for_a_rep(page: str, browser: Browser, company: str) -> None:
    director = Crawl(browser, company, who="director").run(page)
    rep = Crawl(browser, company, who="rep:R006", but=director.opened).run(page)
    print(director, rep, sep="\n")
    assert director.troubles + rep.troubles == []
    assert [kind for kind in KINDS[page] if not any(kind in name for name in director.opened)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("who", "language"), WHOLE)
def test_everything_opens_for_every_role_in_both_languages(
    who: str, language: str, browser: Browser, company: str
) -> None:
    found = Crawl(browser, company, who=who, language=language, every_option=(who, language) in EVERY_OPTION).run()
    print(found)
    assert found.troubles == []
    assert len(found.opened) > 100, "the crawl has gone blind"
