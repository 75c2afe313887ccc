"""Fifty people and one rule: each is mailed what their own file holds, once, and again only when something changed."""

import datetime as dt
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from data import settings
from data.people import actions, digests, ways
from data.people.permissions import ROLES
from data.people.person import Person, Role
from data.people.store import ACCOUNT, Deed, Item, Store, channels, outgoing, subscriptions
from data.people.store.accounts import people
from data.people.store.subscriptions import Wish
from data.settings import Settings
from data.warehouse import access, build, own_file
from presentation import words
from service.sending import planning, sender
from tests import companies
from tests.pages.test_leaks import AS_OF, SCOPES, company
from tests.people import ADMIN
from tests.service.sending.post import Mailbox, Receiver, account, at

MONDAY = dt.datetime(2026, 4, 6, 12, tzinfo=dt.UTC)
WEEK = dt.timedelta(weeks=1)
BEGAN = MONDAY - dt.timedelta(days=3)
HOSTILE = ("<b>Ltd</b>", '"><script>alert(1)</script>', "\u202eLtd", "A & B\r\nBcc: all@example.com", "ООО «Юг»")
_OF = re.compile(r"(?:customer|order|quote|person)-(R\d)-\d+")


def in_trouble() -> companies.Company:
    """A company of which two in three customers have gone quiet, and whose contracts and offers end soon.

    The customers 1 have neither: where they are silent, that is all there is.
    """
    made = company(each=4, said=HOSTILE)
    quiet = {each["customer_id"] for number, each in enumerate(made["customers"]) if number % 3}
    lately = AS_OF - dt.timedelta(120)
    made["orders"] = [o for o in made["orders"] if o["customer_id"] not in quiet or o["ordered_on"] < lately]
    kept = {order["order_id"] for order in made["orders"]}
    made["order_lines"] = [line for line in made["order_lines"] if line["order_id"] in kept]
    for contract in made["contracts"]:
        contract["rep_id"] = contract["customer_id"].split("-")[1]
        contract["ends_on"] = None if contract["customer_id"].endswith("-1") else AS_OF + dt.timedelta(30)
    for quote in made["quotes"]:
        quote["valid_until"] = AS_OF + dt.timedelta(5)
        if quote["customer_id"].endswith("-1"):
            quote |= {"outcome": "lost", "closed_on": AS_OF}
    return made


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(place))
        patch.setenv("ORDERBEAT_BUILD_THREADS", "1")
        companies.load(place, in_trouble())
        build.build(settings.current())
    return place


@pytest.fixture
def home(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published company beside a store of the test's own."""
    place = tmp_path / "home"
    place.mkdir()
    for each in ("inputs", "snapshots"):
        (place / each).symlink_to(published / each)
    monkeypatch.setenv("ORDERBEAT_HOME", str(place))
    return place


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    yield
    words.settle("en")


def bound(scope: str) -> tuple[Role, dict[str, str]]:
    """A role, and what its account is bound to, for whoever reads that scope."""
    kind, _, of = scope.partition(":")
    return kind, {"lead": {"team": of}, "rep": {"rep": of}}.get(kind, {})  # type: ignore[return-value]


def subscribed(store: Store, scope: str, name: str = "", **wish: object) -> Person:
    role, binding = bound(scope)
    who = account(store, f"{name or scope.replace(':', '-').lower()}@example.org", role, **binding)
    assert who.scope == scope
    wished = {"rhythm": "monday", "hour": 7, "zone": "Europe/Berlin", "language": "en", **wish}
    digests.subscribe(store, who, Wish(**wished))  # type: ignore[arg-type]
    began(store)
    return who


def began(store: Store) -> None:
    """Everybody subscribed before the Monday of these tests."""
    with store.keeping() as connection:
        connection.execute(subscriptions.SUBSCRIPTIONS.update().values(since=BEGAN))


def body(mail: EmailMessage) -> str:
    """Subject, text and HTML of a mail, as a reader gets them."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert len(parts) == 2
    return "\n".join([mail["Subject"], *parts])


def owners(said: str) -> set[str]:
    return {*_OF.findall(said)}


def acts(store: Store, customer: str, did: str) -> None:
    """A director takes an account off everybody's list, or puts it back."""
    file = own_file.of("director", access.snapshot())
    item = Item("late", customer, ACCOUNT)
    states = {state.item: state.version for state in actions._states(store, store.generation())}
    boss = Person("boss", "Boss", frozenset({"director"}), "director")
    actions.act(boss, file, item, states.get(item, 0), Deed(did))  # type: ignore[arg-type]


def test_fifty_people_are_mailed_their_own_rows_and_nothing_when_nothing_changed(
    where: Settings, store: Store, box: Mailbox
) -> None:
    pick, reads = random.Random(3), {}
    for number in range(50):
        scope = [*SCOPES][number % len(SCOPES)]
        language = pick.choice([*words.LANGUAGES])
        subscribed(store, scope, f"p{number}", language=language, rhythm=pick.choice(["monday", "daily", "new"]))
        reads[f"p{number}@example.org"] = (scope, language)
    assert sender.run(where, at(MONDAY)) == ["50 sent."]
    assert Counter(mail["To"] for mail in box.mails) == Counter([*reads])
    for mail in box.mails:
        scope, language = reads[mail["To"]]
        said = body(mail)
        assert owners(said) <= SCOPES[scope], f"{scope} is told of others"
        assert owners(said), "and of its own"
        assert ("За кого браться" in said) == (language == "ru")
        assert mail["Content-Language"] == language
        assert mail["Bcc"] is None
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Unsubscribe"].strip("<>") in said
        assert "Bcc:" in said or scope.startswith("rep:"), "a name with line breaks stands in the text, as text"
    own = {scope: owners(body(m)) for m in box.mails if (scope := reads[m["To"]][0]) in ("director", "rep:R3")}
    assert own == {"director": SCOPES["director"], "rep:R3": {"R3"}}
    for later in (MONDAY + dt.timedelta(hours=1), MONDAY + WEEK, MONDAY + 5 * WEEK):
        assert sender.run(where, at(later)) == []
    assert len(box.mails) == 50


def test_what_is_solved_is_said_and_what_came_back_is_mailed_again(where: Settings, store: Store, box: Mailbox) -> None:
    subscribed(store, "rep:R1", rhythm="daily")
    subscribed(store, "rep:R2", rhythm="daily")
    subscribed(store, "lead:R1", rhythm="new")
    sender.run(where, at(MONDAY))
    first = len(box.mails)
    assert first == 3
    customer = solved(next(mail for mail in box.mails if mail["To"] == "rep-r1@example.org"))
    acts(store, customer, "accepted")
    tuesday = MONDAY + dt.timedelta(days=1)
    assert sender.run(where, at(tuesday)) == ["1 sent."]
    told = box.mails[-1]
    assert told["To"] == "rep-r1@example.org"
    assert f"Off the list: {customer}" in body(told)
    acts(store, customer, "undone")
    assert sender.run(where, at(tuesday + dt.timedelta(days=1))) == ["2 sent."]
    again = {mail["To"]: body(mail) for mail in box.mails[first + 1 :]}
    assert {*again} == {"rep-r1@example.org", "lead-r1@example.org"}
    assert all(f"Back again: {customer}" in said for said in again.values())
    assert sender.run(where, at(tuesday + dt.timedelta(days=2))) == []


def solved(mail: EmailMessage) -> str:
    """A customer of R1 who is silent and nothing else, so that one deed takes them off the list."""
    found = access.query("rep:R1", "customers.work_list", everything(), within=access.snapshot()).rows()
    silent = [row["customer_id"] for row in found if "," not in row["reasons"] and row["reasons"] in SILENT]
    assert silent
    assert silent[0] in body(mail)
    return str(silent[0])


SILENT = ("late", "quiet", "probably_gone")


def everything() -> dict[str, object]:
    decided = actions.parameters(AS_OF)
    nothing = dict.fromkeys(("segment", "owner", "status", "alert", "channel"))
    return {**decided, **nothing, "page_start": 0, "page_rows": 500}


def test_what_was_off_the_list_between_two_digests_is_told_as_back(where: Settings, store: Store, box: Mailbox) -> None:
    """New data are looked into at once, though the next digest is not due for days."""
    who = subscribed(store, "rep:R1")
    sender.run(where, at(MONDAY))
    customer = solved(next(mail for mail in box.mails if mail["To"] == "rep-r1@example.org"))
    acts(store, customer, "accepted")
    tuesday = at(MONDAY + dt.timedelta(days=1))
    assert sender.run(where, tuesday) == []
    with store.keeping() as connection:  # as if what was looked into had been another snapshot
        before = json.dumps([digests.reads(who), "0000", ""])
        connection.execute(subscriptions.SUBSCRIPTIONS.update().values(looked_into=before))
    assert sender.run(where, tuesday) == []
    acts(store, customer, "undone")
    assert sender.run(where, at(MONDAY + WEEK)) == ["1 sent."]
    assert f"Back again: {customer}" in body(box.mails[-1])


def test_one_whose_file_is_gone_or_whose_way_is_closed_is_passed_over(
    where: Settings, store: Store, box: Mailbox
) -> None:
    subscribed(store, "rep:R1")
    gone = subscribed(store, "rep:R2")
    people.change(store, ADMIN, gone.key, name="Gone", roles=["rep"], rep="R99")
    subscribed(store, "ecommerce")
    ways.set_open(store, ADMIN, "mail", [role for role in ROLES if role != "ecommerce"])
    assert sender.run(where, at(MONDAY)) == ["1 sent."]
    assert [mail["To"] for mail in box.mails] == ["rep-r1@example.org"]


def test_who_sees_other_rows_than_before_begins_anew_and_hears_nothing_of_the_old(
    where: Settings, store: Store, box: Mailbox
) -> None:
    who = subscribed(store, "rep:R1")
    sender.run(where, at(MONDAY))
    people.change(store, ADMIN, who.key, name="Moved", roles=["rep"], rep="R2")
    assert sender.run(where, at(MONDAY + WEEK)) == ["1 sent."]
    assert owners(body(box.mails[-1])) == {"R2"}
    people.change(store, ADMIN, who.key, name="Moved", roles=["rep"], rep="R3")
    planning.plan(where, store, MONDAY + 2 * WEEK)
    people.change(store, ADMIN, who.key, name="Moved", roles=["rep"], rep="R1")
    assert sender.run(where, at(MONDAY + 2 * WEEK)) == ["1 not sent: reads_other_rows."], (
        "made before, for another file"
    )
    assert len(box.mails) == 2


def test_one_who_ended_it_while_it_waited_gets_none(where: Settings, store: Store, box: Mailbox) -> None:
    who = subscribed(store, "rep:R1")
    planning.plan(where, store, MONDAY)
    subscriptions.end(store, who)
    assert sender.run(where, at(MONDAY)) == ["1 not sent: reader_ended."]
    assert box.mails == []


def test_one_that_still_waits_is_not_followed_by_another(where: Settings, store: Store, box: Mailbox) -> None:
    subscribed(store, "rep:R1", rhythm="daily")
    planning.plan(where, store, MONDAY)
    acts(store, "customer-R1-1", "accepted")
    planning.plan(where, store, MONDAY + dt.timedelta(days=1))
    assert len(outgoing.everybodys(store, ADMIN)) == 1


def test_a_channel_carries_the_list_of_its_person(where: Settings, store: Store, box: Mailbox, hook: Receiver) -> None:
    who = account(store, "rep@example.org", "rep", rep="R4")
    for program in ("slack", "teams", "mattermost"):
        made = channels.make(store, ADMIN, who.key, program, program, url=hook.url)
        digests.subscribe(store, who, Wish("daily", 7, "Europe/Berlin", "en", made.id))
        with store.keeping() as connection:
            connection.execute(subscriptions.SUBSCRIPTIONS.update().values(since=BEGAN, told="", looked_into=""))
            connection.execute(outgoing.OUTGOING.delete())
        assert sender.run(where, at(MONDAY)) == ["1 sent."]
    assert len(hook.got) == 3
    for _, _, said in hook.got:
        assert owners(said.decode().replace("\\\\", "").replace("\\u2060", "")) == {"R4"}
    assert box.mails == []
