"""Which days were loaded: the stretches of the model `coverage`, as a snapshot's manifest keeps them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

EVERYTHING = "all"  # in place of a segment or a channel


@dataclass(frozen=True)
class Stretch:
    """Days from first to last on which a feed was loaded without a hole; the model `coverage` says what that means."""

    input_table: str
    segment: str
    channel: str
    first_on: dt.date
    last_on: dt.date
    usual_gap_days: float = 0.0
    is_stopped: bool = False
    is_judged: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether it is of a whole input table, and not of a part of it."""
        return self.segment == self.channel == EVERYTHING


def written(stretches: Iterable[Stretch]) -> list[dict[str, Any]]:
    """Stretches as a manifest keeps them."""
    return [{**asdict(s), "first_on": s.first_on.isoformat(), "last_on": s.last_on.isoformat()} for s in stretches]


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[Stretch, ...]:
    """Stretches as `written` gave them. Raises TypeError, ValueError or KeyError for what is none."""
    return tuple(
        Stretch(
            **{
                **row,
                "first_on": dt.date.fromisoformat(row["first_on"]),
                "last_on": dt.date.fromisoformat(row["last_on"]),
            }
        )
        for row in rows
    )
