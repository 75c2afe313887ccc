"""A list of people as a file: the same columns are written and read, and a line that cannot be taken is named."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.errors import BadInput
from data.people.store.accounts.people import Account
from presentation import spreadsheet

COLUMNS = ("email", "name", "roles", "rep", "team")
_STANDING = ("state", "last_seen_at")  # written beside them, and left alone when read
MOST_LINES = 5_000


@dataclass(frozen=True)
class Line:
    """One person of a file: its line, and what stands there."""

    number: int
    email: str
    name: str
    roles: frozenset[str]
    rep: str | None
    team: str | None


def written(accounts: Iterable[Account]) -> bytes:
    """Everybody as CSV in UTF-8 with a byte order mark; roles are codes parted by blanks."""
    text = io.StringIO()
    file = csv.writer(text)
    file.writerow([*COLUMNS, *_STANDING])
    for each in accounts:
        state = "active" if each.is_active else "deactivated"
        seen = each.last_seen_at.isoformat() if each.last_seen_at else ""
        row = (each.email, each.name, " ".join(sorted(each.roles)), each.rep or "", each.team or "", state, seen)
        file.writerow([spreadsheet.plain(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def read(content: bytes) -> Iterator[Line]:
    """The people of a file, as `written` writes it or a spreadsheet that took it over.

    Raises BadInput where it is no such file.
    """
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
        heads = [(head or "").strip().casefold() for head in rows.fieldnames or ()]
        rows.fieldnames = heads
        missing = [name for name in ("email", "roles") if name not in heads]
        if missing:
            raise _no_list(f"It has no column {' and no column '.join(missing)}.")
        found = [
            (rows.line_num, {name: spreadsheet.as_typed((row.get(name) or "").strip()) for name in COLUMNS})
            for row in rows
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _no_list("It is no CSV in UTF-8.") from error
    if len(found) > MOST_LINES:
        raise _no_list(f"It has more than {MOST_LINES:,} lines.")
    for number, row in found:
        roles = frozenset(row["roles"].replace(",", " ").replace(";", " ").casefold().split())
        yield Line(number, row["email"], row["name"], roles, row["rep"] or None, row["team"] or None)


def _no_list(cause: str) -> BadInput:
    return BadInput("This file is no list of people.", cause, "Take the list along as CSV, and fill that in.")
