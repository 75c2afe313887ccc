"""The section of tokens on the page Delivery: every state, a token that is shown once, and the way to revoke it."""

import pytest
from streamlit.testing.v1 import AppTest

from data.people import reached, ways
from data.people.person import Person
from data.people.store import Store, tokens
from data.people.store.accounts import people
from pages.ui import looking
from tests.pages.screen import opened, said
from tests.pages.test_people_page import published, store
from tests.people import ADMIN

__all__ = ["published", "store"]  # the fixtures of the page People


@pytest.fixture
def signed(store: Store, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody of sales who is in, to whom the way is open."""
    account = people.invite(store, ADMIN, email="rep@x.example", name="Rep", roles=["rep"], rep="R1")
    found = reached.somebody(store, account.id)
    assert found
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    monkeypatch.setenv("ORDERBEAT_URL", "http://127.0.0.1:8501")
    monkeypatch.setattr(looking, "signed_in", lambda: found.person)
    ways.set_open(store, ADMIN, "assistant", ["rep"])
    return found.person


def page() -> AppTest:
    return opened("", "delivery", section="tokens")


def words(app: AppTest) -> str:
    return "\n".join(said(app))


def click(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception
    return app


def test_in_the_demonstration_nobody_has_a_token(store: Store) -> None:
    assert "Nobody signs in here" in words(opened("director", "delivery", section="tokens"))


def test_a_closed_way_is_said_and_offers_no_token(store: Store, signed: Person) -> None:
    ways.set_open(store, ADMIN, "assistant", [])
    shown = words(page())
    assert "No assistant may ask in your name yet." in shown
    assert "New token" not in shown


def test_a_token_is_made_shown_once_and_revoked(store: Store, signed: Person) -> None:
    app = page()
    assert "There is no token." in words(app)
    app.text_input(key="token-name-0").set_value("Laptop *A*")
    click(app, "Make it")
    (made,) = tokens.own(store, signed)
    assert (made.use, made.may_write) == ("assistant", False)
    secret, lines = (each.value for each in app.code)
    assert tokens.of_secret(store, secret, "assistant")
    assert f'"Bearer {secret}"' in lines
    assert '"http://127.0.0.1:8501/mcp"' in lines
    assert "Laptop *A*" in words(app)
    click(app, "I have copied it")
    assert secret not in words(app)
    assert secret not in words(page())
    click(app, "Revoke")
    assert tokens.own(store, signed) == []


def test_to_write_is_offered_where_an_administrator_opened_it(store: Store, signed: Person) -> None:
    assert [box.label for box in page().checkbox] == []
    ways.set_open(store, ADMIN, "assistant_writes", ["rep"])
    app = page()
    app.text_input(key="token-name-0").set_value("Laptop")
    app.checkbox(key="token-writes-0").check()
    click(app, "Make it")
    assert tokens.own(store, signed)[0].may_write


def test_an_administrator_sees_and_revokes_everybodys(
    store: Store, signed: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.make(store, signed, "calendar", "Phone", days=3)
    monkeypatch.setattr(looking, "signed_in", lambda: ADMIN)
    app = page()
    assert "Rep · Calendar · Phone" in words(app)
    click(app, "Revoke")
    assert tokens.own(store, signed) == []


def test_what_is_wrong_with_a_token_is_said(store: Store, signed: Person) -> None:
    assert "This token cannot be made." in words(click(page(), "Make it"))
