"""Every number, chart and list says where it comes from, down to the statement."""

from collections.abc import Callable

import pytest

import queries
from tests import slowly
from tests.browser.chromium import Visit


@pytest.mark.parametrize("place", slowly.after(1, ["customers", "catalogs", "negotiations", "team"]))
def test_says_which_file_computed_what(place: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open(place)
    named = set()
    for number in range(page.get_by_role("button", name="How is this computed?").count()):
        page.get_by_role("button", name="How is this computed?").nth(number).click()
        window.settle()
        shown = page.locator("[data-testid=stPopoverBody]")
        files = [line.split()[-1] for line in shown.inner_text().splitlines() if line.startswith("File: ")]
        codes = iter(" ".join(code.split()) for code in shown.locator("code").all_inner_texts())
        for file in files:
            name = file.removeprefix("queries/").removesuffix(".sql").replace("/", ".")
            query = queries.load(name)
            assert next(codes) == " ".join(query.sql.split())
            assert [next(codes) for _ in query.calls] == [" ".join(metric.sql.split()) for metric in query.calls]
            assert query.title in shown.inner_text()
            assert all(part.path in shown.inner_text() for part in (*query.parts, *query.calls))
            named.add(name)
        assert next(codes, None) is None
        page.keyboard.press("Escape")
        window.settle()
    on_the_page = {f"{place}.kpis"} | {key for key in named if key.startswith(place)}
    assert named >= on_the_page
    assert len(named) >= (2 if place == "team" else 3)


def test_the_tooltip_of_a_figure_names_its_file_too(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers")
    page.locator("[data-testid=stMetric] [data-testid=stTooltipHoverTarget]").first.hover()
    page.get_by_text("queries/customers/kpis.sql").first.wait_for()
