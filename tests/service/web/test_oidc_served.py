"""Sign-in through a served process: at a certified identity provider, which requires PKCE, and at one that hangs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from joserfc.jwk import RSAKey

from data.people.person import Role
from data.people.store.accounts import identities, people
from data.people.store.accounts.tables import FLOWS
from tests.browser import chromium
from tests.data.people.store import accounts_help
from tests.service.web import providers
from tests.service.web.served import Served, served

pytestmark = pytest.mark.slow
needs_provider = pytest.mark.skipif(not providers.is_installed(), reason="make .venv-oidc/ready installs the provider")

PEOPLE = {
    "s-1": {"email": "rita@example.com", "email_verified": True, "name": "Rita"},
    "s-2": {"email": "rolf@example.com", "email_verified": True, "name": "Rolf"},
    "s-3": {"email": "gina@example.com", "email_verified": True, "name": "Gina", "groups": ["sales-heads"]},
    "s-4": {"email": "udo@example.com", "email_verified": False, "name": "Udo"},
}


@dataclass(frozen=True)
class Place:
    """A server, and the port at which it believes its provider to be."""

    server: Served
    port: int

    def provider(self, key: str = "first") -> AbstractContextManager[str]:
        signs = RSAKey.generate_key(2048, {"kid": key, "use": "sig", "alg": "RS256"})
        return providers.certified(self.port, signs, PEOPLE, f"{self.server.origin}/sign-in/oidc/callback")

    def invited(self, name: str, role: Role = "ecommerce") -> str:
        return accounts_help.invited(self.server.store, self.server.admin, role, email=f"{name}@example.com").id


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    own, provider = chromium.free_port(), chromium.free_port()
    settings = {
        "ORDERBEAT_SIGN_IN": "accounts,oidc", "ORDERBEAT_URL": f"http://127.0.0.1:{own}",
        "ORDERBEAT_OIDC_ISSUER": f"http://127.0.0.1:{provider}", "ORDERBEAT_OIDC_CLIENT_ID": providers.CLIENT,
        "ORDERBEAT_OIDC_CLIENT_SECRET": providers.SECRET,
    }  # fmt: skip
    log = tmp_path / "said.log"
    with served(tmp_path / "home", log, port=own, **settings) as server:
        yield Place(server, provider)
    assert "Traceback" not in log.read_text()


class Browser:
    """What somebody has cookies in; it goes where it is sent."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.client = httpx.Client(trust_env=False, timeout=30)

    def begin(self) -> httpx.Response:
        """Presses the button of the provider."""
        address = f"{self.server.origin}/sign-in/oidc"
        return self.client.post(address, data={"next": "/team"}, headers={"Origin": self.server.origin})

    def at_provider(self, subject: str) -> str:
        """Signs in at the provider, and gives the address to which it leads back."""
        began = self.begin()
        assert began.status_code == 200, began.text
        form = self.client.get(providers.led_to(began.text), follow_redirects=True)
        assert form.text == "Who are you?", form.text
        answer = self.client.post(str(form.url), data={"subject": subject})
        while not answer.headers["location"].startswith(self.server.origin):
            answer = self.client.get(answer.headers["location"])
        return answer.headers["location"]

    def back(self, address: str) -> httpx.Response:
        return self.client.get(address)

    @property
    def is_in(self) -> bool:
        return self.client.get(f"{self.server.origin}/team").status_code == 200


def values(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


@needs_provider
def test_who_is_invited_comes_in_once_for_each_code(place: Place) -> None:
    account = place.invited("rita")
    place.invited("rolf")
    rita, rolf, thief = (Browser(place.server) for _ in range(3))
    with place.provider() as issuer:
        used = rita.at_provider("s-1")
        answer = rita.back(used)
        assert (answer.status_code, answer.headers["location"]) == (303, "/team")
        assert rita.is_in
        bound = people.find(place.server.store, place.server.admin, account).identities
        assert bound == ((issuer, "s-1"),)

        # A code that was used, in a sign-in of its own; and one that was begun elsewhere, whose verifier is another.
        stolen = rolf.at_provider("s-2")
        for code in (values(used)["code"], values(stolen)["code"]):
            state = values(providers.led_to(thief.begin().text))["state"]
            refused = thief.back(f"{place.server.origin}/sign-in/oidc/callback?code={code}&state={state}&iss={issuer}")
            assert (refused.status_code, "This sign-in is over." in refused.text) == (403, True)
            assert not thief.is_in


@needs_provider
def test_a_wrong_verifier_and_who_is_not_known(place: Place) -> None:
    place.invited("rita")
    place.invited("udo")
    with place.provider():
        rita = Browser(place.server)
        address = rita.at_provider("s-1")
        with place.server.store.engine.begin() as connection:
            connection.execute(sa.update(FLOWS).values(verifier="x" * 43))
        assert rita.back(address).status_code == 403
        assert not rita.is_in
        for subject in ("s-2", "s-4"):  # not invited; an address that nobody verified
            stranger = Browser(place.server)
            answer = stranger.back(stranger.at_provider(subject))
            assert (answer.status_code, "Ask your administrator" in answer.text) == (403, True)
        goes = Browser(place.server)
        assert "did not let you in" in goes.back(goes.at_provider("nobody")).text

        identities.give_group(place.server.store, place.server.admin, "sales-heads", "director")
        gina = Browser(place.server)
        gina.back(gina.at_provider("s-3"))
        assert gina.is_in


@needs_provider
def test_a_provider_changes_its_key(place: Place) -> None:
    place.invited("rita")
    for key in ("first", "second"):
        with place.provider(key):
            rita = Browser(place.server)
            rita.back(rita.at_provider("s-1"))
            assert rita.is_in


@needs_provider
def test_a_provider_goes_away(place: Place) -> None:
    place.invited("rita")
    with place.provider():
        rita = Browser(place.server)
        address = rita.at_provider("s-1")
    for answer in (rita.back(address), rita.begin()):
        assert answer.status_code == 400
        assert "does not answer" in answer.text
        assert 'name="password"' in answer.text
    assert not rita.is_in
    with place.provider():
        again = Browser(place.server)
        again.back(again.at_provider("s-1"))
        assert again.is_in


def test_a_provider_that_hangs_is_waited_for_so_long(place: Place) -> None:
    """A little of its answer comes now and then, the end of it only when the page is there already."""
    with providers.running(place.port) as hanging:
        hanging.answers.clear()
        answer = Browser(place.server).begin()
        assert answer.status_code == 400
        assert "does not answer" in answer.text
        assert 'name="password"' in answer.text
        hanging.answers.set()
        assert Browser(place.server).begin().status_code == 200
