from collections.abc import Iterator

import pytest

from data.people import ways
from data.people.permissions import ROLES
from data.people.store import Store, open_store
from data.settings import Settings, current
from tests.people import ADMIN
from tests.service.sending.post import Mailbox, Receiver, mail_server, receiver


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that takes everything, without TLS."""
    with mail_server() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def where(home: object, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """People sign in, and a mail server is set up."""
    for name, value in {
        "SIGN_IN": "accounts", "URL": "http://127.0.0.1:8501", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port),
        "SMTP_SECURITY": "none", "MAIL_FROM": "Orderbeat <orderbeat@example.org>",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ORDERBEAT_{name}", value)
    return current()


@pytest.fixture
def store(where: Settings) -> Store:
    """A store in which mail, messages and rules are open to everybody."""
    found = open_store(where)
    for way in ("mail", "messages", "rules"):
        ways.set_open(found, ADMIN, way, ROLES)
    return found
