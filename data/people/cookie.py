"""The cookie in which a browser keeps its session: its name, and its token in what a browser sends."""

from data.settings import Settings

_NAME = "orderbeat"


def name(settings: Settings) -> str:
    """What the cookie is called. Behind TLS its prefix makes browsers hold it to this host, to TLS and to the root."""
    return f"__Host-{_NAME}" if is_secure(settings) else _NAME


def is_secure(settings: Settings) -> bool:
    """Whether people reach the server through TLS."""
    return settings.url.startswith("https:")
