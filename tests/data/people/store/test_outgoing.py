"""The outbox and the subscriptions it serves, in both databases: each letter once, by one sender, nothing by halves."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from data.errors import AccessDenied, BadInput
from data.people import digests, ways
from data.people.person import Person
from data.people.store import Store, audit, channels, outgoing, subscriptions
from data.people.store.accounts import people, rules
from data.people.store.outgoing import BACKOFF, LEASE, Letter
from data.people.store.subscriptions import SUBSCRIPTIONS, Subscription, Wish
from data.settings import Settings
from tests.data.people.store.accounts_help import first, invited
from tests.data.people.store.help import only, second
from tests.people import ADMIN, DIRECTOR, OTHER, REP

NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)  # a Monday
WISH = Wish("monday", 7, "Europe/Berlin", "en")


def draft(slot: str = "1", who: Person = REP, now: datetime = NOW) -> Letter:
    return outgoing.draft(who.key, "digest", slot, now=now, content='{"plain": "48 accounts"}', subject="48 accounts")


def subscribed(store: Store, who: Person = REP, wish: Wish = WISH) -> Subscription:
    subscriptions.keep(store, who, wish)
    found = subscriptions.of(store, who.key)
    assert found
    return found


def everything(store: Store) -> list[Letter]:
    return outgoing.everybodys(store, ADMIN)


def test_of_a_slot_there_is_one_letter(opened: Store) -> None:
    assert outgoing.put(opened, draft())
    assert not outgoing.put(opened, draft())
    assert outgoing.put(opened, draft("2"))
    assert outgoing.put(opened, draft(who=OTHER))
    assert len(everything(opened)) == 3


def test_what_somebody_is_told_is_kept_with_the_letter_or_not_at_all(opened: Store) -> None:
    began = subscribed(opened)
    assert outgoing.looked(opened, began, into="1", told="told", at=NOW, letter=draft())
    assert not outgoing.looked(opened, began, into="1", told="told again", at=NOW, letter=draft("2")), "it was changed"
    now = subscriptions.of(opened, REP.key)
    assert now
    assert not outgoing.looked(opened, now, into="2", told="other", at=NOW, letter=draft()), "its slot is taken"
    kept = subscriptions.of(opened, REP.key)
    assert kept
    assert (kept.told, kept.looked_into, kept.looked_at) == ("told", "1", NOW)
    assert [letter.slot for letter in everything(opened)] == ["1"]
    subscriptions.end(opened, REP)
    assert not outgoing.looked(opened, kept, into="3", told="x", at=NOW, letter=draft("3")), "it ended"
    assert len(everything(opened)) == 1


def test_of_several_senders_one_takes_a_letter(opened: Store, place: Settings) -> None:
    for number in range(10):
        outgoing.put(opened, draft(str(number)))
    stores = [opened, second(place), second(place), second(place)]
    taken: list[str] = []

    def take(store: Store) -> None:
        found = (outgoing.take(store, letter_id, NOW) for letter_id in outgoing.due(store, NOW))
        taken.extend(letter.id for letter in found if letter)

    threads = [threading.Thread(target=take, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(letter.id for letter in everything(opened))
    for store in stores[1:]:
        store.engine.dispose()


def test_what_a_dead_sender_left_is_taken_up_and_marked_and_what_it_still_says_does_not_count(opened: Store) -> None:
    outgoing.put(opened, draft())
    (letter_id,) = outgoing.due(opened, NOW)
    slow = outgoing.take(opened, letter_id, NOW)
    assert slow
    assert outgoing.take_up(opened, NOW + LEASE - timedelta(seconds=1)) == 0
    assert outgoing.take_up(opened, NOW + LEASE) == 1
    outgoing.sent(opened, slow, NOW + LEASE)
    assert only(everything(opened)).state == "waiting"
    again = outgoing.take(opened, letter_id, NOW + LEASE)
    assert again
    assert (again.is_repeated, again.attempts) == (True, 2)
    outgoing.give_up(opened, slow, NOW + LEASE, why="server_away")
    outgoing.sent(opened, again, NOW + LEASE)
    assert only(everything(opened)).state == "sent"
    assert [entry.did for entry in audit.read(opened, ADMIN)] == ["sent"]


def test_attempts_follow_ever_later_and_end(opened: Store) -> None:
    began, now = subscribed(opened), NOW
    outgoing.looked(opened, began, into="1", told="told", at=NOW, letter=draft())
    for wait in BACKOFF:
        letter = outgoing.take(opened, only(outgoing.due(opened, now)), now)
        assert letter
        outgoing.put_off(opened, letter, now, why="server_away", said="x" * 10_000)
        assert outgoing.due(opened, now + wait - timedelta(seconds=1)) == []
        now += wait
        assert outgoing.has_waiting(opened, REP.key, "digest")
    letter = outgoing.take(opened, only(outgoing.due(opened, now)), now)
    assert letter
    outgoing.put_off(opened, letter, now, why="server_away")
    over = only(everything(opened))
    assert (over.state, over.why, over.content, over.ended_at) == ("not_sent", "server_away", "", now)
    found = subscriptions.of(opened, REP.key)
    assert found
    assert found.told == "", "the next digest begins anew: what this one said was not told"
    assert not outgoing.has_waiting(opened, REP.key, "digest")


def test_a_wait_that_was_asked_for_is_kept_and_never_shortens(opened: Store) -> None:
    outgoing.put(opened, draft())
    letter = outgoing.take(opened, only(outgoing.due(opened, NOW)), NOW)
    assert letter
    outgoing.put_off(opened, letter, NOW, why="channel_busy", wait=timedelta(hours=1))
    assert only(everything(opened)).next_at == NOW + timedelta(hours=1)


def test_nobody_sees_the_letters_of_others_but_an_administrator(opened: Store) -> None:
    for who in (REP, OTHER):
        outgoing.put(opened, draft(who=who))
    assert [letter.account_id for letter in outgoing.own(opened, REP)] == [REP.key]
    with pytest.raises(AccessDenied):
        outgoing.everybodys(opened, DIRECTOR)
    assert "48 accounts" not in repr(everything(opened)[0].content) or "content" not in repr(everything(opened)[0])


def test_what_was_sent_is_kept_for_its_time(opened: Store) -> None:
    outgoing.put(opened, draft())
    outgoing.put(opened, draft("2"))
    letter = outgoing.take(opened, outgoing.due(opened, NOW)[0], NOW)
    assert letter
    outgoing.sent(opened, letter, NOW)
    assert outgoing.cut(opened, NOW) == 0
    assert outgoing.cut(opened, NOW + timedelta(days=30)) == 1
    assert [each.state for each in everything(opened)] == ["waiting"], "what waits stays"


# When


@pytest.mark.parametrize(
    ("wish", "now", "due"),
    [
        (WISH, "2026-04-06T04:59", "2026-03-30T05:00"),
        (WISH, "2026-04-06T05:00", "2026-04-06T05:00"),
        (replace(WISH, rhythm="daily"), "2026-04-05T12:00", "2026-04-03T05:00"),  # on a Sunday the Friday before
        (replace(WISH, rhythm="new"), "2026-04-05T12:00", "2026-04-05T05:00"),
        (replace(WISH, zone="Asia/Kolkata"), "2026-04-06T01:29", "2026-03-30T01:30"),
        (replace(WISH, zone="Asia/Kolkata"), "2026-04-06T01:30", "2026-04-06T01:30"),
        (replace(WISH, zone="Asia/Kathmandu", hour=0), "2026-04-05T18:15", "2026-04-05T18:15"),
        (replace(WISH, zone="Pacific/Kiritimati", hour=0), "2026-04-05T10:00", "2026-04-05T10:00"),
        # The clocks of Berlin left out two o'clock on 29 March 2026, and had it twice on 25 October 2026.
        (replace(WISH, rhythm="new", hour=2), "2026-03-29T12:00", "2026-03-29T01:00"),
        (replace(WISH, rhythm="new", hour=2), "2026-10-25T12:00", "2026-10-25T00:00"),
        (WISH, "2026-03-23T06:00", "2026-03-23T06:00"),  # winter: an hour later in UTC
    ],
)
def test_a_digest_is_due_at_the_hour_of_its_reader(wish: Wish, now: str, due: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert wish.last_time(moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)
    local = wish.last_time(moment).astimezone(ZoneInfo(wish.zone))
    assert local.hour in (wish.hour, wish.hour + 1)


def test_a_time_that_was_missed_is_made_up_for_once(opened: Store) -> None:
    began = replace(subscribed(opened), since=datetime(2026, 4, 1, tzinfo=UTC))
    late = datetime(2026, 4, 22, 12, tzinfo=UTC)
    assert began.due(datetime(2026, 4, 5, tzinfo=UTC)) is None, "none before the first Monday"
    due = began.due(late)
    assert due == datetime(2026, 4, 20, 5, tzinfo=UTC)
    assert replace(began, looked_at=due).due(late) is None


# Who has it


def test_it_is_had_where_the_way_is_open_and_ends_by_its_owner_or_its_secret(opened: Store) -> None:
    boss = first(opened)
    account = invited(opened, boss, "ecommerce")
    with opened.reading() as connection:
        who = people.person_of(people.one(connection, account.id), rules.Rules())
    with pytest.raises(AccessDenied, match="not open"):
        digests.subscribe(opened, who, WISH)
    ways.set_open(opened, boss, "mail", ["ecommerce"])
    digests.subscribe(opened, who, WISH)
    digests.subscribe(opened, who, replace(WISH, hour=9))
    kept = only(subscriptions.everybodys(opened))
    assert (kept.account_id, kept.wish.hour) == (who.key, 9)
    assert kept.stop not in repr(kept)
    assert subscriptions.is_known(opened, kept.stop)
    assert not subscriptions.end_by(opened, kept.stop[:-1])
    assert not subscriptions.end_by(opened, "\0")
    assert subscriptions.end_by(opened, kept.stop)
    assert not subscriptions.end_by(opened, kept.stop)
    assert subscriptions.everybodys(opened) == []
    did = [entry.did for entry in audit.read(opened, boss, who=who.key)]
    assert did == ["unsubscribed", "subscribed", "subscribed"]
    digests.subscribe(opened, who, WISH)
    people.erase(opened, boss, who.key)
    with opened.reading() as connection:
        assert connection.execute(sa.select(SUBSCRIPTIONS)).all() == []


def test_what_no_digest_can_be_is_refused(opened: Store) -> None:
    wrongs: list[dict[str, Any]] = [
        {"rhythm": "hourly"}, {"hour": 24}, {"hour": -1}, {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(BadInput):
            subscriptions.keep(opened, REP, replace(WISH, **wrong))


# Channels


def test_a_channel_carries_one_person_and_only_they_can_choose_it(opened: Store) -> None:
    boss = first(opened)
    ann, bo = (invited(opened, boss, "ecommerce") for _ in range(2))
    made = channels.make(opened, boss, ann.id, "slack", " Sales ", url="https://hooks.example/T1/secret", secret="s")  # noqa: S106 (a made-up one)
    assert (made.name, made.host) == ("Sales", "hooks.example")
    assert "secret" not in repr(made)
    with opened.reading() as connection:
        hers, his = (people.person_of(people.one(connection, each.id), rules.Rules()) for each in (ann, bo))
    assert channels.own(opened, hers) == [made]
    assert channels.own(opened, his) == []
    ways.set_open(opened, boss, "messages", ["ecommerce"])
    digests.subscribe(opened, hers, replace(WISH, channel_id=made.id))
    with pytest.raises(BadInput, match="no such channel"):
        digests.subscribe(opened, his, replace(WISH, channel_id=made.id))
    with pytest.raises(AccessDenied):
        channels.all_of_them(opened, his)
    people.erase(opened, boss, ann.id)
    assert channels.find(opened, made.id) is None


NO_PLACES = (
    "http://hooks.example/x",
    "https://user:pass@hooks.example/x",
    "ftp://hooks.example/",
    "https://",
    "hooks.example",
    "https://hooks.example:port/",
    "https://hooks.example/\r\nHost: other",
    "https://hooks.example/#x",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "javascript:alert(1)",
    "https://x/" + "y" * 2000,
)


def test_messages_go_through_tls_or_to_this_computer_alone(opened: Store) -> None:
    boss = first(opened)
    account = invited(opened, boss, "ecommerce")
    for url in NO_PLACES:
        with pytest.raises(BadInput, match="cannot be used"):
            channels.make(opened, boss, account.id, "slack", "Sales", url=url)
    assert channels.make(opened, boss, account.id, "teams", "Sales", url="http://127.0.0.1:8000/x")
