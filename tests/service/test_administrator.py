"""The command that lets the first administrator in."""

import pyotp
import pytest

from data.people.store import open_store
from data.people.store.accounts import coming_in, links, second_factor, sessions
from data.settings import current
from service import commands
from tests.data.people.store.help import GOOD, QUICK


@pytest.mark.usefixtures("home")
def test_it_prints_a_link_that_works_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ORDERBEAT_URL", "https://sales.example/")
    assert commands.main(["administrator", "anna@example.org", "--name", "Anna"]) == 0
    address, _, token = capsys.readouterr().out.splitlines()[-1].rpartition("/")
    assert address == "https://sales.example/sign-in/link"
    store = open_store(current())
    assert links.link_of(store, token).name == "Anna"
    entered = coming_in.by_link(store, token=token, password=GOOD, hasher=QUICK)
    found = sessions.session(store, entered.token)
    assert found
    assert found.person.scope == "director"
    assert commands.main(["administrator", "other@example.org"]) == 3
    assert "There is an administrator already." in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_it_lets_an_administrator_begin_anew(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["administrator", "anna@example.org", "--reset"]) == 3
    assert "There is no such administrator." in capsys.readouterr().err
    assert commands.main(["administrator", "anna@example.org"]) == 0
    store, token = open_store(current()), capsys.readouterr().out.splitlines()[-1].rpartition("/")[2]
    account = coming_in.by_link(store, token=token, password=GOOD, hasher=QUICK).account_id
    second_factor.confirm(store, account, pyotp.TOTP(second_factor.begin(store, account).secret).now())
    assert commands.main(["administrator", "anna@example.org", "--reset"]) == 0
    found = links.link_of(store, capsys.readouterr().out.splitlines()[-1].rpartition("/")[2])
    assert (found.purpose, found.has_second_factor) == ("reset", False)
