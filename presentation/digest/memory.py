"""What somebody was told last, and what is news against that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Worth that grew or shrank by as much since it was told is told again.
_MUCH = 0.25
_MOST_SOLVED = 2_000  # accounts whose return is noticed


@dataclass(frozen=True)
class Memory:
    """What was told: accounts with their worth in cents, what is due, figures and outcomes as they were.

    `solved` were told once, and were seen to be off the list since: where they come back, that is told.
    """

    accounts: Mapping[str, int]
    solved: tuple[str, ...]
    due: frozenset[str]
    figures: tuple[str, ...]
    outcomes: tuple[str, ...]

    def as_text(self) -> str:
        """As it is kept."""
        return json.dumps({**vars(self), "due": sorted(self.due)}, sort_keys=True)


def remembered(kept: str) -> Memory | None:
    """What was kept, None before the first time."""
    if not kept:
        return None
    found = json.loads(kept)
    return Memory(
        found["accounts"], tuple(found["solved"]), frozenset(found["due"]), tuple(found["figures"]),
        tuple(found["outcomes"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How things stand: the accounts shown with their worth, all that are open, and the rest as in `Memory`."""

    shown: Mapping[str, int]
    open: frozenset[str]
    due: frozenset[str]
    figures: tuple[str, ...]
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """Ids of accounts by what happened to them since they were told; whether it is the first time."""

    is_first: bool
    new: Sequence[str] = ()
    back: Sequence[str] = ()
    gone: Sequence[str] = ()
    changed: Sequence[str] = ()
    due: frozenset[str] = frozenset()
    is_other: bool = False  # figures or outcomes

    @property
    def has_come(self) -> bool:
        """Whether something came that was not there before."""
        return bool(self.is_first or self.new or self.back or self.due)

    @property
    def is_any(self) -> bool:
        """Whether anything is different at all."""
        return bool(self.has_come or self.gone or self.changed or self.is_other)


def news(told: Memory | None, now: Standing) -> News:
    """What is different from what was told."""
    if told is None:
        return News(is_first=True)
    solved = {*told.solved}
    return News(
        is_first=False,
        new=[key for key in now.shown if key not in told.accounts and key not in solved],
        back=[key for key in now.shown if key in solved],
        gone=[key for key in told.accounts if key not in now.open],
        changed=[
            key
            for key, worth in now.shown.items()
            if key in told.accounts and key not in solved and _differs_much(told.accounts[key], worth)
        ],
        due=now.due - told.due,
        is_other=(told.figures, told.outcomes) != (now.figures, now.outcomes),
    )


def seen(told: Memory, still_open: frozenset[str]) -> Memory:
    """After a look of which nothing was told: what was told and is off the list is solved."""
    gone = [key for key in told.accounts if key not in still_open and key not in told.solved]
    return Memory(told.accounts, (*told.solved, *gone)[-_MOST_SOLVED:], told.due, told.figures, told.outcomes)


def told_now(told: Memory | None, now: Standing) -> Memory:
    """After how things stand was told."""
    before = told or Memory({}, (), frozenset(), (), ())
    stays = {key: worth for key, worth in before.accounts.items() if key in now.open}
    solved = [key for key in seen(before, now.open).solved if key not in now.shown]
    return Memory(
        {key: worth for key, worth in {**stays, **now.shown}.items() if key not in solved},
        tuple(solved), now.due, now.figures, now.outcomes,
    )  # fmt: skip


def _differs_much(before: int, now: int) -> bool:
    return abs(now - before) > _MUCH * max(abs(before), 1)


def cents(amount: Any) -> int:
    """An amount as it is remembered."""
    return round((amount or 0) * 100)
