"""What makes settings unsafe to serve with."""

from urllib.parse import urlsplit

from data.errors import BadInput
from data.settings import Settings
from service.web.wall import OWN_NAMES

SHORTEST_SECRET = 16
_PLACEHOLDERS = (
    "changeme",
    "change-me",
    "secret",
    "password",
    "example",
    "placeholder",
    "todo",
    "xxxx",
    "client_secret",
)


def unsafe(settings: Settings) -> BadInput | None:
    """Why nobody should be served with these settings; None if that is safe. The demonstration is the wall's."""
    if not settings.sign_in:
        return None
    scheme, host = urlsplit(settings.url).scheme, urlsplit(settings.url).hostname
    if settings.is_behind_proxy and scheme != "https":
        return BadInput(
            "ORDERBEAT_URL is not the https address that people type.",
            "Behind a proxy Orderbeat has to know it, to hold cookies and requests to it.",
            "Set it to an address such as https://orderbeat.example.com.",
        )
    if host and host not in OWN_NAMES and not settings.is_behind_proxy:
        return BadInput(
            "ORDERBEAT_URL names another host, but no proxy.",
            "Passwords would travel in the open: TLS is what a proxy does.",
            "Set ORDERBEAT_BEHIND_PROXY=1 once one stands in front (deploy/), or take ORDERBEAT_URL away.",
        )
    if settings.watch_token and len(settings.watch_token) < SHORTEST_SECRET:
        return _short("ORDERBEAT_WATCH_TOKEN")
    return _unsafe_provider(settings) if "oidc" in settings.sign_in else None


def _unsafe_provider(settings: Settings) -> BadInput | None:
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret and settings.url):
        return BadInput(
            "The identity provider is not fully named.",
            "It takes ORDERBEAT_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET, and ORDERBEAT_URL to come back to.",
            "Set all four; docs/operating.md says what a provider is told.",
        )
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and issuer.hostname not in OWN_NAMES:
        return BadInput(
            "The identity provider is not reached through TLS.",
            "ORDERBEAT_OIDC_ISSUER begins with http.",
            "Use its https address.",
        )
    secret = settings.oidc_client_secret
    if len(secret) < SHORTEST_SECRET or any(word in secret.casefold() for word in _PLACEHOLDERS):
        return _short("ORDERBEAT_OIDC_CLIENT_SECRET")
    return None


def _short(name: str) -> BadInput:
    return BadInput(
        f"{name} is too short, or no secret.",
        f"A secret has {SHORTEST_SECRET} characters at least, and is not a word that stands in examples.",
        "Use one that was made by chance.",
    )
