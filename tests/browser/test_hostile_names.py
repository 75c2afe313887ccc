"""Names that are Markdown, HTML, formulas or written right to left: shown as they are, fetched from nowhere."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from data import settings
from data.warehouse import build
from tests import companies, slowly
from tests.browser import chromium
from tests.browser.chromium import Visit

ELSEWHERE = "beacon.invalid"
NAMES = [
    f"![x](http://{ELSEWHERE}/a.png)",
    f"[Pay here](http://{ELSEWHERE}/b) & **bold** _it_ `code`",
    f"<img src=http://{ELSEWHERE}/c.png onerror=alert(1)><b>loud</b>",
    ":material/home: :red[spoofed] $x^2$ # head",
    f'=HYPERLINK("http://{ELSEWHERE}/d","Click") | ~~gone~~',
    "שלום ‮cipher‬ عالم",
    "X" * 300,
    f"mail@{ELSEWHERE} www.{ELSEWHERE} :smile: a -> b -- c <- d >= e __init__ (c) ...",
    f"<script>fetch('//{ELSEWHERE}/e')</script>",
    "1. > - + | a\\*b\\* \n\n    indented",
]
START = dt.date(2025, 1, 6)


def company() -> companies.Company:
    """Every name anywhere is hostile; accounts order monthly, half of them have fallen silent."""
    numbered = list(enumerate(NAMES))
    orders: list[dict[str, Any]] = [
        {"order_id": f"O{i}-{month}", "ordered_on": START + dt.timedelta(30 * month + i), "customer_id": f"C{i}",
         "rep_id": f"R{i}", "catalog_id": f"K{i}", "quote_id": None, "currency": "EUR"}
        for i, _ in numbered
        for month in range(16 if i % 2 else 13)
    ]  # fmt: skip
    return {
        "sales_reps": [{"rep_id": f"R{i}", "name": name, "team": name} for i, name in numbered],
        "catalogs": [{"catalog_id": f"K{i}", "name": name} for i, name in numbered],
        "customers": [
            {"customer_id": f"C{i}", "name": name, "segment": "dealer", "industry": name, "region": name,
             "owner_rep_id": f"R{i}", "catalog_id": f"K{i}"}
            for i, name in numbered
        ],
        "products": [
            {"product_id": f"P{i}", "sku": name, "name": name, "category": name, "brand": name,
             "unit_cost": Decimal(1), "list_price": Decimal(3)}
            for i, name in numbered
        ],
        "quotes": [
            {"quote_id": f"Q{i}", "customer_id": f"C{i}", "rep_id": f"R{i}",
             "requested_on": START + dt.timedelta(300 + i),
             "issued_on": START + dt.timedelta(301 + i), "expected_close_on": START + dt.timedelta(360),
             "currency": "EUR", "amount": Decimal(100 + i),
             "outcome": "lost" if i % 3 == 0 else None, "outcome_reason": name,
             "closed_on": START + dt.timedelta(320 + i) if i % 3 == 0 else None}
            for i, name in numbered
        ],
        "quote_events": [
            {"event_id": f"E{i}-{step}", "quote_id": f"Q{i}", "stage": name, "buying_job": job,
             "occurred_at": dt.datetime(2025, 11, 10 + step)}
            for i, name in numbered
            for step, job in enumerate(("problem_identification", "validation", "solution_exploration"))
        ],
        "contacts": [
            {"contact_id": f"P{i}", "customer_id": f"C{i}", "name": name, "role": name, "site": name, "email": name}
            for i, name in numbered
        ],
        "activities": [
            {"activity_id": f"A{i}", "customer_id": f"C{i}", "occurred_on": START, "contact_id": f"P{i}"}
            for i, _ in numbered
        ],
        "feedback": [
            {"feedback_id": f"F{i}", "customer_id": f"C{i}", "given_on": START, "score": i, "comment": name}
            for i, name in numbered
        ],
        "orders": orders,
        "order_lines": [
            {"order_id": order["order_id"], "line_no": 1, "product_id": f"P{order['customer_id'][1:]}",
             "quantity": Decimal(5), "unit_price": Decimal(2), "list_price": Decimal(3), "unit_cost": Decimal(1)}
            for order in orders
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, company())
        build.build(settings.current())
    with chromium.served(home) as address:
        yield address


def assert_nothing_came_alive(window: Visit) -> None:
    page = window.page
    assert page.locator(f"[src*='{ELSEWHERE}'], [href*='{ELSEWHERE}']").count() == 0
    assert (
        page.locator("[data-testid=stMain] img, [data-testid=stMain] script, [data-testid=stMain] .katex").count() == 0
    )
    assert page.locator("[data-testid=stMain] :is(b, em, del, s)").count() == 0
    assert page.locator(".stMarkdownColoredText", has_text="spoofed").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".st-key-failure").count() == 0


@pytest.mark.parametrize("place", slowly.after(1, ["customers", "catalogs", "negotiations", "team"]))
def test_stay_text_on_every_page(place: str, hostile: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=hostile)
    page = window.open(place)
    assert_nothing_came_alive(window)
    buttons = page.get_by_role("button", name="How is this computed?")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        window.settle()
        assert_nothing_came_alive(window)
        page.keyboard.press("Escape")
    for chart in page.locator("[data-testid=stVegaLiteChart]").all():
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 30)
        page.wait_for_timeout(150)
    assert_nothing_came_alive(window)
    window.shot(f"{place}-hostile-1280-light")


@pytest.mark.slow
def test_stay_text_on_the_page_of_each(hostile: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=hostile)
    for number, name in enumerate(NAMES):
        dealings = ("open_quotes", "returns", "contacts", "timeline")[number % 4]
        page = window.open("customers", customer=f"C{number}", dealings=dealings)
        assert as_shown(page.locator(".st-key-headline h3").inner_text()).startswith(as_shown(name) + " · ")
        assert_nothing_came_alive(window)


@pytest.mark.slow
def test_stay_text_in_every_panel_of_the_team(hostile: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=hostile)
    for panel in ("win_rates", "coming", "due", "effort", "targets"):
        window.open("team", list=panel, view_as="admin", period="twelve_months")
        assert_nothing_came_alive(window)
    for number, name in ((1, NAMES[1]), (4, NAMES[4])):
        page = window.open("team", rep=f"R{number}")
        assert as_shown(name) in as_shown(page.locator(".st-key-headline h3").inner_text())
        assert_nothing_came_alive(window)
        of_a_deal = {"work": "deal", "of": f"C{number}", "subject": f"Q{number}"}
        page = window.open("team", list="due", person=f"R{number}", **of_a_deal)
        assert as_shown(name) in as_shown(page.locator(".st-key-work-case").inner_text())
        assert_nothing_came_alive(window)


@pytest.mark.slow
@pytest.mark.parametrize(("place", "kind"), [("catalogs", "product"), ("negotiations", "negotiation")])
def test_stay_text_on_the_page_of_one(place: str, kind: str, hostile: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=hostile)
    for number in (0, 3):
        page = window.open(place, **{kind: f"{kind[0].replace('n', 'q').upper()}{number}"})
        assert as_shown(NAMES[number]) in as_shown(page.locator(".st-key-headline h3").inner_text())
        assert_nothing_came_alive(window)


def as_shown(words: str) -> str:
    """What an eye sees: blanks run together, and the invisible joiner is not there."""
    return " ".join(words.replace("\u2060", "").split())


def test_stay_text_in_the_view_of_a_rep_and_among_choices(hostile: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=hostile)
    page = window.open("customers", view_as="rep:R0")
    assert_nothing_came_alive(window)
    page.locator(".st-key-top button").first.click()
    window.settle()
    assert_nothing_came_alive(window)
    page.keyboard.press("Escape")
    page = window.open("customers")
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option").first.wait_for()
    assert_nothing_came_alive(window)
