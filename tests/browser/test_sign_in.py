"""People sign in, see their own rows and no others, and are out at once: a real server, its store, a real browser."""

import csv
import dataclasses
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from data import settings
from data.people.person import Person, Role
from data.people.store import Store, audit, open_store
from data.people.store.accounts import links, people, rules, sessions
from data.settings import PROJECT
from tests.browser import chromium
from tests.browser.test_screens import violations
from tests.browser.test_take_along import taken

PASSWORD = "wooden ladder over a river"
REP = "rep:R006"
ISSUER = "https://idp.example"  # nobody goes there


@dataclass
class House:
    """A server where people sign in, its store, and its first administrator."""

    address: str
    store: Store
    admin: Person

    def invited(self, name: str, *roles: Role, **bound: str) -> tuple[str, str]:
        """The id of somebody new and the path of the link by which they come in."""
        account = people.invite(
            self.store, self.admin, email=f"{name.lower()}@example.com", name=name, roles=frozenset(roles), **bound
        )
        return account.id, f"/sign-in/link/{links.invitation(self.store, self.admin, account.id).token}"


@pytest.fixture(scope="module")
def house(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house") / "home"
    shutil.copytree(demo_home, home)
    port = str(chromium.free_port())
    address = f"http://127.0.0.1:{port}"
    told = {"SIGN_IN": "accounts,oidc", "URL": address, "OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "orderbeat",
            "OIDC_CLIENT_SECRET": "kZ3v8Qw1xT5yB7nM9pL2"}  # fmt: skip
    given = {f"ORDERBEAT_{name}": value for name, value in told.items()}
    with chromium.started(home, "service", "serve", "--port", port, **given) as server:
        chromium.wait_until_listening(server, address)
        said = subprocess.run(
            [sys.executable, "-m", "service", "administrator", "ada@example.com", "--name", "Ada"],
            cwd=PROJECT, env={"ORDERBEAT_HOME": str(home), "PATH": ""}, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        store = open_store(dataclasses.replace(settings.current(), home=home, store=""))
        link = links.link_of(store, said.split("/sign-in/link/")[1].strip())
        admin = Person(link.account_id, "Ada", frozenset({"admin"}), "director")
        yield House(address, store, admin)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-GB")
    yield made
    made.close()


def come_in(context: BrowserContext, house: House, link: str, size: dict[str, int] = chromium.DESKTOP) -> Page:
    page = context.new_page()
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(house.address + link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    shown(page)
    return page


def shown(page: Page) -> None:
    page.locator(".st-key-viewer").wait_for()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )


@pytest.mark.parametrize("size", [chromium.DESKTOP, chromium.PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_of_sign_in_is_read_and_filled_in_by_anybody(
    browser: Browser, house: House, size: dict[str, int], language: str
) -> None:
    context = browser.new_context(locale=language, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{house.address}/team?period=quarter")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []
    page.keyboard.type("nobody@example.com")  # the first field waits for it
    page.keyboard.press("Tab")
    page.keyboard.type("a password of nobody")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text({"en": "You could not be let in.", "ru": "не "}[language])
    assert violations(page) == []
    context.close()


def test_a_rep_comes_in_by_a_link_sees_the_own_rows_and_is_out_at_once(
    browser: Browser, context: BrowserContext, house: House
) -> None:
    rep, link = house.invited("Rita", "rep", rep="R006")
    page = come_in(context, house, link)
    window = chromium.Visit(browser, house.address)
    window.page.close()
    window.page = page
    page.set_default_timeout(60_000)

    # The link asks for the director's view: it is not theirs to take.
    page.goto(f"{house.address}/customers?view_as=director&list=accounts")
    shown(page)
    window.settle()
    rows = list(csv.reader(io.StringIO(taken(window, "customers-book", "csv").decode("utf-8-sig"), newline="")))
    assert len({row[rows[0].index("Owner")] for row in rows[1:]}) == 1
    (exported,) = audit.read(house.store, house.admin, who=rep, did="exported")
    assert exported.detail == {"format": "csv", "rows": len(rows[1:])}
    page.locator(".st-key-viewer button").first.click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    expect(page.get_by_text("View as")).to_have_count(0)
    page.keyboard.press("Escape")

    # A used link opens nothing.
    other = context.new_page()
    other.goto(house.address + link)
    expect(other.get_by_role("alert")).to_be_visible()
    other.close()

    # A role that changes holds at the next click; whoever is deactivated is out without one.
    people.change(house.store, house.admin, rep, name="Rita", roles=frozenset({"ecommerce"}), rep=None, team=None)
    page.get_by_role("link", name="Catalogs").click()
    shown(page)
    expect(page.get_by_role("link", name="Team")).to_have_count(0)
    people.deactivate(house.store, house.admin, rep)
    expect(page).to_have_url(re.compile("/sign-in$"), timeout=15_000)
    page.goto(f"{house.address}/catalogs")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))


def test_sign_out_shuts_every_tab_and_the_cookie_is_worth_nothing_afterwards(
    context: BrowserContext, house: House
) -> None:
    _, link = house.invited("Dora", "director")
    page = come_in(context, house, link)
    second = context.new_page()
    second.goto(f"{house.address}/team")
    shown(second)
    copied = context.cookies()
    page.goto(f"{house.address}/sign-out")
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    expect(second).to_have_url(re.compile("/sign-in$"), timeout=15_000)
    context.add_cookies(copied)  # type: ignore[arg-type]
    page.goto(f"{house.address}/customers")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))


def test_an_administrator_takes_a_view_which_is_marked_and_recorded(context: BrowserContext, house: House) -> None:
    _, link = house.invited("Alma", "admin")
    page = come_in(context, house, link)
    page.goto(f"{house.address}/customers?view_as={REP}")
    shown(page)
    expect(page.get_by_text("What you write is signed with your name.")).to_be_visible()
    assert any(row.did == "viewed_as" and row.about == REP for row in audit.read(house.store, house.admin))


@pytest.mark.slow
def test_an_administrator_tells_which_groups_give_roles_and_binds_identities(
    context: BrowserContext, house: House
) -> None:
    account, _ = house.invited("Bert", "ecommerce")
    _, link = house.invited("Olga", "admin")
    page = come_in(context, house, link)
    page.goto(f"{house.address}/people?section=roles")
    page.get_by_label("Group, as the provider names it").fill("a *group* <b>of</b> :red[sales]")
    page.get_by_label("Role", exact=True).click()
    page.get_by_role("option", name="Rep").first.click()
    page.get_by_role("button", name="Give the group this role").click()
    row = page.locator(".st-key-group-0")
    expect(row).to_contain_text("a *group* <b>of</b> :red[sales]: Rep")
    require_fit(page)
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    page.goto(f"{house.address}/people?account={account}")
    shown(page)
    page.get_by_role("button", name="0 identities").click()
    page.get_by_label("Key of this person at the provider (subject)").fill("s-17")
    page.get_by_role("button", name="Bind", exact=True).click()
    page.get_by_role("button", name="1 identity").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text(f"s-17 at {ISSUER}")
    require_fit(page)
    page.get_by_role("button", name="Unbind").click()
    expect(page.get_by_role("button", name="0 identities")).to_be_visible()


def require_fit(page: Page) -> None:
    """On a desk and on a phone nothing is cut off, and axe finds nothing."""
    for size in (chromium.PHONE, chromium.DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        shown(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert violations(page) == []


def test_a_role_may_ask_for_a_second_factor(context: BrowserContext, house: House) -> None:
    _, link = house.invited("Ella", "ecommerce")
    rules.require_second_factor(house.store, house.admin, "ecommerce", is_required=True)
    page = context.new_page()
    page.goto(house.address + link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Set a second factor")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{house.address}/catalogs")
    expect(page).to_have_url(re.compile("/sign-in/second-factor$"))
    secret = page.locator("code").first.inner_text().replace(" ", "")
    page.get_by_label("The code that the app shows").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your second factor is set")).to_be_visible()
    recovery = page.locator("code").first.inner_text()
    page.get_by_role("link", name="Go on").click()
    shown(page)
    page.goto(f"{house.address}/sign-out")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("ella@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    code = page.get_by_label("Code of your second factor, or a recovery code")
    code.fill("000000")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right.")
    code.fill(recovery)
    page.keyboard.press("Enter")
    shown(page)
    page.goto(f"{house.address}/sign-in/password")
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_label("New password").fill(f"another {PASSWORD}")
    page.get_by_label("The same once more").fill(f"another {PASSWORD}")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


def test_sessions_are_seen_and_ended_one_by_one(browser: Browser, context: BrowserContext, house: House) -> None:
    account, link = house.invited("Sven", "director")
    come_in(context, house, link)
    elsewhere = browser.new_context(locale="en-GB")
    page = elsewhere.new_page()
    page.goto(f"{house.address}/sign-in")
    page.get_by_label("E-mail").fill("sven@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    shown(page)
    page.goto(f"{house.address}/sign-in/sessions")
    assert violations(page) == []
    assert len(sessions.of(house.store, account)) == 2
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("button", name="End it")).to_have_count(0)
    assert len(sessions.of(house.store, account)) == 1
    elsewhere.close()
