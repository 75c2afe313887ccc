"""Sign-in at identity providers: one that others wrote, and a double that does wrong on purpose."""

import base64
import dataclasses
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from data import settings
from data.errors import OrderbeatError
from data.people.store.accounts import identities, people
from service.web import oidc
from tests.service.web import providers
from tests.service.web.house import BEHIND, Answer, House
from tests.service.web.providers import CLIENT, SECRET, Provider

PERSON = {"sub": "s-17", "email": "rita@example.com", "email_verified": True, "name": "Rita"}


def forget() -> None:
    """As a server that has just started, which knows nothing of any provider."""
    oidc._said.clear()
    oidc._keys.cache_clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    forget()
    with providers.running() as running:
        running.claims = dict(PERSON)
        yield running


def house_of(issuer: str, home: Path) -> House:
    told = dataclasses.replace(
        settings.current(), home=home, store="", sign_in=frozenset({"accounts", "oidc"}), url="http://127.0.0.1:8501",
        oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_name="Example",
    )  # fmt: skip
    return House(told)


@pytest.fixture
def house(provider: Provider, tmp_path: Path) -> House:
    return house_of(provider.issuer, tmp_path)


def gone(house: House, provider: Provider, place: str = "/team?period=quarter") -> dict[str, str]:
    """Sends the browser off, and gives what it took along to the provider."""
    answer = house.ask("/sign-in/oidc", "POST", {"next": place})
    assert answer.status == 200, answer.text
    taken = {name: values[0] for name, values in parse_qs(urlsplit(providers.led_to(answer.text)).query).items()}
    provider.nonce = taken["nonce"]
    return taken


def back(house: House, taken: dict[str, str], code: str = "c1", **more: str) -> Answer:
    answered = "&".join(f"{name}={value}" for name, value in {"code": code, "state": taken["state"], **more}.items())
    return house.ask(f"/sign-in/oidc/callback?{answered}")


def is_in(house: House) -> bool:
    return house.ask("/team").body == BEHIND


def test_an_invited_person_comes_in_by_a_verified_address_and_later_by_the_identity_alone(
    house: House, provider: Provider
) -> None:
    account = house.invited("rita", "ecommerce")
    taken = gone(house, provider)
    assert taken["code_challenge_method"] == "S256"
    assert {"response_type": "code", "client_id": CLIENT}.items() <= taken.items()
    answer = back(house, taken)
    assert (answer.status, answer.header("location")) == (303, "/team?period=quarter")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(provider.verifiers[0].encode()).digest())
    assert challenge.decode().rstrip("=") == taken["code_challenge"]
    assert is_in(house)
    assert people.find(house.store, house.admin, account).identities == ((provider.issuer, "s-17"),)
    house.jar.clear()
    provider.claims |= {"email": "rita.new@example.com"}
    back(house, gone(house, provider), "c2")
    assert is_in(house)


@pytest.mark.parametrize("said", [{"email_verified": False}, {"email_verified": "true"}, {"email": "x@example.com"}])
def test_who_is_not_known_is_told_whom_to_ask(house: House, provider: Provider, said: dict[str, Any]) -> None:
    house.invited("rita", "ecommerce")
    provider.claims |= said
    answer = back(house, gone(house, provider))
    assert answer.status == 403
    assert "Ask your administrator" in answer.text
    assert not is_in(house)


def test_a_provider_that_tells_the_address_only_when_asked(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    provider.userinfo, provider.claims = dict(PERSON), {"sub": "s-17"}
    back(house, gone(house, provider))
    assert is_in(house)
    house.jar.clear()
    provider.userinfo = PERSON | {"sub": "another"}
    assert back(house, gone(house, provider), "c2").status == 403
    assert not is_in(house)


def test_an_issuer_may_end_in_a_slash(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    provider.named = f"{provider.issuer}/"
    provider.changed = lambda claims: claims | {"iss": provider.named}
    back(house, gone(house, provider))
    assert is_in(house)


@pytest.mark.parametrize(
    ("token", "asked"),
    [
        ({"email": "rita@example.com"}, {"email": "x@example.com", "email_verified": True}),
        ({"email_verified": True}, {"email": "rita@example.com", "email_verified": False}),
    ],
)
def test_an_address_is_as_verified_as_is_said_where_it_stands(
    house: House, provider: Provider, token: dict[str, Any], asked: dict[str, Any]
) -> None:
    house.invited("rita", "ecommerce")
    provider.more = {"scopes_supported": ["openid", "groups"]}
    provider.claims, provider.userinfo = {"sub": "s-17", **token}, {"sub": "s-17", **asked}
    assert back(house, gone(house, provider)).status == 403
    assert not is_in(house)


@pytest.mark.parametrize("named", [7, None, ["x"], {}])
def test_a_provider_that_describes_itself_in_nonsense(house: House, provider: Provider, named: Any) -> None:
    provider.named = named or [named]
    assert "set up differently" in house.ask("/sign-in/oidc", "POST", {}).text


def test_groups_give_roles(house: House, provider: Provider) -> None:
    identities.give_group(house.store, house.admin, "sales-heads", "director")
    provider.claims |= {"groups": ["sales-heads", "others"]}
    back(house, gone(house, provider))
    assert is_in(house)


def test_groups_are_asked_for_where_the_provider_knows_the_word(house: House, provider: Provider) -> None:
    identities.give_group(house.store, house.admin, "sales-heads", "director")
    assert gone(house, provider)["scope"] == "openid email profile"
    provider.more = {"scopes_supported": ["openid", "groups"]}
    provider.userinfo = {"sub": "s-17", "groups": ["sales-heads"]}  # the address is in the token, the groups are not
    taken = gone(house, provider)
    assert taken["scope"] == "openid email profile groups"
    back(house, taken)
    assert is_in(house)


def test_nothing_goes_to_an_address_without_tls(house: House, provider: Provider) -> None:
    names = ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]
    addresses = ["http://evil.example/there", "ftp://127.0.0.1/there", "javascript:alert(1)", "http://[", "https://", 7]
    for name, address in product(names, addresses):
        provider.more = {name: address}
        answer = house.ask("/sign-in/oidc", "POST", {})
        assert answer.status == 400, (name, address)
        assert "not reached through TLS" in answer.text or "set up differently" in answer.text


def test_a_provider_behind_tls_names_nothing_without_it() -> None:
    said = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), "https://idp.example/x")
    oidc._require_private("https://idp.example", said)
    with pytest.raises(OrderbeatError, match="TLS"):
        oidc._require_private("https://idp.example", said | {"jwks_uri": "http://127.0.0.1/keys"})


WRONG: dict[str, Any] = {
    "audience": lambda c: c | {"aud": "another"},
    "several audiences without the one it is for": lambda c: c | {"aud": [CLIENT, "another"]},
    "for another of several": lambda c: c | {"aud": [CLIENT, "another"], "azp": "another"},
    "issuer": lambda c: c | {"iss": "https://evil.example"},
    "nonce": lambda c: c | {"nonce": "another"},
    "no nonce": lambda c: {name: value for name, value in c.items() if name != "nonce"},
    "no subject": lambda c: {name: value for name, value in c.items() if name != "sub"},
    "no end": lambda c: {name: value for name, value in c.items() if name != "exp"},
}
CLOCKS: dict[str, Any] = {
    "years behind": lambda c: c | {"iat": 1},
    "five minutes behind": lambda c: c | {"iat": c["iat"] - 300, "exp": c["exp"] + 3000},
    "five minutes ahead": lambda c: c | {"iat": c["iat"] + 300, "exp": c["exp"] + 300},
    "over": lambda c: c | {"iat": c["iat"] - 700, "exp": c["exp"] - 600},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_not_what_was_asked_for_lets_nobody_in(house: House, provider: Provider, wrong: str) -> None:
    house.invited("rita", "ecommerce")
    provider.changed = WRONG[wrong]
    answer = back(house, gone(house, provider))
    assert answer.status == 403
    assert "could not be verified" in answer.text
    assert not is_in(house)


@pytest.mark.parametrize("wrong", CLOCKS)
def test_clocks_that_differ_are_named(house: House, provider: Provider, wrong: str) -> None:
    house.invited("rita", "ecommerce")
    provider.changed = CLOCKS[wrong]
    answer = back(house, gone(house, provider))
    assert answer.status == 403
    assert "clocks" in answer.text
    assert not is_in(house)


def _unsigned(provider: Provider, claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "kid": provider.keys[0].kid}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


def _with_its_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    parts = ({"alg": "HS256", "kid": provider.keys[0].kid}, claims)
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    seal = hmac.digest(provider.keys[0].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


def _with_the_secret(provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256", "kid": provider.keys[0].kid}, claims, OctKey.import_key(SECRET))


def _with_a_key_of_somebody_else(provider: Provider, claims: dict[str, Any]) -> str:
    other = RSAKey.generate_key(2048, {"kid": "first"})
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, other)


@pytest.mark.parametrize("sign", [_unsigned, _with_its_public_key, _with_the_secret, _with_a_key_of_somebody_else,
                                  lambda *_: "nonsense", lambda *_: ""])  # fmt: skip
def test_what_its_keys_did_not_sign_lets_nobody_in(house: House, provider: Provider, sign: Any) -> None:
    house.invited("rita", "ecommerce")
    provider.sign = sign
    assert back(house, gone(house, provider)).status == 403
    assert not is_in(house)


def test_a_new_key_is_fetched_when_it_is_first_met(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    back(house, gone(house, provider))
    assert is_in(house)
    house.jar.clear()
    provider.keys.append(RSAKey.generate_key(2048, {"kid": "second"}))
    back(house, gone(house, provider), "c2")
    assert is_in(house)


def test_a_bad_signature_does_not_make_us_ask_for_keys(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    back(house, gone(house, provider))
    provider.sign = _with_a_key_of_somebody_else
    for number in range(3):
        assert back(house, gone(house, provider), f"bad{number}").status == 403
    assert provider.asked.count("/keys") == 1


@pytest.mark.parametrize("kid", ["unknown", None])
def test_unknown_keys_are_sought_now_and_then(
    house: House, provider: Provider, kid: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.invited("rita", "ecommerce")
    back(house, gone(house, provider))
    named = {"kid": kid} if kid else {}
    other = RSAKey.generate_key(2048)
    provider.sign = lambda _, claims: jwt.encode({"alg": "RS256", **named}, claims, other)
    for number in range(3):
        assert back(house, gone(house, provider), f"bad{number}").status == 403
    assert provider.asked.count("/keys") == 2
    monkeypatch.setattr(oidc, "_SOUGHT_EVERY", 0)
    assert back(house, gone(house, provider), "later").status == 403
    assert provider.asked.count("/keys") == 3


def test_keys_that_are_nonsense(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    for number, nonsense in enumerate([{"no": "keys"}, {"keys": 7}, {"keys": ["x"]}, {"keys": [{}]}, {"keys": [None]}]):
        provider.key_set = nonsense
        assert back(house, gone(house, provider), f"c{number}").status == 403, nonsense
    assert not is_in(house)


def test_an_answer_counts_once_and_in_the_browser_that_asked(house: House, provider: Provider) -> None:
    house.invited("rita", "ecommerce")
    taken = gone(house, provider)
    kept = dict(house.jar)
    house.jar.clear()  # another browser
    assert back(house, taken).status == 403
    assert not is_in(house)
    house.jar = dict(kept)
    back(house, taken)
    assert is_in(house)
    house.jar = dict(kept)
    assert back(house, taken).status == 403  # the state is used
    house.jar.clear()
    again = gone(house, provider)
    assert back(house, again).status == 403  # the code is
    assert not is_in(house)
    assert back(house, {"state": "forged"}, "c9").status == 403


def test_a_provider_that_says_no_or_is_somebody_else(house: House, provider: Provider) -> None:
    taken = gone(house, provider)
    answer = house.ask(f"/sign-in/oidc/callback?error=access_denied&state={taken['state']}")
    assert answer.status == 403
    assert "did not let you in" in answer.text
    taken = gone(house, provider)
    assert back(house, taken, iss="https://evil.example").status == 403
    provider.named = "https://evil.example"
    assert "set up differently" in house.ask("/sign-in/oidc", "POST", {}).text


def test_a_provider_that_is_away_leaves_the_accounts(house: House, provider: Provider, tmp_path: Path) -> None:
    provider.status = 500
    answer = house.ask("/sign-in/oidc", "POST", {})
    assert answer.status == 400
    assert "does not answer" in answer.text
    assert 'name="password"' in answer.text
    nobody = house_of("http://127.0.0.1:9", tmp_path / "other")
    assert "does not answer" in nobody.ask("/sign-in/oidc", "POST", {}).text


def test_a_real_provider_lets_the_invited_in(tmp_path: Path) -> None:
    forget()
    user = oidc_provider_mock.User(sub="rita", claims={"email": "rita@example.com", "email_verified": True})
    with oidc_provider_mock.run_server_in_thread(user_claims=[user]) as server:
        house = house_of(f"http://localhost:{server.server_port}", tmp_path)
        house.invited("rita", "director")
        away = providers.led_to(house.ask("/sign-in/oidc", "POST", {"next": "/team"}).text)
        sent = requests.post(away, data={"sub": "rita"}, allow_redirects=False, timeout=20)
        place = urlsplit(sent.headers["location"])
        assert re.match(r"http://127\.0\.0\.1:8501/sign-in/oidc/callback", sent.headers["location"])
        answer = house.ask(f"{place.path}?{place.query}")
        assert (answer.status, answer.header("location")) == (303, "/team"), answer.text[-900:]
        assert is_in(house)
