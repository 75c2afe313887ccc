"""Who asks: whose a token is, as they are at this moment."""

from dataclasses import dataclass, replace

from data.errors import NotLetIn, OrderbeatError
from data.people import reached
from data.people.person import Person
from data.people.reached import Reached
from data.people.store import Store, open_store, tokens
from data.settings import Settings
from service.web import oidc

_LONGEST = 8 * 1024  # bytes of a token: those of providers carry claims


@dataclass(frozen=True)
class Caller:
    """Somebody in whose name an assistant asks; `key` is that of the token, for the audit and for rates."""

    person: Person
    key: str
    may_write: bool


def of_token(settings: Settings, token: str, resource: str = "", address: str = "") -> Caller:
    """Whose a personal token is, or a token that the company's provider gave for `resource`, the address of our server.

    Raises NotLetIn where it opens nothing now, for whatever reason: unknown, over, revoked, for something else, or of
    somebody who may not come in. Raises what the store raises, and OrderbeatError where the provider is away.
    """
    if not token or len(token) > _LONGEST or not token.isascii():
        raise not_let_in()
    store = open_store(settings)
    found = tokens.of_secret(store, token, "assistant")
    if found:
        return _caller(reached.somebody(store, found.account_id), found.id, address, may_write=found.may_write)
    if "oidc" in settings.sign_in and resource and token.count(".") == 2:
        return _of_provider(settings, store, token, resource, address)
    raise not_let_in()


def _of_provider(settings: Settings, store: Store, token: str, resource: str, address: str) -> Caller:
    """By a token of the provider somebody reads; to write takes one that they made here."""
    issuer, subject = oidc.bearer(settings, token, resource)
    found = reached.with_identity(store, issuer, subject)
    return _caller(found, f"identity of {found.person.key}" if found else "", address, may_write=False)


def _caller(found: Reached | None, key: str, address: str, *, may_write: bool) -> Caller:
    if found is None:
        raise not_let_in()
    return Caller(replace(found.person, session=key, address=address), key, may_write)


def not_let_in() -> OrderbeatError:
    """What is said of every token that opens nothing."""
    return NotLetIn(
        "This token does not let anybody in.",
        "It is over, was revoked, is for something else, or its owner may not come in.",
        "Make another on the page Delivery.",
    )
