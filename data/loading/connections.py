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
from dataclasses import dataclass, field
from pathlib import Path

from data.loading import mappings, source_file
from data.loading.mappings.plain_yaml import Named, Text, Values
from data.loading.source_file import COMMON, only, span, text, wrong, yes

KINDS = ("folder", "postgresql", "mysql")
_USUAL_STALE_AFTER = dt.timedelta(hours=36)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Connection:
    """One source: what it is, how it is read, and when.

    `own` are its settings as written. `mapping` is what intake.load takes. `at` are times of day of
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
    own: Named = field(default_factory=Named)

    def next_after(self, moment: dt.datetime) -> dt.datetime | None:
        """When it is due next after `moment` (aware), in UTC; None for a source refreshed by hand alone."""
        if self.every:
            return moment + self.every
        days = (moment.astimezone().date() + dt.timedelta(days=ahead) for ahead in range(3))
        times = (dt.datetime.combine(day, time).astimezone(dt.UTC) for day in days for time in self.at)
        return min((time for time in times if time > moment), default=None)


def read(home: Path, name: str) -> Connection:
    """The source of that name. Raises BadInput where there is none, or saying what is wrong in its file."""
    raw = source_file.read(home, name)
    kind = text(raw, "kind", name)
    if kind not in KINDS:
        raise wrong(name, f"`kind: {kind}` is none of {', '.join(KINDS)}." if kind else "It has no `kind`.")
    every = span(raw, "every", name)
    at = _times(raw, name)
    if every and at:
        raise wrong(name, "It has both `at` and `every`.")
    usual = max(_USUAL_STALE_AFTER, 3 * every) if every else _USUAL_STALE_AFTER if at else None
    path = source_file.root(home) / f"{name}.yaml"
    return Connection(
        name,
        kind,
        path,
        _mapping(text(raw, "mapping", name), path),
        at,
        every,
        span(raw, "stale_after", name) or usual,
        yes(raw, "diary", name, "no"),
        raw,
    )


def folder(connection: Connection) -> Path:
    """Where the files of a source of kind `folder` arrive. Raises BadInput where its own settings are not that."""
    only(connection.own, (*COMMON, "mapping", "folder"), connection.name)
    given = text(connection.own, "folder", connection.name)
    if not given:
        raise wrong(connection.name, "It has no `folder`.")
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
            raise wrong(name, "`at` is a time of day such as 02:00, or a list of them.")
        found.append(dt.time(int(match[1]), int(match[2])))
    return tuple(sorted(set(found)))
