"""Everybody as CSV, out and in: all rows or none, and what was written reads back as what it was."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from data.errors import BadInput
from data.people import permissions
from data.people.person import Person
from data.people.store import chain, csv_text
from data.people.store.accounts import people
from data.people.store.accounts.people import Account
from data.people.store.accounts.tables import new_id
from data.people.store.database import Store

COLUMNS = ("e-mail", "name", "roles", "rep", "team", "active")
_NEEDED = ("e-mail", "name", "roles")
_YES, _NO = "yes", "no"
_MOST_ROWS = 10_000


@dataclass(frozen=True)
class Refused:
    """A row that cannot be read in: the line it stands on, and the error that says why."""

    line: int
    error: BadInput


class RowsRefused(BadInput):
    """Rows that cannot be read in; none was."""

    def __init__(self, rows: Sequence[Refused]) -> None:
        super().__init__(
            "Nothing was read in.", "Some rows cannot be.", "Mend the rows that are named, and read the file in again."
        )
        self.rows = rows


@dataclass(frozen=True)
class ReadIn:
    """How many people a file invited, and how many it changed."""

    invited: int
    changed: int


def written(store: Store, to: Person) -> str:
    """Everybody but those who were erased, as CSV in which no cell is a formula. Raises AccessDenied."""
    rows = [_row(account) for account in people.everybody(store, to) if not account.is_erased]
    return csv_text.written([COLUMNS, *rows])


def read_in(store: Store, by: Person, text: str) -> ReadIn:
    """Invites and changes people as the rows say, by their e-mail; who is not in the file stays as they are.

    Columns may be left out but e-mail, name and roles; `active` is yes where it is empty. Raises AccessDenied,
    RowsRefused naming each row that cannot be read in, BadInput for a file that is no such CSV or would leave no
    administrator.
    """
    permissions.require(by, "manage_people")
    rows, refused = _rows(text)
    count: dict[str, Any] = {"invited": 0, "changed": 0}
    with (
        store.writing(by, "manage_people", did="people_read_in", detail=count) as connection,
        people.keeps_administrator(connection),
    ):
        known = {account.email: account for account in people.accounts(connection) if account.email}
        wanted, wrong = _wanted(rows)
        if refused or wrong:
            raise RowsRefused(sorted([*refused, *wrong], key=lambda each: each.line))
        for each in wanted:
            account = known.get(each.email)
            did = _invite(connection, each) if account is None else _change(connection, account, each)
            count["invited"] += account is None
            count["changed"] += bool(account and did)
            for word, about, detail in did:
                chain.record(connection, by=by.author, did=word, about=about, detail=detail)
    return ReadIn(**count)


@dataclass(frozen=True)
class _Wanted:
    """A row as it is to stand: `kept` as people.checked gives it."""

    email: str
    kept: dict[str, Any]
    is_active: bool


_Told = list[tuple[chain.Word, str, dict[str, Any]]]  # did, about whom, detail


def _wanted(rows: Iterable[tuple[int, dict[str, str]]]) -> tuple[list[_Wanted], list[Refused]]:
    found: dict[str, _Wanted] = {}
    wrong: list[Refused] = []
    for line, cells in rows:
        try:
            email = people.normal_email(cells["e-mail"])
            if email in found:
                raise _twice()
            roles = [role.strip() for role in cells["roles"].split("+")]
            kept = people.checked(cells["name"], roles, cells["rep"], cells["team"])
            found[email] = _Wanted(email, kept, _is_active(cells["active"]))
        except BadInput as error:
            wrong.append(Refused(line, error))
    return [*found.values()], wrong


def _invite(connection: Connection, wanted: _Wanted) -> _Told:
    account_id = new_id()
    people.add(connection, account_id, wanted.email, wanted.kept)
    told: _Told = [("invited", account_id, people.told(wanted.kept))]
    if not wanted.is_active:
        people.shut_out(connection, account_id)
        told.append(("deactivated", account_id, {}))
    return told


def _change(connection: Connection, account: Account, wanted: _Wanted) -> _Told:
    told: _Told = []
    if changed := people.put(connection, account.id, wanted.kept):
        told.append(("person_changed", account.id, changed))
    if wanted.is_active != account.is_active:
        (people.let_in if wanted.is_active else people.shut_out)(connection, account.id)
        told.append(("reactivated" if wanted.is_active else "deactivated", account.id, {}))
    return told


def _row(account: Account) -> tuple[str, ...]:
    roles = "+".join(sorted(account.roles))
    active = _YES if account.is_active else _NO
    return account.email or "", account.name, roles, account.rep or "", account.team or "", active


def _rows(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[Refused]]:
    """The rows by column, each with its line, and those that have more or fewer cells than the heading."""
    try:
        found = csv_text.read(text)
    except csv.Error as error:
        raise BadInput(
            "This is no CSV.",
            "A quote is not closed, or the file is of another kind.",
            "Save the list as CSV, separated by commas.",
        ) from error
    heading = [cell.strip().lower() for cell in found[0][1]] if found else []
    if {*_NEEDED} - {*heading} or {*heading} - {*COLUMNS} or len({*heading}) < len(heading) or len(found) > _MOST_ROWS:
        raise BadInput(
            "This is no list of people.",
            "Its first line names the columns: e-mail, name, roles, and perhaps rep, team, active.",
            "Take the list out, change it, and read it in again.",
        )
    rows, refused = [], []
    for line, cells in found[1:]:
        if len(cells) == len(heading):
            rows.append((line, dict.fromkeys(COLUMNS, "") | dict(zip(heading, cells, strict=True))))
        else:
            refused.append(Refused(line, _uneven()))
    return rows, refused


def _uneven() -> BadInput:
    return BadInput(
        "This row has more or fewer cells than the first.",
        "A comma within a cell parts it.",
        "Put that cell in quotes.",
    )


def _twice() -> BadInput:
    return BadInput("This e-mail address stands in two rows.", "Each person has one row.", "Take one of them out.")


def _is_active(cell: str) -> bool:
    text = cell.strip().lower() or _YES
    if text not in (_YES, _NO):
        raise BadInput("It is not said whether this person is active.", "The cell says yes or no.", "Enter yes or no.")
    return text == _YES
