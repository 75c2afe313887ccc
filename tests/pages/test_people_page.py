"""The page People without a browser: what it says, what can be done, and that the store's doors are what does it."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data import settings
from data.people.person import Role
from data.people.store import Store, audit, open_store
from data.people.store.accounts import identities, people, rules
from data.people.store.accounts.people import Account
from data.warehouse import build
from pages.ui import looking
from pages.ui.people import file
from service import commands
from tests import companies
from tests.browser.test_states import ONE_OF_EACH
from tests.pages.screen import opened, said
from tests.people import ADMIN

ISSUER = "https://idp.example"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of one rep, R1, published."""
    place = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(place))
        companies.load(place, ONE_OF_EACH)
        build.build(settings.current())
    return place


@pytest.fixture
def store(published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """A store of the test's own beside the published company."""
    home = tmp_path / "home"
    home.mkdir()
    for each in ("inputs", "snapshots"):
        (home / each).symlink_to(published / each)
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    return open_store(settings.current())


@pytest.fixture
def _with_provider(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """People sign in at a provider, and an administrator looks."""
    for name, value in {"SIGN_IN": "accounts,oidc", "OIDC_ISSUER": ISSUER, "URL": "http://127.0.0.1:8501"}.items():
        monkeypatch.setenv(f"ORDERBEAT_{name}", value)
    monkeypatch.setattr(looking, "signed_in", lambda: ADMIN)


def invited(store: Store, email: str, *roles: Role, **more: Any) -> Account:
    return people.invite(store, ADMIN, email=email, name=more.pop("name", email), roles=roles, **more)


def page(**query: str) -> AppTest:
    return opened("admin", "people", **query)


def words(app: AppTest) -> str:
    return "\n".join(said(app))


def click(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception
    return app


def did(store: Store) -> list[str]:
    return [entry.did for entry in audit.read(store, ADMIN)]


def test_nobody_is_entered_yet_and_the_demonstration_says_that_nobody_signs_in(store: Store) -> None:
    shown = words(page())
    assert "Nobody is entered yet" in shown
    assert "ORDERBEAT_SIGN_IN" in shown


def test_it_says_how_many_may_come_in_and_who_sees_nothing(store: Store) -> None:
    invited(store, "boss@x.example", "director", name="Boss")
    invited(store, "rep@x.example", "rep", rep="R1", name="Rep")
    invited(store, "lost@x.example", "rep", rep="R017", name="Lost *Soul*")
    shown = words(page())
    assert "3 people may come in; 3 have not yet; 1 cannot see anything: Lost *Soul* is bound to R017" in shown
    assert {"boss@x.example", "rep@x.example", "lost@x.example"} <= {*shown.split("\n")}


def test_the_list_is_searched(store: Store) -> None:
    for name in ("Ann", "Bob"):
        invited(store, f"{name}@x.example", "director", name=name)
    shown = words(page(**{"people-search": "ANN"}))
    assert "ann@x.example" in shown
    assert "bob@x.example" not in shown


def test_an_account_is_changed_and_what_is_refused_is_said(store: Store) -> None:
    account = invited(store, "a@x.example", "director", name="Ann")
    app = page(account=account.id)
    app.text_input(key=f"person-{account.id}-0-name").set_value("Ann Lee")
    app.button_group(key=f"person-{account.id}-0-roles").set_value(["ecommerce"])
    click(app, "Save")
    changed = people.find(store, ADMIN, account.id)
    assert (changed.name, *changed.roles) == ("Ann Lee", "ecommerce")
    app.button_group(key=f"person-{account.id}-1-roles").set_value(["rep"])
    click(app, "Save")
    assert "It is not said whose accounts this person sees." in words(app)
    assert people.find(store, ADMIN, account.id) == changed


def test_a_link_is_shown_once_to_hand_over(store: Store) -> None:
    account = invited(store, "a@x.example", "director")
    app = click(page(account=account.id), "Invitation link")
    (code,) = [each for each in app.code if "sign-in" in each.value]
    assert "/sign-in/link/" in code.value
    assert code.value not in words(page(account=account.id))
    assert did(store)[0] == "link_made"


def test_erasing_asks_for_the_address(store: Store) -> None:
    account = invited(store, "a@x.example", "director", name="Ann")
    app = page(account=account.id)
    app.text_input(key=f"person-{account.id}-0-confirm").set_value("b@x.example")
    click(app, "Erase for good")
    assert "Nothing was erased." in words(app)
    assert not people.find(store, ADMIN, account.id).is_erased
    app.text_input(key=f"person-{account.id}-0-confirm").set_value("A@x.example ")
    click(app, "Erase for good")
    assert people.find(store, ADMIN, account.id).is_erased
    assert "Ann" not in words(app).split("\n")


def test_deactivated_and_back(store: Store) -> None:
    account = invited(store, "a@x.example", "director")
    app = click(page(account=account.id), "Deactivate")
    assert not people.find(store, ADMIN, account.id).is_active
    click(app, "Reactivate")
    assert people.find(store, ADMIN, account.id).is_active


def test_actions_are_taken_from_a_role_and_given_back(store: Store) -> None:
    app = page(section="roles")
    app.checkbox(key="rep-export-0").uncheck()
    app.checkbox(key="lead-factor-0").check()
    click(app, "Save")
    assert rules.in_force(store) == rules.Rules(frozenset({("rep", "export")}), frozenset({"lead"}))
    app.checkbox(key="rep-export-2").check()
    click(app, "Save")
    assert rules.in_force(store).taken == frozenset()


def test_groups_of_a_provider_are_nobodys_matter_where_there_is_none(store: Store) -> None:
    account = invited(store, "a@x.example", "director")
    shown = words(page(section="roles")) + words(page(account=account.id))
    assert "Groups of the identity provider" not in shown
    assert "identities" not in shown.split("\n")


@pytest.mark.usefixtures("_with_provider")
def test_groups_of_the_provider_are_given_roles_and_lose_them(store: Store) -> None:
    app = page(section="roles")
    assert "No group gives a role: administrators decide." in words(app)
    app.text_input(key="group-name-0").set_value(" sales *heads* ")
    app.selectbox(key="group-role-0").set_value("director")
    click(app, "Give the group this role")
    assert identities.groups(store, ADMIN) == [("sales *heads*", "director")]
    shown = words(app)
    assert {"sales *heads*: Sales director"} <= {*shown.split("\n")}
    assert "These groups decide the roles" in shown
    click(app, "Remove")
    assert identities.groups(store, ADMIN) == []
    click(app, "Give the group this role")
    assert "There is no such role or group." in words(app)
    assert did(store)[:2] == ["group_lost_role", "group_given_role"]


@pytest.mark.usefixtures("_with_provider")
def test_identities_are_bound_by_hand_and_unbound(store: Store) -> None:
    account, other = (invited(store, f"{name}@x.example", "director", name=name) for name in ("Ann", "Bob"))
    app = page(account=account.id)
    app.text_input(key=f"person-{account.id}-0-subject").set_value(" s-17 ")
    click(app, "Bind")
    assert people.find(store, ADMIN, account.id).identities == ((ISSUER, "s-17"),)
    assert f"s-17 at {ISSUER}" in words(app)
    of_other = page(account=other.id)
    of_other.text_input(key=f"person-{other.id}-0-subject").set_value("s-17")
    click(of_other, "Bind")
    assert "This identity is somebody else's." in words(of_other)
    of_other.text_input(key=f"person-{other.id}-0-subject").set_value(" ")
    click(of_other, "Bind")
    assert "The identity is missing." in words(of_other)
    click(app, "Unbind")
    assert people.find(store, ADMIN, account.id).identities == ()
    assert did(store)[:2] == ["identity_unbound", "identity_bound"]


def test_the_audit_is_searched_and_verified(store: Store) -> None:
    invited(store, "a@x.example", "director", name="Ann")
    rules.take(store, ADMIN, "rep", "export")
    assert {"invited a person", "took an action from a role", "Ann"} <= {*words(page(section="audit")).split("\n")}
    app = page(section="audit", **{"audit-did": "action_taken"})
    (rows,) = [each.value for each in app.dataframe]
    assert list(rows["About"]) == ["Rep"]
    assert "Every row is as it was written" in words(click(app, "Verify the audit"))


def test_a_damaged_audit_is_named(store: Store) -> None:
    import sqlalchemy as sa  # noqa: PLC0415 (somebody who changes the store past it)

    invited(store, "a@x.example", "director")
    with store.engine.begin() as connection:
        connection.execute(sa.text("update audit set about = 'x'"))
    assert "The audit is damaged." in words(click(page(section="audit"), "Verify the audit"))


def test_a_file_is_read_in_whole_or_says_each_row_that_cannot_be(store: Store) -> None:
    app = page()
    app.session_state["people-file-outcome"] = file._read_in(ADMIN, b"e-mail,name,roles\na@x.example,Ann,director\n")
    assert "1 person invited; 0 changed" in words(app.run())
    rows = b"e-mail,name,roles\nb@x.example,Bob,king\nnobody,Cy,rep\n"
    monarchs = page()
    monarchs.session_state["people-file-outcome"] = file._read_in(ADMIN, rows)
    said = words(monarchs.run())
    assert "Line 2: There is no such role." in said
    assert "Line 3: This is no e-mail address." in said
    assert [each.email for each in people.everybody(store, ADMIN)] == ["a@x.example"]


def test_how_a_person_at_a_customer_is_erased_is_said_as_the_command_there_is(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    app = page()
    (code,) = [each.value for each in app.code]
    assert [line.split()[:4] for line in code.splitlines()] == [["python", "-m", "data", "erase-contact"]] * 2
    for line in code.splitlines():
        assert commands.main(line.replace("CONTACT_ID", "nobody").split()[3:]) == 3
        assert "There is no contact nobody." in capsys.readouterr().err
