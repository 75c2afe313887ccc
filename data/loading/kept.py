"""Mappings made on screen, kept by name: `mappings/NAME.yaml`, and beside it the shapes of the files it is for.

A later drop of files with the same headings is read the same way, whatever its files are called.
"""

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data.errors import BadInput
from data.loading import files, modes
from data.loading.detection import Seen
from data.loading.proposal import Matched

_NAME = re.compile(r"[\w][\w .-]{0,59}")


@dataclass(frozen=True)
class Kept:
    """A mapping by name: what each column was taken for, what was settled about each file, the currency, the mode."""

    name: str
    matched: list[Matched]
    settled: dict[str, dict[str, str]] = field(default_factory=dict)
    currency: str = ""
    mode: str = modes.ADD


def root(home: Path) -> Path:
    """Where the mappings of a home are."""
    return home / "mappings"


def names(home: Path) -> list[str]:
    """The mappings there are."""
    return sorted(path.stem for path in root(home).glob("*.yaml"))


def free_name(home: Path, wanted: str) -> str:
    """That name, or with a number behind it where another mapping has it."""
    taken = {name.casefold() for name in names(home)}
    numbered = (f"{wanted} {number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name.casefold() not in taken)


def text(home: Path, name: str) -> str:
    """A mapping as the YAML it is."""
    return (root(home) / f"{_checked(name)}.yaml").read_text(encoding="utf-8")


def keep(home: Path, mapping: Kept, yaml: str) -> None:
    """Keeps a mapping under its name. Raises BadInput for a name that is none."""
    place = root(home)
    name = _checked(mapping.name)
    with files.explained(name):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, content in (("json", json.dumps(asdict(mapping), ensure_ascii=False, indent=1)), ("yaml", yaml)):
            unfinished = place / f"{name}.unfinished"
            unfinished.write_text(content, encoding="utf-8")
            unfinished.rename(place / f"{name}.{ending}")


def of_shape(home: Path, seen: Sequence[Seen]) -> Kept | None:
    """The mapping made last for files of these headings, under the names that they have now; None where there is none.

    Every file must be known by the same mapping, and none twice.
    """
    for path in sorted(root(home).glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            before = [Matched(**each) for each in raw["matched"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # damaged by hand: the files are looked at as if it were not there
        shapes = {frozenset(each.targets): each for each in before}
        found = [shapes.get(frozenset(each.shape)) for each in seen]
        if found and all(found) and len({id(each) for each in found}) == len(found):
            now = {}
            renamed = []
            for each, one in zip(seen, found, strict=True):
                if one is not None:
                    renamed.append(Matched(each.file, each.sheet, one.about, one.targets))
                    now[each.file] = raw["settled"].get(one.file, {})
            return Kept(
                path.stem, renamed, {file: how for file, how in now.items() if how}, raw["currency"], raw["mode"]
            )
    return None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name.strip()):
        raise BadInput(
            f"{name!r} is no name for a mapping.", "It takes letters, digits and blanks.", "Give it another name."
        )
    return name.strip()
