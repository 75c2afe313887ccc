"""The sender: each letter once, whoever dies on the way; what cannot be sent is tried again, or said to be given up."""

import datetime as dt
import json
import os
import signal
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.people import digests, ways
from data.people.person import Person, Role
from data.people.store import Store, audit, channels, outgoing
from data.people.store.accounts import coming_in, links, people
from data.people.store.outgoing import BACKOFF, LEASE, OUTGOING, Letter
from data.settings import Settings
from service import commands
from service.sending import mails, sender, webhooks
from tests import dying
from tests.data.people.store.help import GOOD, QUICK
from tests.people import ADMIN
from tests.service.sending.post import (
    NOW,
    Mailbox,
    Receiver,
    account,
    at,
    certificate,
    lets_in,
    mail_server,
    put,
)

RIGHT, SECRET = "right", "shared"


@pytest.fixture
def ann(store: Store) -> Person:
    return account(store, "ann@example.org", "director")


def letters(store: Store) -> dict[str, Letter]:
    return {each.slot: each for each in outgoing.everybodys(store, ADMIN)}


def did(store: Store, word: audit.Word) -> list[dict[str, object]]:
    return [dict(each.detail) for each in audit.read(store, ADMIN, did=word)]


def test_a_letter_goes_out_once_and_is_forgotten(where: Settings, store: Store, ann: Person, box: Mailbox) -> None:
    put(store, ann, "1")
    assert sender.run(where, at(NOW)) == ["1 sent."]
    assert sender.run(where, at(NOW)) == []
    (mail,) = box.mails
    sent = letters(store)["1"]
    assert (mail["To"], mail["Subject"], mail["Message-ID"]) == (
        "ann@example.org", "Letter 1", f"<{sent.id}@example.org>",
    )  # fmt: skip
    assert mail[mails.REPEATED] is None
    assert (sent.state, sent.content, sent.ended_at) == ("sent", "", NOW)
    assert did(store, "sent") == [{"kind": "rule", "by": "mail"}]
    audit.verify(store)


def test_nothing_is_sent_where_nobody_signs_in_or_nothing_was_opened(
    where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    put(store, ann, "1")
    assert sender.run(replace(where, sign_in=frozenset()), at(NOW)) == []
    assert letters(store)["1"].state == "waiting"
    ways.set_open(store, ADMIN, "mail", [])
    assert sender.run(where, at(NOW)) == ["1 not sent: way_closed."]
    assert box.mails == []


def test_a_fresh_home_gets_no_store_and_sends_nothing(where: Settings) -> None:
    assert sender.run(where, at(NOW)) == []
    assert not where.home.exists() or not [*where.home.glob("store*")]


def becomes(store: Store, who: Person, role: Role, **bound: str) -> None:
    people.change(store, ADMIN, who.key, name="Ann", roles=[role], **bound)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda store, who: people.deactivate(store, ADMIN, who.key), "nobody"),
        (lambda store, who: ways.set_open(store, ADMIN, "mail", ["rep"]), "way_closed"),
        (
            lambda store, who: people.change(store, ADMIN, who.key, name="Ann", roles=["rep"], rep="R9"),
            "reads_other_rows",
        ),
        (lambda store, who: people.change(store, ADMIN, who.key, name="Ann", roles=["ecommerce"]), "reads_other_rows"),
    ],
)
def test_who_somebody_is_counts_when_it_is_sent(
    change: object, why: str, where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    ways.set_open(store, ADMIN, "mail", ["director", "rep", "ecommerce"])
    put(store, ann, "1")
    change(store, ann)  # type: ignore[operator]
    sender.run(where, at(NOW))
    over = letters(store)["1"]
    assert (over.state, over.why, over.content, box.mails) == ("not_sent", why, "", [])
    assert did(store, "not_sent") == [{"kind": "rule", "by": "mail", "why": why}]


def test_who_is_erased_gets_nothing_and_leaves_no_letter(
    where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    put(store, ann, "1")
    people.erase(store, ADMIN, ann.key)
    sender.run(where, at(NOW))
    assert (letters(store), box.mails) == ({}, [])


# Accounts may have them; a mail program would read another address in each.
TRICKS = (
    "eve@evil.example,x@example.org",
    "<eve@evil.example>@example.org",
    "eve@evil.example;@example.org",
    '"x"@example.org',
)


def test_mails_go_to_the_named_domains_alone(where: Settings, store: Store, ann: Person, box: Mailbox) -> None:
    put(store, ann, "1")
    put(store, account(store, "bo@example.org.evil", "director"), "2")
    for number, trick in enumerate(TRICKS):
        put(store, account(store, trick, "director"), f"trick {number}")
    sender.run(replace(where, mail_domains=frozenset({"example.org"})), at(NOW))
    assert [mail["To"] for mail in box.mails] == ["ann@example.org"]
    assert letters(store)["2"].why == "other_domain"
    assert {each.why for slot, each in letters(store).items() if "trick" in slot} == {"no_address"}


# What goes wrong on the way


def test_one_recipient_who_is_refused_does_not_keep_the_others(where: Settings, store: Store, box: Mailbox) -> None:
    for name in ("ann", "bo", "cy", "di"):
        put(store, account(store, f"{name}@example.org", "director"), name)
    box.answers = {"bo@example.org": "550 5.1.1 no such user", "cy@example.org": "451 try later"}
    assert sender.run(where, at(NOW)) == ["2 sent.", "2 not sent: recipient_refused."]
    assert sorted(mail["To"] for mail in box.mails) == ["ann@example.org", "di@example.org"]
    for_good, for_now = letters(store)["bo"], letters(store)["cy"]
    assert (for_good.state, for_good.said) == ("not_sent", "550 5.1.1 no such user")
    assert (for_now.state, for_now.next_at, for_now.is_repeated) == ("waiting", NOW + BACKOFF[0], False)
    box.answers = {}
    sender.run(where, at(NOW + BACKOFF[0]))
    assert letters(store)["cy"].state == "sent"


def test_a_server_that_is_away_is_met_again_later_and_in_the_end_given_up(
    where: Settings, store: Store, ann: Person
) -> None:
    put(store, ann, "1")
    put(store, ann, "2")
    away = replace(where, smtp_port=9)
    now = NOW
    for wait in BACKOFF:
        assert sender.run(away, at(now)) == ["2 not sent: server_away."]
        waiting = letters(store)["1"]
        assert (waiting.state, waiting.next_at) == ("waiting", now + wait)
        assert sender.run(away, at(now + wait / 2)) == [], "not before its time"
        now += wait
    sender.run(away, at(now))
    assert {(each.state, each.why) for each in letters(store).values()} == {("not_sent", "server_away")}


def test_through_tls_with_a_login_and_a_certificate_that_is_checked(
    where: Settings, store: Store, ann: Person, tmp_path: Path
) -> None:
    context, trusted = certificate(tmp_path)
    encrypted = {
        "starttls": {"tls_context": context, "require_starttls": True},
        "tls": {"ssl_context": context, "auth_require_tls": False},
    }
    for security, how in encrypted.items():
        with mail_server(authenticator=lets_in, auth_required=True, **how) as other:
            right = replace(
                where, smtp_port=other.port, smtp_security=security, smtp_user="orderbeat", smtp_password=RIGHT,
                smtp_ca=trusted,
            )  # fmt: skip
            for wrong, why in (
                (replace(right, smtp_ca=""), "certificate_wrong"),
                (replace(right, smtp_password=RIGHT[1:]), "login_refused"),
                (replace(right, smtp_user=""), "sender_refused"),
            ):
                put(store, ann, f"{security} {why}")
                assert sender.run(wrong, at(NOW)) == [f"1 not sent: {why}."]
                outgoing.give_up(store, taken(store, NOW + BACKOFF[0]), NOW, why=why)
            put(store, ann, security)
            assert sender.run(right, at(NOW)) == ["1 sent."]
            assert [mail["Subject"] for mail in other.mails] == [f"Letter {security}"]


def taken(store: Store, now: dt.datetime) -> Letter:
    (letter_id,) = outgoing.due(store, now)
    letter = outgoing.take(store, letter_id, now)
    assert letter
    return letter


def test_a_server_without_tls_is_told_no_password(where: Settings, store: Store, ann: Person, box: Mailbox) -> None:
    put(store, ann, "1")
    asked = replace(where, smtp_security="starttls", smtp_user="orderbeat", smtp_password=RIGHT)
    assert sender.run(asked, at(NOW)) == ["1 not sent: no_tls."]
    assert box.mails == []


# Killed


def sends(where: Settings) -> None:
    sender.run(where, at(NOW))


@pytest.mark.parametrize("dies_at", [1, 20])
@pytest.mark.parametrize("is_taken", [True, False], ids=["while it is taken", "between two"])
def test_a_sender_that_is_killed_loses_none_and_repeats_the_one_in_flight_at_most(
    *, dies_at: int, is_taken: bool, where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    count = 20
    for number in range(count):
        put(store, ann, str(number))
    store.engine.dispose()
    process = dying.PROCESSES.Process(target=sends, args=(where,))

    def kill(_mail: EmailMessage) -> None:
        if len(box.mails) == dies_at:
            if not is_taken:
                box.mails.pop()  # the server had not yet kept it
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)

    box.met = kill
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    box.met = lambda _: None
    before = len(box.mails)
    sender.run(where, at(NOW))
    assert len(box.mails) == before + count - dies_at, "the one in flight is not touched as long as it may be sent"
    sender.run(where, at(NOW + LEASE))
    got = Counter(mail["Message-ID"] for mail in box.mails)
    assert len(got) == count, "none is lost"
    assert sum(got.values()) == count + is_taken
    marked = [mail["Message-ID"] for mail in box.mails if mail[mails.REPEATED]]
    assert len(marked) == 1, "the one in flight says that it may have come"
    assert got[marked[0]] == 1 + is_taken
    assert {each.state for each in letters(store).values()} == {"sent"}
    assert sender.run(where, at(NOW + 2 * LEASE)) == []


def test_a_connection_that_breaks_while_a_mail_is_taken_marks_the_next_attempt(
    where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    put(store, ann, "1")
    box.breaks = True
    assert sender.run(where, at(NOW)) == ["1 not sent: server_away."]
    box.breaks = False
    assert sender.run(where, at(NOW + BACKOFF[0])) == ["1 sent."]
    assert [mail[mails.REPEATED] for mail in box.mails] == [None, "yes"]


# Links


def test_a_link_by_mail_is_made_when_it_is_sent_and_lies_nowhere_before(
    where: Settings, store: Store, box: Mailbox
) -> None:
    bo = people.invite(store, ADMIN, email="bo@example.org", name="Bo", roles=["ecommerce"])
    ways.set_open(store, ADMIN, "mail", [])  # an invitation is an administrator's deed
    shown = links.invitation(store, ADMIN, bo.id)
    outgoing.ask_for_link(store, ADMIN, bo.id, "invitation")
    with store.reading() as connection:
        assert [row.content for row in connection.execute(sa.select(OUTGOING))] == [""]
    now = dt.datetime.now(dt.UTC)
    assert sender.run(where, at(now)) == ["1 sent."]
    (mail,) = box.mails
    body = mail.get_content()
    assert f"/sign-in/link/{shown.token}" not in body
    token = body.partition("/sign-in/link/")[2].split()[0]
    assert coming_in.by_link(store, token=token, password=GOOD, hasher=QUICK)
    (written,) = audit.read(store, ADMIN, did="mail_asked")
    assert (written.about, written.by and written.by.key) == (bo.id, ADMIN.key)


def test_a_mail_is_tried_from_the_page_and_from_the_command_line(
    where: Settings, store: Store, ann: Person, box: Mailbox, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    boss = account(store, "boss@example.org", "admin")
    outgoing.ask_for_test(store, boss)
    assert sender.run(where, at(dt.datetime.now(dt.UTC))) == ["1 sent."]
    assert commands.main(["test-mail", "Ann@Example.org"]) == 0
    assert [mail["To"] for mail in box.mails] == ["boss@example.org", "ann@example.org"]
    assert commands.main(["test-mail", "stranger@example.com"]) == 3
    monkeypatch.setenv("ORDERBEAT_SMTP_PORT", "9")
    assert commands.main(["test-mail", "ann@example.org"]) == 1
    assert "The mail server did not answer" in capsys.readouterr().err
    assert len(box.mails) == 2
    assert {each["from"] for each in did(store, "sent") if "from" in each} == {"the command line"}
    assert [each["why"] for each in did(store, "not_sent")] == ["server_away"]


# Messages


@pytest.fixture
def channel(store: Store, ann: Person, hook: Receiver) -> channels.Channel:
    return channels.make(store, ADMIN, ann.key, "slack", "Sales", url=hook.url, secret=SECRET)


def message(store: Store, who: Person, channel: channels.Channel, slot: str = "1") -> None:
    put(store, who, slot, json.dumps({"message": {"text": "Привет"}}), channel_id=channel.id)


def test_a_message_is_signed_over_its_time_and_its_bytes(
    where: Settings, store: Store, ann: Person, channel: channels.Channel, hook: Receiver
) -> None:
    message(store, ann, channel)
    assert sender.run(where, at(NOW)) == ["1 sent."]
    ((path, said, body),) = hook.got
    assert (path, json.loads(body)) == ("/hook/very-secret", {"text": "Привет"})
    assert said["x-orderbeat-timestamp"] == str(int(NOW.timestamp()))
    assert said["x-orderbeat-signature"] == webhooks.signature(SECRET, said["x-orderbeat-timestamp"], body)
    assert said["x-orderbeat-id"] == letters(store)["1"].id
    assert "x-orderbeat-maybe-repeated" not in said


def test_the_signature_is_the_one_that_is_documented() -> None:
    """Computed by OpenSSL: printf '1.{}' | openssl dgst -sha256 -hmac key ."""
    assert webhooks.signature("key", "1", b"{}") == (
        "v1=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"
    )


@pytest.mark.parametrize(
    ("answer", "state", "why", "wait"),
    [
        ((429, {"Retry-After": "1800"}), "waiting", "channel_busy", dt.timedelta(minutes=30)),
        ((429, {"Retry-After": "soon"}), "waiting", "channel_busy", BACKOFF[0]),
        ((500, {}), "waiting", "channel_away", BACKOFF[0]),
        ((302, {"Location": "/elsewhere"}), "not_sent", "channel_moved", None),
        ((404, {}), "not_sent", "channel_gone", None),
        ((400, {}), "not_sent", "message_refused", None),
    ],
)
def test_what_a_channel_answers_decides_what_follows(
    answer: tuple[int, dict[str, str]], state: str, why: str, wait: dt.timedelta | None,
    where: Settings, store: Store, ann: Person, channel: channels.Channel, hook: Receiver,
) -> None:  # fmt: skip
    hook.answers = [answer]
    message(store, ann, channel)
    sender.run(where, at(NOW))
    found = letters(store)["1"]
    assert (found.state, found.why) == (state, why)
    assert len(hook.got) == 1, "no redirect is followed"
    assert "secret" not in f"{found.said}{did(store, 'not_sent')}", "neither the address nor what it answered is kept"
    if wait:
        assert found.next_at == NOW + wait
        sender.run(where, at(NOW + wait))
        assert letters(store)["1"].state == "sent"


def test_a_channel_that_is_removed_gets_nothing_more(
    where: Settings, store: Store, ann: Person, channel: channels.Channel, hook: Receiver
) -> None:
    message(store, ann, channel)
    channels.remove(store, ADMIN, channel.id)
    sender.run(where, at(NOW))
    assert (letters(store)["1"].why, hook.got) == ("channel_lost", [])


def test_a_channel_of_somebody_else_carries_nothing_of_mine(
    where: Settings, store: Store, channel: channels.Channel, hook: Receiver
) -> None:
    bo = account(store, "bo@example.org", "director")
    message(store, bo, channel)
    sender.run(where, at(NOW))
    assert (letters(store)["1"].why, hook.got) == ("channel_lost", [])


def test_a_letter_that_nobody_can_write_keeps_no_other_from_being_sent(
    where: Settings, store: Store, ann: Person, box: Mailbox
) -> None:
    put(store, account(store, "a@[", "director"), "0")  # an account may have it, and what writes headers stumbles
    outgoing.put(store, outgoing.draft(ann.key, "rule", "1", now=NOW, content="{}", reads=digests.reads(ann)))
    put(store, ann, "2")
    sender.run(where, at(NOW))
    assert [mail["Subject"] for mail in box.mails] == ["Letter 2"]
    found = letters(store)
    assert (found["0"].state, found["0"].why) == ("not_sent", "no_address")
    assert (found["1"].state, found["1"].why, found["1"].is_repeated) == ("waiting", "unforeseen", False)


def test_a_channel_that_answers_without_end_does_not_hold_up_the_others(
    where: Settings, store: Store, ann: Person, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_SECONDS", 0.5)
    monkeypatch.setattr(webhooks, "SECONDS", (5.0, 5.0))
    ended = threading.Event()

    def answer(taken: socket.socket) -> None:
        connection, _ = taken.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(100):
                connection.sendall(b"x")
                if ended.wait(0.1):
                    break
            connection.sendall(b"\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        thread = threading.Thread(target=answer, args=(taken,))
        thread.start()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/hook"
        made = channels.make(store, ADMIN, ann.key, "slack", "Sales", url=url)
        put(store, ann, "1", '{"message": {}}', channel_id=made.id)
        put(store, ann, "2")
        sender.run(where, at(NOW))
        ended.set()
        thread.join()
    assert [mail["Subject"] for mail in box.mails] == ["Letter 2"]
    found = letters(store)["1"]
    assert (found.state, found.why, found.is_repeated) == ("waiting", "channel_away", True)
