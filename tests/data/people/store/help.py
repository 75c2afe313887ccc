"""What the tests of the store share: people, items, deeds, and processes let go at the same moment."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from data.people.person import Person
from data.people.store import ACCOUNT, Deed, Did, Item, Seen, State, Store, deeds, opening
from data.settings import Settings
from tests import dying

TODAY = date(2026, 3, 2)
LATER = date(2026, 3, 16)
LATE = Item("late", "C1", ACCOUNT)
GROWTH = Item("growth", "C1", "Fasteners")
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
NUMBERS = itertools.count()


def somebody(key: str, name: str) -> Person:
    """Somebody who may do everything: who may what is tested elsewhere."""
    return Person(key, name, frozenset({"admin"}), "director")


ANNA = somebody("anna@example.org", "Anna")
BORIS = somebody("boris@example.org", "Борис")

GOOD = "purple staple monkey 77"  # a password that is good enough
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # what passwords cost elsewhere is not tested

HOSTILE = (
    "'; drop table action_events; --",
    "**bold** <script>alert(1)</script> [x](javascript:y) $x^2$ :red[z]",
    "=cmd|' /C calc'!A0",
    "\u202eright to left\u202c, \ufeffmark, e\u0301, 👩‍👩‍👧, \U0010ffff",
    " \t\r\nlines\n\n%s %(name)s :name ? {0} \\x00 \\",
    "x" * 100_000,
)


def second(place: Settings) -> Store:
    """The same store as another process would open it: with connections of its own."""
    return opening._open.__wrapped__(opening._url(place), 0)


def act(opened: Store, item: Item, seen_version: int, did: Did, by: Person = ANNA, **more: Any) -> State:
    """Acts with all that the deed needs, and with what is given instead."""
    needs: dict[Did, dict[str, Any]] = {
        "snoozed": {"until": LATER},
        "dismissed": {"until": LATER, "reason": "season"},
        "noted": {"note": "Called."},
        "routed": {"channel": "inside"},
    }
    given: dict[str, Any] = {"as_of": TODAY, **needs.get(did, {}), **more}
    deed = {name: given.pop(name) for name in ("until", "reason", "channel", "note", "close_on") if name in given}
    return deeds.act(opened, by, item, Deed(did, **deed), Seen(seen_version, **given))


def only(found: list[Any]) -> Any:
    """The only one of them."""
    (one,) = found
    return one


def assert_whole(opened: Store, items: int | None = None) -> None:
    """Each item's versions run 1, 2, 3…, and the generation counts exactly the writes that are there."""
    with opened.engine.connect() as connection:
        rows = connection.execute(sa.select(deeds.EVENTS)).all()
    found = Counter((row.kind, row.customer_id, row.subject) for row in rows)
    versions = Counter((row.kind, row.customer_id, row.subject, row.version) for row in rows)
    assert versions == Counter((*item, n + 1) for item, count in found.items() for n in range(count))
    assert opened.generation() == len(rows)
    if items is not None:
        assert len(found) == items


def together(place: Any, target: Callable[..., None], *more: object, processes: int = 4) -> list[Any]:
    """What real processes answer that were let go at the same moment."""
    started = []
    for n in range(processes):
        ours, theirs = dying.PROCESSES.Pipe()
        process = dying.PROCESSES.Process(target=target, args=(place, f"process {n}", *more, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    for _, ours in started:
        assert ours.recv() == "ready"
    for _, ours in started:
        ours.send("go")
    answers = [ours.recv() for _, ours in started]
    for process, _ in started:
        process.join(30)
        assert process.exitcode == 0
    return answers
