"""Team: a lead's Monday with every panel, what is due and what is decided about it, targets, and for whom."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data import settings
from data.warehouse import access, build
from presentation import periods
from tests import companies
from tests.browser import chromium
from tests.browser.chromium import PHONE, Visit
from tests.browser.test_links import rows
from tests.browser.test_screens import violations
from tests.browser.test_take_along import taken
from tests.browser.test_work import case, press

PANELS = ("attainment", "win_rates", "coming", "due", "effort", "targets")
LEAD, REP = "lead:R003", "rep:R006"
DAY = dt.date(2026, 5, 14)
# People and sales, and nothing else that a panel could speak of.
BARE: companies.Company = {
    "sales_reps": [{"rep_id": f"R{i}", "name": f"Person {i}", "team": "North"} for i in (1, 2)],
    "customers": [{"customer_id": "C1", "name": "Only One Ltd", "owner_rep_id": "R1"}],
    "products": [{"product_id": "P1", "name": "Bolt"}],
    "orders": [{"order_id": "O1", "ordered_on": DAY, "customer_id": "C1", "currency": "EUR"}],
    "order_lines": [
        {"order_id": "O1", "line_no": 1, "product_id": "P1", "quantity": Decimal(3), "unit_price": Decimal("1.5")}
    ],
}


@pytest.mark.slow
def test_every_panel_is_accessible_and_nothing_is_cut_off_at_the_side(visit: Callable[..., Visit]) -> None:
    window = visit()
    page, found = window.page, []
    for query in [{"list": panel, "view_as": "admin"} for panel in PANELS] + [{"rep": "R006"}]:
        window.open("team", **query)
        assert page.locator(".st-key-failure").count() == 0, query
        assert page.locator("[data-testid=stDataFrame]").count(), query
        found += [f"{query}: {trouble}" for trouble in violations(page)]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        window.settle()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), query
        page.set_viewport_size(chromium.DESKTOP)  # type: ignore[arg-type]
    assert found == []


def test_on_a_telephone_what_is_shown_is_chosen_before_it(visit: Callable[..., Visit]) -> None:
    window = visit(size=PHONE)
    page = window.open("team", view_as=LEAD)
    switch, chart = page.get_by_role("radio", name="What is due"), page.locator("[data-testid=stVegaLiteChart]").first
    above, below = switch.bounding_box(), chart.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
    switch.click()
    window.settle()
    assert window.query() == {"view_as": LEAD, "list": "due"}


@pytest.mark.parametrize("scope", ["director", LEAD, REP])
def test_what_people_teams_months_and_quarters_reach_adds_up_to_the_headline(
    scope: str, demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBEAT_HOME", str(demo_home))
    shown = access.snapshot()
    for period in ("quarter", "twelve_months"):
        window = periods.window(dt.date.fromisoformat(shown.as_of), period, "last_year")
        asked = window.params() | {"team": None, "rep": None, "decided": None, "as_of": shown.as_of}
        headline = access.query(scope, "team.kpis", asked, within=shown).one()
        for metric in ("revenue", "won_value"):
            for by in ("by_rep", "by_team", "by_month", "by_quarter"):
                reached = access.query(scope, "team.attainment", asked | {"metric": metric, "by": by}, within=shown)
                assert sum(row["credited"] or 0 for row in reached.rows()) == headline[metric] > 0, (metric, by)


@pytest.mark.parametrize("scope", ["director", LEAD, REP])
def test_one_person_has_one_revenue(scope: str, demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the list, on the cards, and over the accounts behind the change; and one need, in every list of it."""
    monkeypatch.setenv("ORDERBEAT_HOME", str(demo_home))
    shown = access.snapshot()
    for period in ("month", "quarter", "twelve_months"):
        window = periods.window(dt.date.fromisoformat(shown.as_of), period, "last_year")
        asked = window.params() | {"team": None, "rep": None, "metric": "revenue", "by": "by_rep"}
        asked |= {"decided": None, "as_of": shown.as_of}
        listed = access.query(scope, "team.attainment", asked, within=shown).rows()
        assert listed
        for row in listed:
            of_one = asked | {"rep": row["rep_id"]}
            assert access.query(scope, "team.attainment", of_one, within=shown).rows() == [row]
            figures = access.query(scope, "team.kpis", of_one, within=shown).one()
            accounts = access.query(scope, "team.coaching_accounts", of_one, within=shown).rows()
            assert figures["revenue"] == row["credited"] == sum(account["revenue"] for account in accounts)
            assert figures["revenue_base"] == sum(account["revenue_base"] for account in accounts)
            assert figures["attainment"] == row["attainment"]
        teams = access.query(scope, "team.attainment", asked | {"by": "by_team"}, within=shown).rows()
        assert sum(row["due_value"] for row in teams) == sum(row["due_value"] for row in listed)


def test_who_needs_help_with_what_is_answered_in_three_clicks(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("customers", view_as="director")
    clicks = 0

    window.go("Team")
    clicks += 1
    said = window.text()
    assert " still need " in said
    assert "Most is uncovered with" in said
    person = window.cells("reps")[0]
    assert person in said[said.index("Most is uncovered with") :].split("\n")[0], "whoever needs most stands first"

    window.click_cell("reps")
    clicks += 1
    headline = page.locator(".st-key-headline h3").inner_text()
    assert headline.startswith(person)
    assert "of the quota to date" in headline
    gaps = window.text()
    first = gaps[gaps.index("\nGaps\n") :].strip().split("\n")
    assert next(line for line in first[1:] if line.strip()).startswith(("Quota to date", "The quota to date"))
    assert page.get_by_label("All teams").count() == 0, "a filter that is not heeded is not shown"

    account = window.cells("coaching-accounts")[0]
    window.click_cell("coaching-accounts")
    clicks += 1
    page.wait_for_url("**/customers?**")
    window.settle()
    assert account in page.locator(".st-key-headline h3").inner_text()
    assert clicks <= 3


@pytest.mark.slow
def test_from_the_people_to_one_of_them_and_to_the_negotiations_and_back(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.open("team", period="quarter", list="win_rates", view_as=LEAD)
    before, person = window.query(), window.cells("closing")[0]
    window.click_cell("closing")
    assert window.query().keys() == before.keys() | {"rep"}
    assert page.locator(".st-key-headline h3").inner_text().startswith(person)
    assert "Gaps" in window.text()
    page.get_by_role("button", name="All people").click()
    window.settle()
    assert window.query() == before
    stage_of = window.cells("stages")[0]
    window.click_cell("stages")
    page.wait_for_url("**/negotiations?**")
    window.settle()
    assert window.query().keys() == {"period", "view_as", "owner"}
    assert stage_of in page.locator(".st-key-filters input[role=combobox]").evaluate_all("all => all.map(e => e.value)")

    window.open("team", list="effort", view_as=LEAD)
    account = window.cells("team-moves")[0]
    window.click_cell("team-moves")
    page.wait_for_url("**/customers?**")
    window.settle()
    assert account in page.locator(".st-key-headline h3").inner_text()


def test_a_lead_works_through_what_is_due(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("team", list="due", view_as=LEAD, period="quarter")
    everything = window.rows_found()
    person = window.cells("due-people")[0]
    window.click_cell("due-people")
    assert 2 <= window.rows_found() < everything
    assert {*column(page, "team-due", 6)} == {person}
    first, due = column(page, "team-due", 1)[0], window.rows_found()
    window.click_cell("team-due")
    assert first in case(window)
    link, before = page.url, window.query()

    page.locator(".st-key-work-accept button").focus()
    page.keyboard.press("Enter")
    window.settle()
    assert "accepted" in case(window)
    assert window.rows_found() == due - 1
    page.reload()
    page.locator(".st-key-work-case").wait_for()
    window.settle()
    assert "accepted" in case(window)
    assert window.rows_found() == due - 1
    press(window, "undo")
    assert window.rows_found() == due
    press(window, "snooze")
    page.get_by_role("button", name="7 days").click()
    window.settle()
    assert "snoozed" in case(window)
    assert window.rows_found() == due - 1
    press(window, "undo")
    press(window, "dismiss")
    page.get_by_role("button", name="not needed").click()
    window.settle()
    assert "dismissed" in case(window)
    assert window.rows_found() == due - 1

    director = visit(address=own_demo)
    director.page.goto(link.replace(LEAD.replace(":", "%3A"), "director"))
    director.page.locator(".st-key-work-case").wait_for()
    director.settle()
    assert "dismissed" in case(director)
    press(director, "undo")

    page.get_by_role("link", name="Open the").click()
    page.wait_for_url(lambda url: "/team?" not in url)
    window.settle()
    assert first in page.locator(".st-key-headline h3").inner_text()
    page.go_back()
    page.wait_for_url("**/team?**")
    window.settle()
    assert window.query() == before
    assert first in case(window)


def test_a_lead_takes_along_the_moves_of_the_own_team_alone(demo_home: Path, visit: Callable[..., Visit]) -> None:
    people = rows(demo_home, "sales_reps")
    team = next(row["team"] for row in people if f"lead:{row['rep_id']}" == LEAD)
    own = {row["name"] for row in people if row["team"] == team}
    taken_along = {}
    for who in (LEAD, "director"):
        window = visit()
        window.open("team", list="effort", view_as=who)
        taken_along[who] = table(taken(window, "team-moves", "csv"))
        assert len(taken_along[who]) == window.rows_found()
    assert {row[side] for row in taken_along[LEAD] for side in ("From", "To")} <= own
    assert not {row["From"] for row in taken_along["director"]} <= own


def test_a_rep_meets_nobody_else_and_ecommerce_has_no_team(demo_home: Path, visit: Callable[..., Visit]) -> None:
    people = rows(demo_home, "sales_reps")
    accounts = {account["name"] for account in rows(demo_home, "customers")}  # consumers are called like people
    contacts = {contact["name"] for contact in rows(demo_home, "contacts")}
    others = {row["name"] for row in people if f"rep:{row['rep_id']}" != REP} - accounts - contacts
    assert len(others) > 5
    window = visit()
    for query in [{"list": panel} for panel in PANELS] + [{"rep": "R006"}, {"rep": "R013"}]:
        page = window.open("team", view_as=REP, **query)
        said = window.text() + page.locator("[data-testid=stVegaLiteChart]").evaluate_all(_DRAWN)
        assert [name for name in others if name in said] == [], query
        assert page.get_by_role("radio", name="Targets").count() == 0
        assert "Gaps" not in said, "what is said of somebody is for the lead"
        if query == {"rep": "R013"}:
            assert page.get_by_text("Nothing is known of this person.").is_visible()
    page = window.open("team", view_as="ecommerce", list="due", rep="R006")
    assert page.get_by_text("This page is not part of your view.").is_visible()
    assert page.locator("[data-testid=stDataFrame], .st-key-headline").count() == 0


@pytest.fixture
def bare(home: Path) -> Iterator[str]:
    companies.load(home, BARE)
    build.build(settings.current())
    with chromium.served(home) as address:
        yield address


@pytest.mark.slow
def test_targets_are_refused_in_words_kept_with_who_and_when_and_taken_by_the_next_build(
    bare: str, visit: Callable[..., Visit]
) -> None:
    window = visit(address=bare)
    page = window.open("team", view_as="admin")
    for panel in PANELS[1:] + PANELS[:1]:
        window.open("team", view_as="admin", list=panel)
        assert page.locator(".st-key-failure").count() == 0, panel
    assert page.get_by_text("no quota is loaded for this period").first.is_visible()

    window.open("team", view_as="admin", list="targets")
    assert page.get_by_text("Nobody yet").is_visible()
    for wrong, answer in (("many", "many is no amount"), ("-5", "This target cannot be kept")):
        type_target(window, wrong)
        expect(page.locator(".st-key-failure")).to_contain_text(answer)
        assert page.get_by_text("Nobody yet").is_visible()
    type_target(window, "1,250.50")
    entry = page.get_by_text("Administrator changed 1 target on")
    entry.wait_for()
    assert "Person 1, May 26, Revenue: 1,250.50 EUR" in entry.inner_text()
    assert f"on {dt.datetime.now(dt.UTC).day} " in entry.inner_text()
    assert "1,250.5" in window.text()

    build.build(settings.current())
    window.open("team", view_as="admin", period="month")
    assert page.get_by_text("no quota is loaded").count() == 0
    assert "still needs 1,246 EUR" in window.text()
    window.close()


def type_target(window: Visit, amount: str) -> None:
    """Types into May of the first person, as a hand does, and saves."""
    page = window.page
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 565, box["y"] + 48)
    page.wait_for_timeout(200)
    page.mouse.click(box["x"] + 565, box["y"] + 48)
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    cell = page.locator("#portal textarea:focus")
    cell.fill(amount)
    expect(cell).to_have_value(amount)
    cell.press("Enter")
    expect(cell).to_have_count(0)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Save the targets").click()
    window.settle()


def column(page: Page, list_key: str, number: int) -> list[str]:
    return page.locator(f".st-key-{list_key} canvas td[aria-colindex='{number}']").all_text_contents()


def table(file: bytes) -> list[dict[str, str]]:
    """Rows of a list that was taken along, by its headings."""
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


_DRAWN = "charts => charts.map(chart => chart.outerHTML).join()"
