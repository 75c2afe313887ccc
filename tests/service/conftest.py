"""A published company of five reps, in which every id and name tells whose it is, for what leaves the browser."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data import settings
from data.people import ways
from data.people.person import Person, Role
from data.people.store import Store, open_store
from data.people.store.accounts import links, people
from data.settings import Settings
from data.warehouse import access, build, whoever
from data.warehouse.access import Snapshot
from tests import companies
from tests.data.people.store.help import NUMBERS
from tests.pages import test_leaks as leaky

HOSTILE = (
    "Ltd",
    "END:VCALENDAR, BEGIN:VEVENT; X-A:1",
    "two\r\nlines\u2028and\x85more",
    "\u202eright to left",
    '=cmd|"A0" \\n \\, \\;',
    "[x](javascript:y) <b>",
)


@dataclass(frozen=True)
class Company:
    """Where it is published, with sign-in, and its administrator."""

    where: Settings
    admin: Person

    @property
    def store(self) -> Store:
        return open_store(self.where)

    @property
    def shown(self) -> Snapshot:
        return access.snapshot()

    def somebody(self, *roles: Role, rep: str | None = None, team: str | None = None) -> Person:
        """Somebody new, with an account."""
        email = f"a{next(NUMBERS)}@example.org"
        account = people.invite(self.store, self.admin, email=email, name="Bo", roles=roles, rep=rep, team=team)
        found = whoever.one(self.store, account.id)
        assert found
        return found

    def open(self, way: ways.Way, *roles: Role) -> None:
        ways.set_open(self.store, self.admin, way, roles)


def company() -> companies.Company:
    """Half of the accounts are silent, deals have days to come, and contracts end."""
    made = leaky.company(said=HOSTILE)
    for number, quote in enumerate(made["quotes"]):
        if quote["outcome"] is None:
            quote["expected_close_on"] = leaky.AS_OF + dt.timedelta(days=5 + number)
    silent_since = leaky.AS_OF - dt.timedelta(days=40)
    for order in made["orders"]:
        if int(order["customer_id"].rpartition("-")[2]) % 2:
            order["ordered_on"] = min(order["ordered_on"], silent_since)
    for contract in made["contracts"]:
        contract |= {"ends_on": leaky.AS_OF + dt.timedelta(days=30), "rep_id": contract["customer_id"].split("-")[1]}
    return made


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        environment.setenv("ORDERBEAT_BUILD_THREADS", "1")
        companies.load(home, company())
        build.build(settings.current())
    return home


@pytest.fixture
def own_company(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The company in a home of the test's own, in which an administrator is entered and nothing is open to anybody."""
    home = tmp_path / "home"
    shutil.copytree(published, home)
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    where = settings.current()
    link = links.first_administrator(open_store(where), email="ada@example.com", name="Ada")
    account = links.link_of(open_store(where), link.token).account_id
    yield Company(where, Person(account, "Ada", frozenset({"admin"}), "director"))
    access._connections.clear()
