"""A mail server and an incoming webhook of the test's own, on loopback: what they got, and what they answer."""

import datetime as dt
import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.people import digests
from data.people.person import Person, Role
from data.people.store import Store, outgoing
from data.people.store.accounts import people, rules
from data.people.store.outgoing import Letter
from tests.people import ADMIN

NOW = dt.datetime(2026, 4, 6, 12, tzinfo=dt.UTC)  # a Monday
TAKEN = "250 taken"


def at(moment: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that stands."""
    return lambda: moment


@dataclass
class Mailbox:
    """What a mail server took; `answers` are what it says to single recipients instead, `met` sees each mail first.

    It `breaks` the connection after it took a mail, before it says so.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    met: Callable[[EmailMessage], None] = lambda _: None
    breaks: bool = False

    async def handle_RCPT(  # noqa: N802 (the server's name for it)
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert envelope.rcpt_tos == [mail["To"]]
        self.mails.append(mail)
        self.met(mail)
        if self.breaks:
            server.transport.close()
        return TAKEN


@contextmanager
def mail_server(**how: Any) -> Iterator[Mailbox]:
    """A mail server; `how` are further arguments of aiosmtpd's controller."""
    box = Mailbox()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        box.port = found.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port, **how)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def lets_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    """One user with one password."""
    return AuthResult(success=(given.login, given.password) == (b"orderbeat", b"right"), handled=False)


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate of its own, and the file by which it is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Orderbeat's tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, both = folder / "trusted.pem", folder / "server.pem"
    trusted.write_bytes(pem)
    both.write_bytes(private + pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    return context, str(trusted)


@dataclass
class Receiver:
    """An incoming webhook: what it got, and what it answers, a status with headers, in turn."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server that takes what is posted, as chat programs do."""
    box = Receiver()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.got.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            status, headers = box.answers.pop(0) if box.answers else (200, {})
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(b"<b>secret words of the other side</b>")

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    box.url = f"http://127.0.0.1:{server.server_port}/hook/very-secret"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()


def account(store: Store, email_address: str, *roles: Role, **more: Any) -> Person:
    """Somebody who was let in."""
    given = {"name": email_address.partition("@")[0], **more}
    made = people.invite(store, ADMIN, email=email_address, roles=roles, **given)
    return people.person_of(made, rules.Rules())


def put(
    store: Store, who: Person, slot: str, content: str = '{"plain": "Something happened.\\n"}', **more: Any
) -> Letter:
    """A letter with what a rule found, which needs no warehouse."""
    given = {"content": content, "reads": digests.reads(who), "subject": f"Letter {slot}", "now": NOW, **more}
    letter = outgoing.draft(who.key, "rule", slot, **given)
    assert outgoing.put(store, letter)
    return letter
