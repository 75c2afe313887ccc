"""Who was erased at a customer, and what a load makes of their rows.

The inputs' manifest says whose rows are erased (`inputs.tombstone`). Such a row stays under its key, for other tables
name it, and says no more: a load blanks it before it reads its cells, so that neither what it loads nor what it refuses
says more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from data import contract
from data.loading import statements
from data.loading.engine import Engine
from data.loading.inputs import Erased
from data.loading.statements import BROKEN, literal, quoted
from data.loading.validate import Mapped

TABLE, KEY = "contacts", "contact_id"
NAME = "Erased person"  # what everybody is called who was erased
PERSONAL = tuple(name for name in contract.table(TABLE).column_names if name not in (KEY, "customer_id"))
UNTOLD = "the row cannot be read"  # in place of a reason that may quote the person


@dataclass(frozen=True)
class Known:
    """What is known of a person, as it was written: what they are called, and addresses and numbers that are theirs."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    @property
    def words(self) -> list[str]:
        """All of it, to be looked for elsewhere."""
        return sorted(self.names | self.addresses)

    def with_rows(self, rows: Collection[Mapping[str, Any]]) -> "Known":
        """What these rows of contacts say besides."""
        names, addresses = (_said(rows, columns) for columns in (("name",), ("email", "phone")))
        return Known(self.names | names - {NAME}, self.addresses | addresses)


def says_more(rows: Collection[Mapping[str, Any]]) -> int:
    """How many of these rows say more of a person than one that is erased."""
    return sum(any(row.get(name) not in (None, NAME if name == "name" else None) for name in PERSONAL) for row in rows)


def blank_rows(engine: Engine, mapped: Mapped, erased: Erased) -> list[str]:
    """Takes out of a source's rows what they say of people who are erased, before their cells are read.

    What was wrong with such a row is no longer told either, for it may quote a cell. Gives what people are told of it.
    """
    keys = erased.get(TABLE, ())
    if mapped.table.name != TABLE or KEY not in mapped.native or not keys:
        return []
    is_theirs = statements.has_digest(KEY, keys)
    [(count,)] = engine.rows(statements.count(statements.passing(statements.all_of(mapped.rows), is_theirs)))
    if not count:
        return []
    cells = {quoted(name): "null" for name in PERSONAL if name in mapped.native}
    if "name" in mapped.native:
        cells[quoted("name")] = f"case when name is not null then {literal(NAME)} end"
    for told, why in {
        **{statements.problem(name): f"{name} cannot be read" for name in mapped.explained},
        BROKEN: UNTOLD,
    }.items():
        cells[told] = f"case when {told} <> '' then {literal(why)} else {told} end"
    engine.run(statements.blanked(mapped.rows, cells, is_theirs))
    return [f"{TABLE}: rows of people who were erased, of whom no more is taken than the id: {count:,}"]


def _said(rows: Collection[Mapping[str, Any]], columns: Collection[str]) -> frozenset[str]:
    return frozenset(str(row[name]).strip() for row in rows for name in columns if row.get(name))
