"""Identity providers that tests start: one that others wrote and certified, and a double that does wrong when told.

The double keeps to the contract of OpenID Connect, but for what a test tells it to do.
"""

import html
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

from data.settings import PROJECT

CLIENT, SECRET = "orderbeat", "kZ3v8Qw1xT5yB7nM9pL2"

Claims = dict[str, Any]


@dataclass
class Provider:
    """What it signs with, what it says of somebody, and what it does wrong."""

    issuer: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [RSAKey.generate_key(2048, {"kid": "first"})])
    published: int = 1  # how many of its keys it shows
    nonce: str = ""
    claims: Claims = field(default_factory=dict)
    changed: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[["Provider", Claims], str] | None = None
    used: set[str] = field(default_factory=set)
    verifiers: list[str] = field(default_factory=list)
    status: int = 200
    named: Any = ""  # what it calls itself, where that is not its address
    userinfo: Claims = field(default_factory=dict)  # what it says of somebody only when asked
    more: Claims = field(default_factory=dict)  # what else it says of itself
    key_set: Any = None  # what it shows instead of its keys
    asked: list[str] = field(default_factory=list)  # the paths that were read
    answers: threading.Event = field(
        default_factory=threading.Event
    )  # until it is set an answer drips, and never comes

    def __post_init__(self) -> None:
        self.answers.set()

    def token(self) -> str:
        """The ID token of whoever signs in now."""
        now = int(time.time())
        usual: Claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonce}
        claims = self.changed(usual | self.claims)
        if self.sign:
            return self.sign(self, claims)
        key = self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def led_to(page: str) -> str:
    """The address to which a page leads by itself, "" where it stays."""
    found = re.search('<meta http-equiv="refresh" content="0; url=([^"]*)">', page)
    return html.unescape(found[1]) if found else ""


INSTALLED = PROJECT / ".venv-oidc"  # by the Makefile


def is_installed() -> bool:
    """Whether the certified provider can be started here."""
    return shutil.which("node") is not None and (INSTALLED / "node_modules/oidc-provider").is_dir()


@contextmanager
def certified(port: int, key: RSAKey, people: Mapping[str, Claims], comes_back_to: str) -> Iterator[str]:
    """The certified provider on that port, signing with that key; gives its issuer. PKCE is required."""
    client = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [comes_back_to],
              "token_endpoint_auth_method": "client_secret_basic"}  # fmt: skip
    told = {"folder": str(INSTALLED), "port": port, "keys": [key.as_dict(private=True)], "client": client,
            "people": people}  # fmt: skip
    program = Path(__file__).with_name("provider.mjs")
    with subprocess.Popen(["node", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(told))
            process.stdin.close()
            if "listening" not in process.stdout.read(len("listening")):
                raise RuntimeError("The provider ended before it listened.")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def running(port: int = 0) -> Iterator[Provider]:
    """The double on a port of this computer, by default one that is free."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path.endswith("/openid-configuration"):
                base = provider.issuer
                self._say({"issuer": provider.named or base, "authorization_endpoint": f"{base}/authorize",
                           "token_endpoint": f"{base}/token", "jwks_uri": f"{base}/keys",
                           **({"userinfo_endpoint": f"{base}/userinfo"} if provider.userinfo else {}),
                           **provider.more})  # fmt: skip
            elif self.path == "/userinfo":
                self._say(provider.userinfo, 0 if self.headers["Authorization"] == "Bearer a" else 401)
            else:
                shown = provider.keys[-provider.published :]
                self._say(provider.key_set or {"keys": [key.as_dict(private=False) for key in shown]})

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            provider.verifiers += sent.get("code_verifier", [])
            code = sent["code"][0]
            if code in provider.used:
                self._say({"error": "invalid_grant"}, 400)
                return
            provider.used.add(code)
            self._say({"access_token": "a", "token_type": "Bearer", "id_token": provider.token()})

        def _say(self, what: Any, status: int = 0) -> None:
            body = json.dumps(what).encode()
            self.send_response(status or provider.status)
            self.send_header("Content-Type", "application/json")
            if provider.answers.is_set():
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            while not provider.answers.wait(0.5):
                self.wfile.write(b" ")
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.answers.set()
        server.shutdown()
        server.server_close()
