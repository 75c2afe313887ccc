"""The sender: what waits in the outbox goes out, one after the other, each marked before and after.

One process of a machine sends at a time; of several machines that share a store each letter is taken by one.
"""

import datetime as dt
import json
import re
import smtplib
from collections.abc import Callable
from contextlib import ExitStack, suppress
from email.message import EmailMessage
from typing import Any, Self

from data.errors import BuildInProgress, NothingLoaded, note
from data.loading import runs
from data.people import digests, ways
from data.people.reached import Reached, somebody
from data.people.store import Store, channels, existing_store, outgoing, subscriptions
from data.people.store.accounts import links
from data.people.store.outgoing import Letter
from data.settings import Settings
from presentation import words
from presentation.digest import letters
from service.sending import findings, mails, planning, smtp, webhooks
from service.sending.problems import NotSent, going_on

LOCK = "sender.lock"
# Nothing that a mail program would read as another address, or as several.
_ONE_ADDRESS = re.compile(r"""[^\s@,;:<>()\[\]"\\]+@[^\s@,;:<>()\[\]"\\]+""")


Clock = Callable[[], dt.datetime]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def run(where: Settings, clock: Clock = _now) -> list[str]:
    """Plans what is due and sends what waits; gives what is to be said about it, a line each.

    Nothing happens where nobody signs in, nobody has written anything yet, or another process sends.
    """
    store = existing_store(where) if where.sign_in else None
    if store is None:
        return []
    try:
        with runs.lock(where.home, LOCK):
            said = _planned(where, store, clock())
            outgoing.take_up(store, clock())
            return said + send(where, store, clock)
    except BuildInProgress:
        return []


def _planned(where: Settings, store: Store, now: dt.datetime) -> list[str]:
    """Plans both kinds, and gives what went wrong: whatever it is, what waits goes out, links to come in above all."""
    said: list[str] = []
    for plan in (findings.plan, planning.plan):
        with going_on(said, "Not everything was planned", "planning what is sent"), suppress(NothingLoaded):
            said += plan(where, store, now)
    return said


def send(where: Settings, store: Store, clock: Clock = _now) -> list[str]:
    """Sends what waits, and gives a line for all that was sent, and one for each kind of failure."""
    counts: dict[str, int] = {}
    with _Post(where, store) as post:
        for letter_id in outgoing.due(store, clock()):
            letter = outgoing.take(store, letter_id, clock())
            if letter is None:
                continue
            why = _sent(post, store, letter, clock())
            counts[why] = counts.get(why, 0) + 1
    sent = counts.pop("", 0)
    lines = [f"{sent} sent."] if sent else []
    return lines + [f"{count} not sent: {why}." for why, count in sorted(counts.items())]


def _sent(post: "_Post", store: Store, letter: Letter, now: dt.datetime) -> str:
    """Tries one letter, and marks what came of it; gives why it was not sent, "" where it was."""
    try:
        post.send(letter, now)
    except NotSent as error:
        if error.is_for_good:
            outgoing.give_up(store, letter, now, why=error.why, said=error.said)
        else:
            outgoing.put_off(
                store, letter, now, why=error.why, said=error.said, wait=error.wait, may_have_come=error.may_have_come
            )
        return error.why
    except Exception as error:  # noqa: BLE001 (one letter that nobody can write must not stand in front of the others)
        note(error, f"sending letter {letter.id}")
        outgoing.put_off(store, letter, now, why="unforeseen")
        return "unforeseen"
    outgoing.sent(store, letter, now)
    return ""


def require_mail(where: Settings, to: str) -> None:
    """Raises NotSent where no mail server is named, or mails do not go to that address."""
    if not where.sends_mail:
        raise NotSent("no_mail_server", is_of_server=True)
    if not _ONE_ADDRESS.fullmatch(to):
        raise NotSent("no_address", is_for_good=True)
    if where.mail_domains and to.rpartition("@")[2].lower() not in where.mail_domains:
        raise NotSent("other_domain", is_for_good=True)


def test_mail(where: Settings, letter: Letter, to: str) -> EmailMessage:
    """A mail that says no more than that mails come."""
    subject, plain = letters.test()
    return mails.mail(where, letter, to, plain=plain, subject=subject)


class _Post:
    """The way out of one round: the mail server is met once, and not asked again where it is away."""

    def __init__(self, where: Settings, store: Store) -> None:
        self._where, self._store = where, store
        self._stack = ExitStack()
        self._server: smtplib.SMTP | None = None
        self._is_away: NotSent | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(self, letter: Letter, now: dt.datetime) -> None:
        """Sends one letter. Raises NotSent."""
        whom = somebody(self._store, letter.account_id)
        if whom is None:
            raise NotSent("nobody", is_for_good=True)
        match letter.kind:
            case "invitation" | "reset":
                self._link(letter, letter.kind, whom)
            case "test":
                require_mail(self._where, whom.email)
                self._mail(test_mail(self._where, letter, whom.email), whom.email)
            case _:
                self._report(letter, whom, now)

    def _report(self, letter: Letter, whom: Reached, now: dt.datetime) -> None:
        """What was made of the rows of somebody, for them alone: who they are is looked at again."""
        if not ways.is_open(self._store, digests.way_of(letter.channel_id), whom.person):
            raise NotSent("way_closed", is_for_good=True)
        if letter.kind == "rule" and not ways.is_open(self._store, "rules", whom.person):
            raise NotSent("way_closed", is_for_good=True)
        if letter.kind == "digest" and subscriptions.of(self._store, letter.account_id) is None:
            raise NotSent("reader_ended", is_for_good=True)
        if letter.reads != digests.reads(whom.person):
            raise NotSent("reads_other_rows", is_for_good=True)
        content = json.loads(letter.content)
        if letter.channel_id:
            self._message(letter, content, now)
        else:
            require_mail(self._where, whom.email)
            mail = mails.mail(
                self._where, letter, whom.email,
                plain=content["plain"], html=content.get("html", ""), stop=content.get("stop", ""),
            )  # fmt: skip
            self._mail(mail, whom.email)

    def _message(self, letter: Letter, content: dict[str, Any], now: dt.datetime) -> None:
        channel = channels.find(self._store, letter.channel_id)
        if channel is None or channel.account_id != letter.account_id or "message" not in content:
            raise NotSent("channel_lost", is_for_good=True)
        webhooks.post(channel, letter, json.dumps(content["message"]).encode(), now)

    def _link(self, letter: Letter, purpose: links.Purpose, whom: Reached) -> None:
        """A one-time link, made only now: it stands nowhere but in this mail."""
        require_mail(self._where, whom.email)
        self._connected()
        link = links.for_mail(self._store, letter.account_id, purpose)
        address = f"{self._where.address}/sign-in/link/{link.token}"
        words.settle(letter.language or None)
        subject, plain = letters.link(purpose, whom.person.name, address, link.until)
        words.settle(None)
        self._mail(mails.mail(self._where, letter, whom.email, plain=plain, subject=subject), whom.email)

    def _mail(self, mail: EmailMessage, to: str) -> None:
        """Hands over a mail for an address that was looked at before the mail was written."""
        try:
            smtp.deliver(self._connected(), mail, to, self._where)
        except NotSent as error:
            if error.is_of_server:
                self._is_away, self._server = error, None
            raise

    def _connected(self) -> smtplib.SMTP:
        if self._is_away:
            raise self._is_away
        if self._server is None:
            try:
                self._server = self._stack.enter_context(smtp.connected(self._where))
            except NotSent as error:
                self._is_away = error
                raise
        return self._server
