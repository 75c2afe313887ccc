"""How every page looks: pictures to look at, room on both screens, and what axe-core finds for WCAG A and AA."""

from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import Page

from tests import slowly
from tests.browser.chromium import DESKTOP, PHONE, Visit

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What is not ours to mend, each with its reason.
EXCUSED: dict[str, str] = {}
VIEWS: dict[str, tuple[str, dict[str, str], str]] = {
    "customers": ("customers", {}, ""),
    "catalogs": ("catalogs", {}, ""),
    "negotiations": ("negotiations", {}, ""),
    "team": ("team", {}, ""),
    "work": ("customers", {"list": "work"}, "customers-work_list"),
    "customer": ("customers", {}, "customers-book"),
    "team_closing": ("team", {"list": "win_rates"}, ""),
    "team_forecast": ("team", {"list": "coming"}, ""),
    "team_due": ("team", {"list": "due"}, "team-due"),
    "team_effort": ("team", {"list": "effort"}, ""),
    "team_targets": ("team", {"list": "targets", "view_as": "admin"}, ""),
    "person": ("team", {}, "reps"),
    "conversion": ("negotiations", {"list": "conversion"}, ""),
    "loops": ("negotiations", {"list": "loops"}, ""),
    "time_to_close": ("negotiations", {"list": "time"}, ""),
    "lost_reasons": ("negotiations", {"list": "reasons"}, ""),
    "under_way": ("negotiations", {"list": "under_way"}, ""),
    "leads": ("customers", {"list": "leads"}, ""),
    "base": ("customers", {"list": "base"}, ""),
    "groups": ("catalogs", {"list": "groups"}, ""),
    "discounts": ("catalogs", {"list": "discounts"}, ""),
    "matrix": ("catalogs", {"list": "matrix"}, ""),
    "pairs": ("catalogs", {"list": "pairs"}, ""),
    "product": ("catalogs", {}, "catalogs-products"),
    "negotiation": ("negotiations", {}, "negotiations-open_list"),
    "data_admin": ("data_admin", {"view_as": "admin"}, ""),
    "people": ("people", {"view_as": "admin"}, ""),
    "roles": ("people", {"view_as": "admin", "section": "roles"}, ""),
    "audit": ("people", {"view_as": "admin", "section": "audit"}, ""),
    "load_files": ("data_admin", {"view_as": "admin", "section": "load_files"}, ""),
}
# Whose headline, figures, chart and list must be on the first screen without scrolling.
FIRST_SCREENS = ("customers", "catalogs", "negotiations", "team")
PARTS = (
    ".st-key-headline",
    "[data-testid=stMetric]",
    "[data-testid=stVegaLiteChart]",
    "[data-testid=stDataFrame]",
)


def opened(window: Visit, view: str, **query: str) -> Page:
    place, more, inside = VIEWS[view]
    page = window.open(place, **more, **query)
    return window.click_cell(inside) if inside else page


@pytest.mark.parametrize("view", slowly.after(1, VIEWS, every=5))
def test_looks_and_is_accessible_on_both_screens_in_both_themes(view: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    page = opened(window, view)
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        if scheme == "dark":
            page.reload()  # colours inside charts are chosen when the page is made
        # Parts look alike in every view: four of them are looked at in all ways, the others in each way once.
        sizes = [DESKTOP, PHONE] if view in FIRST_SCREENS else [DESKTOP] if scheme == "dark" else [PHONE]
        for size in sizes:
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            window.settle()
            window.shot(f"{view}-{size['width']}-{scheme}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{size} scrolls sideways"
            found += [f"{scheme} {size['width']}: {trouble}" for trouble in violations(page)]
    assert found == []


@pytest.mark.parametrize("language", slowly.after(1, ["ru", "en"]))
def test_the_answer_fits_the_first_screen(language: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    for view in FIRST_SCREENS:
        page = opened(window, view, language=language)
        window.shot(f"{view}-1280-light-{language}")
        for part in PARTS:
            box = page.locator(part).first.bounding_box()
            assert box is not None, (view, part)
            assert box["y"] + box["height"] <= DESKTOP["height"], (view, part, box)
        cut = page.locator("[data-testid=stMetricValue] *").evaluate_all(_CUT)
        assert cut == [], f"{view}: figures cut short"


@pytest.mark.parametrize("view", slowly.after(1, VIEWS, every=5))
def test_russian_fits_a_telephone(view: str, visit: Callable[..., Visit]) -> None:
    window = visit(size=PHONE)
    page = opened(window, view, language="ru")
    window.shot(f"{view}-390-light-ru")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    result = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical") and violation["id"] not in EXCUSED
        for node in violation["nodes"]
    ]


_CUT = "parts => parts.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
