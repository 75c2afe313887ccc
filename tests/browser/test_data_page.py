"""Sections of the page Data and ways of loading, on screen: sources, finance's file, periods replaced, going back."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from data.loading import runs, source_file
from tests.browser import chromium
from tests.browser.chromium import DESKTOP, PHONE, Visit
from tests.browser.test_loading import Loading
from tests.browser.test_screens import violations
from tests.loading_help import rows, write

JUNE = "Invoice No,Date,Customer,Item No,Item,Qty,Price,Currency\n"
SALES = {
    "sales.csv": f"{JUNE}R1,2026-05-30,Ada,P1,Bolt,2,2.50,EUR\nR2,2026-06-02,Bo,P2,Nut,1,1.25,EUR\n"
    "R3,2026-06-20,Ada,P1,Bolt,1,2.50,EUR\n",
    "new.csv": f"{JUNE}R2,2026-06-02,Bo,P2,Nut,7,1.25,EUR\nR4,2026-06-21,Ada,P1,Bolt,1,2.50,EUR\n",
}
BOTH = pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("ru", PHONE)], ids=["en-1280", "ru-390"])
WORDS = {
    "en": {"attention": "2 sources need attention", "refresh": "Refresh now", "amount": "less ours is -",
           "differ": "Where ours and finance's differ"},
    "ru": {"attention": "2 источника требуют внимания", "refresh": "Обновить сейчас", "amount": "минус у нас: -",
           "differ": "Где у нас и у бухгалтерии расходится"},
}  # fmt: skip


@pytest.fixture(scope="module")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated company with two sources: one whose folder is away, and one that cannot be read."""
    place = tmp_path_factory.mktemp("house") / "home"
    shutil.copytree(demo_home, place)
    described = {
        "away.yaml": f"kind: folder\nfolder: {place / 'nowhere'}\nat: '02:00'\n",
        "[crm](x).yaml": "kind: oracle\n",
    }
    write(source_file.root(place), described)
    return place


@pytest.fixture(scope="module")
def house(home: Path) -> Iterator[str]:
    with chromium.served(home) as address:
        yield address


def require_sound(window: Visit, name: str) -> Page:
    """Nothing wider than the screen, nothing serious for those who cannot see it."""
    page = window.settle()
    window.shot(f"data-{name}-{page.viewport_size['width']}")  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    return page


@BOTH
def test_sources_are_shown_and_refreshed(
    language: str, size: dict[str, int], home: Path, house: str, visit: Callable[..., Visit]
) -> None:
    window, words = visit(address=house, size=size), WORDS[language]
    page = window.open("data_admin", view_as="admin", section="sources", language=language)
    before = len(runs.history(home, "away"))
    assert page.get_by_role("button", name=words["refresh"]).is_disabled()  # of what cannot be read, which comes first
    page.get_by_role("combobox").last.click()
    page.keyboard.type("away")
    page.keyboard.press("Enter")
    window.settle()
    page.get_by_role("button", name=words["refresh"]).click()
    page.get_by_role("progressbar").wait_for()
    require_sound(window, "refreshing")
    page.get_by_role("progressbar").wait_for(state="detached")
    require_sound(window, "sources")
    found = runs.history(home, "away")
    assert len(found) == before + 1
    assert (found[0].by, found[0].outcome) == ("page", "failed")
    for said in (words["attention"], "[crm](x)", "nowhere"):
        assert said in window.text()


@BOTH
def test_finances_file_is_compared_and_the_difference_is_said(
    language: str, size: dict[str, int], house: str, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    window = visit(address=house, size=size)
    page = window.open("data_admin", view_as="admin", section="matches_finance", language=language)
    require_sound(window, "nothing-compared")
    file = tmp_path / "**finance** <b>x</b>.csv".replace("/", "")
    file.write_text("Month,Revenue\n2026-01,1000.25\n", encoding="utf-8")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    page.get_by_text(WORDS[language]["differ"]).wait_for()
    require_sound(window, "compared")
    assert WORDS[language]["amount"] in window.text()
    file.write_text("Colour,Shape\nred,round\n", encoding="utf-8")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    page.locator(".st-key-failure").wait_for()
    assert "Colour, Shape" in require_sound(window, "not-compared").locator(".st-key-failure").inner_text()


@pytest.mark.slow
def test_a_period_is_replaced_by_a_kept_mapping_and_gone_back_from(
    demo_home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    with chromium.served(home) as address:
        window = visit(address=address)
        loading = Loading(window)
        loading.drop(write(tmp_path / "first", {"sales.csv": SALES["sales.csv"]}))
        loading.click("preview", until="Load and publish")
        loading.click("load", until="is published")
        page = window.page
        page.get_by_role("button", name="Load more files").click()
        page.get_by_role("button", name="Go back").wait_for()
        window.settle()
        loading.drop(write(tmp_path / "second", {"new.csv": SALES["new.csv"]}))
        assert page.get_by_text("Read as kept under the name sales").is_visible()
        loading.choose("What was loaded before", "is replaced in the days")
        loading.click("preview", until="Load and publish")
        assert "Orders: go, from sales.csv" in window.text()
        loading.click("load", until="is published")
        assert [row["order_id"] for row in rows(home, "orders")] == ["R1", "R2", "R4"]
        page.get_by_role("button", name="Load more files").click()
        page.get_by_role("button", name="Go back").click()
        page.get_by_text("What was loaded before is loaded again").wait_for()
        require_sound(window, "gone-back")
        assert loading.troubles == []
        assert [row["order_id"] for row in rows(home, "orders")] == ["R1", "R2", "R3"]
        window.close()
