"""The address of the server: who is let through, who is told where tokens are, and what ends a token's good days."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from mcp.client.client import Client

from data import settings
from data.people.store import tokens
from data.people.store.accounts import identities, people
from service.assistant import door, server
from service.web import front
from tests.pages.test_leaks import SCOPES
from tests.servers import free_port
from tests.service.assistant.conftest import lived_in
from tests.service.assistant.house import ROLES, TOKEN, House, served
from tests.service.web import providers
from tests.service.web.providers import CLIENT, SECRET, Provider
from tests.service.web.test_oidc import forget

FIGURES = ("query_metric", {"metric": "customers.kpis"})


def test_without_a_token_it_says_where_they_are_given(house: House) -> None:
    answer = house.post()
    assert answer.status_code == 401
    where = f"{house.address}/.well-known/oauth-protected-resource/mcp"
    assert answer.headers["www-authenticate"] == f'Bearer resource_metadata="{where}"'
    told = house.post("/.well-known/oauth-protected-resource/mcp", "GET")
    assert told.status_code == 200
    assert told.json() == {"resource": f"{house.address}/mcp", "resource_name": "Orderbeat",
                           "bearer_methods_supported": ["header"]}  # fmt: skip
    assert "content-security-policy" in told.headers
    wrong = house.post(authorization="Bearer nonsense")
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]


def test_a_token_opens_nothing_once_it_is_over_revoked_or_for_something_else(own: House) -> None:
    def is_let_in(secret: str) -> bool:
        return own.post(authorization=f"Bearer {secret}").status_code == 200

    good = own.token("rep")
    assert is_let_in(good)
    assert not is_let_in(good[:-1])
    assert not is_let_in(tokens.make(own.store, own.person("rep"), "calendar", "Phone", days=3).secret)
    found = tokens.of_secret(own.store, good, "assistant")
    assert found
    with own.store.keeping() as connection:
        of_it = sa.update(tokens.TOKENS).where(tokens.TOKENS.c.id == found.id)
        connection.execute(of_it.values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert not is_let_in(good)
    other = own.token("rep")
    assert is_let_in(other)
    tokens.revoke(own.store, own.person("rep"), tokens.own(own.store, own.person("rep"))[0].id)
    assert not is_let_in(other)


def test_what_an_administrator_changes_holds_from_the_next_call_on(own: House) -> None:
    """One client, open all the while: its role, its way and its account are taken from under it."""
    secret, told = own.secrets["rep"], list[Any]()

    async def talk(client: Client) -> None:
        async def ask() -> Any:
            found = await client.call_tool("list_values", {"what": "customers"})
            return found.structured_content

        told.append({token[1] for token in TOKEN.findall(str(await ask()))})
        of = people.find(own.store, own.admin, own.accounts["rep"])
        people.change(own.store, own.admin, of.id, name="Rep", roles=["lead"], team="R3")
        told.append({token[1] for token in TOKEN.findall(str(await ask()))})
        own.open("assistant", "director")
        told.append((await ask())["refused"]["what"])
        told.append((await client.list_tools()).tools)

    own.within(secret, talk)
    assert told == [{"R5"}, SCOPES["lead:R3"], "This way is not open to you.", []]
    own.open("assistant", *ROLES)
    assert own.post(authorization=f"Bearer {secret}").status_code == 200
    people.deactivate(own.store, own.admin, own.accounts["rep"])
    assert own.post(authorization=f"Bearer {secret}").status_code == 401


def test_it_is_closed_to_everybody_at_first(own: House) -> None:
    own.open("assistant")
    for role in ROLES:
        (told,) = own.ask(own.secrets[role], FIGURES)
        assert told.answer["refused"]["what"] == "This way is not open to you."


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"x": "y" * 40_000}, 431),
        ({}, 200),
    ],
)
def test_hosts_origins_and_sizes_are_held_to_as_for_pages(house: House, headers: dict[str, str], status: int) -> None:
    answer = house.post(authorization=f"Bearer {house.secrets['rep']}", **headers)
    assert answer.status_code == status


def test_only_questions_are_taken_in_and_only_short_ones(house: House) -> None:
    bearer = {"authorization": f"Bearer {house.secrets['rep']}"}
    for method in ("GET", "DELETE", "PUT"):
        answer = house.post(method=method, **bearer)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    long = {"name": "list_values", "arguments": {"what": "customers", "search": "x" * 300_000}}
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": long}
    assert house.send(question, **bearer).status_code == 413
    assert house.post("/mcp/", **bearer).status_code == 403  # of the pages: a form without their origin


def test_a_client_of_an_earlier_protocol_is_answered(house: House) -> None:
    async def ask(client: Client) -> Any:
        return (await client.call_tool(*FIGURES)).structured_content

    assert house.within(house.secrets["rep"], ask, mode="legacy")["rows"]


def test_too_many_questions_of_one_token_wait_and_others_do_not(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, most in ((server, "CALLS", 3), (door, "REQUESTS", 30)):
        monkeypatch.setattr(module, f"_{name}_AT_ONCE", most)
        monkeypatch.setattr(module, f"_{name}_PER_SECOND", 0.001)
    with lived_in(published, tmp_path / "home"), served(House(settings.current())) as own:
        told = own.ask(own.secrets["rep"], *[FIGURES] * 4)
        assert [each.is_refused for each in told] == [False, False, False, True]
        assert told[-1].answer["refused"]["what"] == "These are too many questions at once."
        assert not own.ask(own.secrets["lead"], FIGURES)[0].is_refused
        strangers = [own.post() for _ in range(31)]
        assert [each.status_code for each in strangers] == [*[401] * 30, 429]
        assert int(strangers[-1].headers["retry-after"]) > 0


def test_the_demonstration_has_no_such_door(house: House) -> None:
    demo = front.middleware(replace(house.settings, sign_in=frozenset()), house.wire())
    assert "Door" not in str(demo)
    assert "Door" in str(front.middleware(house.settings, house.wire()))


# Tokens of the company's provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    forget()
    with providers.running() as running:
        yield running


@pytest.fixture
def with_provider(published: Path, provider: Provider, tmp_path: Path) -> Iterator[House]:
    told = {"SIGN_IN": "accounts,oidc", "OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET, "URL": f"http://127.0.0.1:{(port := free_port())}"}  # fmt: skip
    with lived_in(published, tmp_path / "home", **told), served(House(settings.current()), port) as running:
        identities.bind(running.store, running.admin, running.accounts["rep"], provider.issuer, "s-17")
        yield running


def signed(provider: Provider, resource: str, key: Any = None, alg: str = "RS256", **claims: Any) -> str:
    now = int(time.time())
    usual = {"iss": provider.issuer, "aud": resource, "iat": now, "exp": now + 300, "sub": "s-17"}
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    signs = key or provider.keys[-1]
    return jwt.encode({"alg": alg, "kid": provider.keys[-1].kid, "typ": "at+jwt"}, said, signs, algorithms=[alg])


def test_a_token_of_the_provider_opens_the_file_of_whom_it_knows(with_provider: House, provider: Provider) -> None:
    house = with_provider
    resource = f"{house.address}/mcp"
    told = house.post("/.well-known/oauth-protected-resource", "GET").json()
    assert (told["resource"], told["authorization_servers"]) == (resource, [provider.issuer])
    shown, *_ = house.ask(signed(provider, resource), ("list_values", {"what": "customers"}))
    assert {token[1] for token in TOKEN.findall(shown.text)} == {"R5"}
    several = signed(provider, "", aud=["https://other.example", resource])
    assert house.post(authorization=f"Bearer {several}").status_code == 200
    identities.unbind(house.store, house.admin, house.accounts["rep"], provider.issuer, "s-17")
    assert house.post(authorization=f"Bearer {several}").status_code == 401


def test_it_writes_nothing_by_a_token_of_the_provider(with_provider: House, provider: Provider) -> None:
    with_provider.open("assistant_writes", *ROLES)

    async def tools(client: Client) -> list[str]:
        return [tool.name for tool in (await client.list_tools()).tools]

    assert "accept" not in with_provider.within(signed(provider, f"{with_provider.address}/mcp"), tools)


def test_a_token_of_the_provider_for_another_or_of_another_opens_nothing(
    with_provider: House, provider: Provider
) -> None:
    resource, now = f"{with_provider.address}/mcp", int(time.time())
    wrong = {
        "another resource": signed(provider, "https://other.example/mcp"),
        "our sign-in": signed(provider, CLIENT),
        "an ID token": signed(provider, resource, nonce="n"),
        "another issuer": signed(provider, resource, iss="https://other.example"),
        "over": signed(provider, resource, exp=now - 3_600),
        "without an end": signed(provider, resource, exp=None),
        "of nobody": signed(provider, resource, sub=None),
        "of somebody unknown": signed(provider, resource, sub="s-18"),
        "signed by another": signed(provider, resource, RSAKey.generate_key(2048)),
        "signed with a secret": signed(provider, resource, OctKey.import_key(SECRET), "HS256"),
        "cut": signed(provider, resource)[:-4],
        "three dots": "a.b.c",
    }
    answers = {name: with_provider.post(authorization=f"Bearer {token}").status_code for name, token in wrong.items()}
    assert answers == dict.fromkeys(wrong, 401)
    assert with_provider.post(authorization=f"Bearer {signed(provider, resource)}").status_code == 200


def test_while_the_provider_is_away_nobody_is_said_to_have_a_bad_token(
    with_provider: House, provider: Provider
) -> None:
    provider.status = 500
    token = signed(provider, f"{with_provider.address}/mcp")
    assert with_provider.post(authorization=f"Bearer {token}").status_code == 503
    assert with_provider.post(authorization=f"Bearer {with_provider.secrets['rep']}").status_code == 200
