"""Sources that refresh themselves: one YAML file a source in the folder `sources` of the home, named as the source.

kind: folder                  also postgresql and mysql, whose own settings data/loading/sources/database reads
folder: /srv/exports          where the files arrive
mapping: erp                  a preset, a file of the folder `mappings` of the home, or a path seen from that file
at: ["02:00", "13:00"]        times of day of this computer's clock; or `every: 30 minutes`; neither: by hand alone
stale_after: 36 hours         from when on people are told that what they see is old
diary: yes                    what the source overwrites is kept as history (data/loading/diary.py)
"""

import datetime as dt
import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.loading import files, mappings
from data.loading.mappings import plain_yaml
from data.loading.mappings.plain_yaml import Named, Text, Values

KINDS = ("folder", "postgresql", "mysql")
_COMMON = ("about", "kind", "mapping", "at", "every", "stale_after", "diary")
_USUAL_STALE_AFTER = dt.timedelta(hours=36)
_UNITS = {"minute": dt.timedelta(minutes=1), "hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}
_DURATION = re.compile(r"(\d{1,4}) (minute|hour|day)s?")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SEE = "docs/loading.md shows how a source is written."


@dataclass(frozen=True)
class Connection:
    """One source: what it is, how it is read, and when.

    `own` are the settings of its kind alone, as written. `mapping` is what intake.load takes. `at` are times of day of
    this computer's clock; `stale_after` is None for a source that is refreshed by hand alone and names none.
    """

    name: str
    kind: str
    path: Path
    mapping: str | None = None
    at: tuple[dt.time, ...] = ()
    every: dt.timedelta | None = None
    stale_after: dt.timedelta | None = None
    keeps_diary: bool = False
    own: Dict[str, Any] = field(default_factory=dict)

    def next_after(self, moment: dt.datetime) -> dt.datetime | None:
        """When it is due next after `moment` (aware), in UTC; None for a source refreshed by hand alone."""
        if self.every:
            return moment + self.every
        days = (moment.astimezone().date() + dt.timedelta(days=ahead) for ahead in range(3))
        times = (dt.datetime.combine(day, time).astimezone(dt.UTC) for day in days for time in self.at)
        return min((time for time in times if time > moment), default=None)


def root(home: Path) -> Path:
    """Where the sources of a home are described."""
    return home / "sources"


def names(home: Path) -> list[str]:
    """The names of all sources, by name, readable or not."""
    folder = root(home)
    return sorted(path.stem for path in folder.glob("*.yaml")) if folder.is_dir() else []


def read(home: Path, name: str) -> Connection:
    """The source of that name. Raises BadInput where there is none, or saying what is wrong in its file."""
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
        return parse(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise BadInput(f"The source {name} is not UTF-8.", str(error), "Save it as UTF-8.") from error


def parse(text: str, path: Path) -> Connection:
    """A source from the YAML that stands in the file `path`. Raises BadInput saying what is wrong in it."""
    name = path.stem
    if not _NAME.fullmatch(name):
        raise BadInput(f"{path.name} cannot name a source.", "A name is letters, digits, - and _.", "Rename the file.")
    raw = plain_yaml.read(text, f"source {name}")
    if not isinstance(raw, Named):
        raise _wrong(name, "It holds no settings.")
    kind = _text(raw, "kind", name)
    if kind not in KINDS:
        raise _wrong(name, f"`kind: {kind}` is none of {', '.join(KINDS)}." if kind else "It has no `kind`.")
    every = _duration(raw, "every", name)
    at = _times(raw, name)
    if every and at:
        raise _wrong(name, "It has both `at` and `every`.")
    usual = max(_USUAL_STALE_AFTER, 3 * every) if every else _USUAL_STALE_AFTER if at else None
    return Connection(
        name,
        kind,
        path,
        _mapping(_text(raw, "mapping", name), path),
        at,
        every,
        _duration(raw, "stale_after", name) or usual,
        _yes(raw, "diary", name),
        {str(key): value for key, value in raw.items() if key not in _COMMON},
    )


def folder(connection: Connection) -> Path:
    """Where the files of a source of kind `folder` arrive. Raises BadInput where its own settings are not that."""
    for key in connection.own:
        if key != "folder":
            raise _wrong(connection.name, f"A source of kind folder has no setting {key!r}.")
    given = connection.own.get("folder")
    if not isinstance(given, Text) or not given:
        raise _wrong(connection.name, "It has no `folder`.")
    return (connection.path.parent / Path(given).expanduser()).resolve()


def _mapping(wanted: str, path: Path) -> str | None:
    """What intake.load is given: a preset's name or the path of a file."""
    if not wanted or wanted in mappings.presets():
        return wanted or None
    kept = path.parent.parent / "mappings" / f"{wanted}.yaml"
    return str(kept if kept.is_file() else (path.parent / Path(wanted).expanduser()))


def _times(raw: Named, name: str) -> tuple[dt.time, ...]:
    value = raw.get(Text("at", 0), Values())
    several = value if isinstance(value, Values) else [value]
    found = []
    for each in several:
        match = _TIME.fullmatch(each) if isinstance(each, Text) else None
        if match is None:
            raise _wrong(name, "`at` is a time of day such as 02:00, or a list of them.")
        found.append(dt.time(int(match[1]), int(match[2])))
    return tuple(sorted(set(found)))


def _duration(raw: Named, key: str, name: str) -> dt.timedelta | None:
    text = _text(raw, key, name)
    if not text:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or not int(match[1]):
        raise _wrong(name, f"`{key}: {text}` is no span of time such as 30 minutes, 36 hours or 2 days.")
    return int(match[1]) * _UNITS[match[2]]


def _yes(raw: Named, key: str, name: str) -> bool:
    text = _text(raw, key, name) or "no"
    if text not in ("yes", "no"):
        raise _wrong(name, f"`{key}: {text}` is neither yes nor no.")
    return text == "yes"


def _text(raw: Named, key: str, name: str) -> str:
    value = raw.get(Text(key, 0), "")
    if not isinstance(value, str):
        raise _wrong(name, f"`{key}` is not a text.")
    return str(value)


def _wrong(name: str, cause: str) -> BadInput:
    return BadInput(f"The source {name} cannot be used.", cause, f"Correct sources/{name}.yaml; {_SEE}")
