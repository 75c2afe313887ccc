"""The YAML file of a source, `sources/NAME.yaml` of the home: where it lies, how its settings are read, what is wrong.

Every kind of source may say what COMMON names (data/loading/connections.py has their meaning); the rest is its own.
"""

import datetime as dt
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from data.errors import BadInput
from data.loading import files
from data.loading.mappings import plain_yaml
from data.loading.mappings.plain_yaml import Named, Text

COMMON = ("about", "kind", "at", "every", "stale_after", "diary")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SPAN = re.compile(r"(\d{1,9}) (second|minute|hour|day)s?")
_SEE = "docs/loading.md shows how a source is written."


def root(home: Path) -> Path:
    """Where the sources of a home are described."""
    return home / "sources"


def names(home: Path) -> list[str]:
    """The names of all sources, by name, readable or not."""
    folder = root(home)
    return sorted(path.stem for path in folder.glob("*.yaml")) if folder.is_dir() else []


def read(home: Path, name: str) -> Named:
    """The settings of the source of that name. Raises BadInput where there is none, or its file cannot be read."""
    known = names(home)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise BadInput(
            f"There is no source {name!r}.",
            (f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}.")
            if known
            else f"{root(home)} holds no YAML file.",
            _SEE,
        )
    path = root(home) / f"{name}.yaml"
    with files.explained(f"The source {name}"):
        files.require_regular(path, f"The source {name}")
        content = path.read_bytes()
    try:
        return parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise BadInput(f"The source {name} is not UTF-8.", str(error), "Save it as UTF-8.") from error


def parse(content: str, name: str) -> Named:
    """The settings in a source's YAML. Raises BadInput saying what is wrong with it."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name}.yaml cannot name a source.", "A name is letters, digits, - and _.", "Rename the file.")
    raw = plain_yaml.read(content, f"source {name}")
    if not isinstance(raw, Named):
        raise wrong(name, "It holds no settings.")
    return raw


def text(raw: Named, key: str, where: str) -> str:
    """A setting that is a text; '' where it is not given."""
    value = raw.get(Text(key, 0), "")
    if not isinstance(value, str):
        raise wrong(where, f"`{key}` is not a text.")
    return str(value).strip()


def yes(raw: Named, key: str, where: str, usual: str) -> bool:
    """A setting that is yes or no; `usual` where it is not given."""
    given = text(raw, key, where) or usual
    if given not in ("yes", "no"):
        raise wrong(where, f"`{key}: {given}` is neither yes nor no.")
    return given == "yes"


def span(raw: Named, key: str, where: str) -> dt.timedelta | None:
    """A setting that is a span of time above zero, such as 30 minutes; None where it is not given."""
    given = text(raw, key, where)
    if not given:
        return None
    match = _SPAN.fullmatch(given)
    try:
        found = dt.timedelta(**{f"{match[2]}s": int(match[1])}) if match else None
    except OverflowError:
        found = None
    if not found:
        raise wrong(where, f"`{key}: {given}` is no span of time such as 15 minutes, 36 hours or 2 days.")
    return found


def only(raw: Named, allowed: Iterable[str], where: str) -> None:
    """Raises BadInput where a setting is none of those allowed, naming the nearest."""
    for key in raw:
        if key not in allowed:
            raise wrong(where, f"There is no setting {str(key)!r} (line {key.line}).{nearest(key, allowed)}")


def nearest(given: str, allowed: Iterable[str]) -> str:
    """What may have been meant, as the end of a message."""
    near = get_close_matches(given, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" There are {', '.join(allowed)}."


def wrong(where: str, cause: str) -> BadInput:
    """What to raise of a source, or of a part of it as in "erp, orders"."""
    name = where.split(",", maxsplit=1)[0]
    return BadInput(f"The source {where} cannot be used.", cause, f"Correct sources/{name}.yaml; {_SEE}")
