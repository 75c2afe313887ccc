"""What is asked of a load."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data.loading.modes import AS_MAPPED, Instead


@dataclass(frozen=True)
class Request:
    """A file or a folder to load, and how.

    `mapping` is a preset's name, the path of a YAML file, or None; `today` bounds dates of what has happened, by
    default the day here; `also` are folders outside `path` that the mapping may read; `onto` names the generation of
    inputs that is added to (inputs.ANEW: none), by default the newest; `instead` overrules how the mapping meets what
    was loaded before. The last two are what a refresh asks: `only_new` leaves out files that were loaded whole before
    and have not changed, so that a folder that grows costs what is new; `observed` is when rows were seen whose
    changes the diary keeps.
    """

    path: Path
    mapping: str | None = None
    today: date | None = None
    also: Sequence[Path] = ()
    onto: str | None = None
    instead: Instead = AS_MAPPED
    only_new: bool = False
    observed: datetime | None = None
