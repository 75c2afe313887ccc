"""Sign-in at the company's identity provider: OpenID Connect's code flow with PKCE, state and nonce.

OpenID Connect Core 1.0, section 3.1; PKCE is RFC 7636. Authlib speaks to the provider, joserfc reads its tokens.
"""

import math
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import KeySet

from data.errors import NotLetIn, OrderbeatError
from data.people.store.accounts.flows import Flow
from data.settings import Settings
from presentation.words import N_
from service.web.wall import OWN_NAMES

CALLBACK = "/sign-in/oidc/callback"
SECONDS = 10  # for which a provider is waited for: in one answer of ours altogether, and so in each of its own
_CLOCKS_MAY_DIFFER = 90  # seconds
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KNOWN_FOR = 3600  # seconds for which what a provider says of itself, and its keys, are believed
_SOUGHT_EVERY = 60  # seconds at least between two times that keys are fetched for one that is not among them
# What is signed with a secret that both know, or with nothing, is refused: the provider signs with a key of its own.
_SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


@dataclass(frozen=True)
class Going:
    """A sign-in that begins: the provider's address to go to, and what has to come back to the same browser."""

    address: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True)
class Identity:
    """Whom a provider says this is."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str
    groups: tuple[str, ...]


def going(settings: Settings) -> Going:
    """Where to send a browser. Raises OrderbeatError where the provider cannot be reached."""
    about = _about(settings.oidc_issuer, no_older_than=0)  # so that nobody is sent to one that is away
    state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
    with _client(settings, about) as client:
        address, _ = client.create_authorization_url(
            about["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
    return Going(address, state, nonce, verifier, browser)


def identity(settings: Settings, flow: Flow, answer: Mapping[str, str]) -> Identity:
    """Whom the provider's answer is about, once everything in it was verified.

    Raises NotLetIn where it is not what was asked for, OrderbeatError where the provider cannot be reached.
    """
    about = _about(settings.oidc_issuer, no_older_than=_KNOWN_FOR)
    if flow.provider != settings.oidc_issuer or answer.get("iss", about["issuer"]) != about["issuer"]:
        raise _not_believed()
    if "error" in answer or not answer.get("code"):
        raise NotLetIn(
            N_("The identity provider did not let you in."),
            N_("You stopped on the way, or it does not know you for Orderbeat."),
            N_("Try again, or ask your administrator."),
        )
    with _client(settings, about) as client:
        try:
            tokens = client.fetch_token(
                about["token_endpoint"], code=answer["code"], code_verifier=flow.verifier, timeout=SECONDS,
                grant_type="authorization_code", allow_redirects=False,
            )  # fmt: skip
        except OAuthError as error:
            raise (no_longer() if error.error == "invalid_grant" else _set_up_otherwise()) from error
        except (requests.RequestException, ValueError) as error:
            raise away() from error
    claims = _verified(settings, flow, about, str(tokens.get("id_token", "")))
    of_address = claims  # whether an address is verified is said where the address is
    wanted = {"email", "groups"} if _tells_groups(about) else {"email"}
    if wanted - claims.keys() and "userinfo_endpoint" in about:
        said = _fetched(str(about["userinfo_endpoint"]), str(tokens.get("access_token", "")))
        if said.get("sub") != claims["sub"]:  # OpenID Connect Core 1.0, 5.3.2
            raise _not_believed()
        of_address = claims if "email" in claims else said
        claims = said | claims
    groups = claims.get("groups", ())
    return Identity(
        settings.oidc_issuer,
        str(claims["sub"]),
        str(of_address.get("email", "")),
        of_address.get("email_verified") is True,
        str(claims.get("name", "")),
        tuple(each for each in groups if isinstance(each, str)) if isinstance(groups, list | tuple) else (),
    )


def bearer(settings: Settings, token: str, resource: str) -> tuple[str, str]:
    """The issuer and subject of an access token that the provider gave for the server of ours at that address.

    It is a JWT of its own keys (RFC 9068) whose audience is the resource. Raises NotLetIn for every other,
    OrderbeatError where the provider cannot be reached.
    """
    about = _about(settings.oidc_issuer, no_older_than=_KNOWN_FOR)
    registry = jwt.JWTClaimsRegistry(
        leeway=_CLOCKS_MAY_DIFFER,
        iss={"essential": True, "value": about["issuer"]},
        aud={"essential": True, "value": resource},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        claims = _decoded(about, token).claims
        registry.validate(claims)
    except (JoseError, ValueError) as error:
        raise _not_believed() from error
    if not isinstance(claims["sub"], str) or "nonce" in claims:  # one that tells of a sign-in opens nothing
        raise _not_believed()
    return settings.oidc_issuer, claims["sub"]


def _verified(settings: Settings, flow: Flow, about: Mapping[str, Any], token: str) -> dict[str, Any]:
    """What an ID token says, once it is known to be of the provider, of now, and for this sign-in."""
    registry = jwt.JWTClaimsRegistry(
        leeway=_CLOCKS_MAY_DIFFER,
        iss={"essential": True, "value": about["issuer"]},
        aud={"essential": True, "value": settings.oidc_client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": flow.nonce},
    )
    try:
        claims = _decoded(about, token).claims
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise _clocks() from error
    except InvalidClaimError as error:
        raise (_clocks() if error.claim in ("iat", "nbf", "exp") else _not_believed()) from error
    except (JoseError, ValueError) as error:
        raise _not_believed() from error
    if claims["iat"] < time.time() - _CLOCKS_MAY_DIFFER:  # it was made this moment, by its own clock
        raise _clocks()
    if claims.get("azp", settings.oidc_client_id) != settings.oidc_client_id:
        raise _not_believed()
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if several and "azp" not in claims:
        raise _not_believed()
    return dict(claims)


def _decoded(about: Mapping[str, Any], token: str) -> jwt.Token:
    """The token, its signature verified."""
    kid = jws.extract_compact(token.encode()).headers().get("kid")
    return jwt.decode(token, _keys(about["jwks_uri"]).now(kid), algorithms=_SIGNATURES)


class _Keys:
    """The keys of a provider. One that is not among them is sought there, now and then: providers change their keys.

    Whoever sends nonsense again and again does not make us ask again and again.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._known: KeySet | None = None
        self._fetched_at = self._sought_at = -math.inf
        self._deciding = threading.Lock()

    def now(self, kid: str | None) -> KeySet:
        """The keys, among which is the one of that id if the provider has it. Raises OrderbeatError."""
        known = self._known
        if known is None or self._has_to_ask(known, kid):
            try:
                known = KeySet.import_key_set(_fetched(self._address))  # type: ignore[arg-type] # else it raises
            except (KeyError, TypeError, ValueError, JoseError) as error:
                raise _not_believed() from error
            self._known, self._fetched_at = known, time.monotonic()
        return known

    def _has_to_ask(self, known: KeySet, kid: str | None) -> bool:
        present = time.monotonic()
        with self._deciding:
            if present - self._fetched_at >= _KNOWN_FOR:
                return True
            if any(key.kid == kid for key in known) or present - self._sought_at < _SOUGHT_EVERY:
                return False
            self._sought_at = present
            return True


@lru_cache(maxsize=4)
def _keys(address: str) -> _Keys:
    return _Keys(address)


_said: dict[str, tuple[float, Mapping[str, Any]]] = {}  # by issuer: when it was asked, and what it said of itself


def _about(issuer: str, *, no_older_than: float) -> Mapping[str, Any]:
    """What the provider says of itself (OpenID Connect Discovery 1.0), asked so many seconds ago at most."""
    asked_at, said = _said.get(issuer, (-math.inf, {}))
    if time.monotonic() - asked_at >= no_older_than:
        said = _fetched(f"{issuer}/.well-known/openid-configuration")
        if not isinstance(said.get("issuer"), str) or said["issuer"].rstrip("/") != issuer:
            raise _set_up_otherwise()
        _require_private(issuer, said)
        _said[issuer] = time.monotonic(), said
    return said


def _require_private(issuer: str, said: Mapping[str, Any]) -> None:
    """Raises OrderbeatError for an address without TLS; on this computer it may be, where the issuer's own is."""
    named = [said.get(name) for name in (*_ADDRESSES, *({"userinfo_endpoint"} & said.keys()))]
    for address in named:
        try:
            parts = urlsplit(address) if isinstance(address, str) else None
        except ValueError:
            parts = None
        if parts is None or not parts.hostname:
            raise _set_up_otherwise()
        is_here = issuer.startswith("http:") and parts.scheme == "http" and parts.hostname in OWN_NAMES
        if parts.scheme != "https" and not is_here:
            raise OrderbeatError(
                N_("The identity provider names an address that is not reached through TLS."),
                N_("What is sent there could be read on the way."),
                N_("Tell your administrator."),
            )


def _tells_groups(about: Mapping[str, Any]) -> bool:
    """Whether groups may be asked for: a provider that does not know the word may refuse the whole sign-in."""
    known = about.get("scopes_supported")
    return isinstance(known, list) and "groups" in known


def _fetched(address: str, bearer: str = "") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(address, headers=headers, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise away() from error
    if not isinstance(said, dict):
        raise away()
    return said


def _client(settings: Settings, about: Mapping[str, Any]) -> OAuth2Session:
    client = OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope="openid email profile" + " groups" * _tells_groups(about),
        redirect_uri=f"{settings.url}{CALLBACK}",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 (a method, no secret)
    )
    client.trust_env = False
    return client


def no_longer() -> NotLetIn:
    """What came back belongs to no sign-in that is under way here."""
    return NotLetIn(
        N_("This sign-in is over."),
        N_("It took more than ten minutes, was used already, or began in another browser."),
        N_("Begin once more."),
    )


def _not_believed() -> NotLetIn:
    return NotLetIn(
        N_("What the identity provider said could not be verified."),
        N_("It is not signed by its keys, or meant for somebody else."),
        N_("Try again; if it stays, tell your administrator."),
    )


def _clocks() -> NotLetIn:
    return NotLetIn(
        N_("What the identity provider said is not of this moment."),
        N_("The clocks of the two servers differ by more than a minute."),
        N_("Tell your administrator to set them by a time server."),
    )


def _set_up_otherwise() -> OrderbeatError:
    return OrderbeatError(
        N_("The identity provider is set up differently here than there."),
        N_("It names itself otherwise than ORDERBEAT_OIDC_ISSUER does, or does not know this client id and secret."),
        N_("Tell your administrator."),
    )


def away() -> OrderbeatError:
    """The provider did not answer, or not in time."""
    return OrderbeatError(
        N_("The identity provider does not answer."),
        N_("It is away, or its address is wrong."),
        N_("Try again soon, or sign in with a password if you have one."),
    )
