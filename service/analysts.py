"""The analysts' door: any named query as a pandas frame, within what one person may see and take along.

    from service.analysts import open_as

    door = open_as("director")
    silent = door.frame("customers.silent", limit=20)
    silent.attrs["units"]["likely_loss"]

It answers on a machine that holds the home (`ORDERBEAT_HOME`), to whoever may read that home. Where people sign in it
is opened in the name of an account, by its e-mail address, and each frame is a row of the audit.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

import queries
from data.errors import AccessDenied, BadInput
from data.people import person as people
from data.people import reached
from data.people.permissions import require
from data.people.person import Person
from data.people.store import audit, open_store
from data.settings import current
from data.warehouse import access
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import standing
from presentation import workbook
from presentation.filters import NARROWING, parse
from presentation.pages import BY_NAME
from queries import Query

MOST_ROWS = 1_000_000
_FILTERS = ("period", "compare", *NARROWING)
# Units whose values are amounts: they come as floats, whatever they are kept as.
_AMOUNTS = ("money", "cents", "price", "ratio", "factor", "quantity", "days", "score")
# What tells the rows of a query apart, and so stays beside a metric.
_NAMES = ("text", "label", "id", "date", "month")


class Door:
    """What one person may read of the newest snapshot at the time it was opened; every frame is of that snapshot."""

    def __init__(self, who: Person, shown: Snapshot) -> None:
        self.who, self.snapshot = who, shown

    def queries(self) -> pd.DataFrame:
        """Every query that may be asked: name, title, definition, grain, parameters and units of its columns."""
        rows = [
            {"name": each.name, "title": each.title, "definition": each.definition, "grain": each.grain,
             "params": dict(each.params), "units": dict(each.units)}
            for each in self._open()
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index("name")

    def frame(self, name: str, **asked: Any) -> pd.DataFrame:
        """The rows of a query: all of them, unless its parameters narrow them.

        `asked` are the query's own parameters and the filters of pages: period, compare, segment, owner, category,
        catalog, team. What is not asked narrows nothing; without a period it is the last twelve months against a year
        before. Codes stay codes, and the frame's `attrs` say units, currency, definition, grain, file, parameters,
        snapshot, as-of, how many rows there are and whether some are left out. Raises AccessDenied for what is not
        theirs, BadInput for a name of no query and of no parameter.
        """
        query = self._query(name)
        result = self._read(query, asked)
        if current().sign_in:
            detail = {"format": "frame", "rows": len(result)}
            audit.note(open_store(current()), by=self.who.author, did="exported", about=name, detail=detail)
        return _framed(result)

    def metric(self, metric: str, of: str = "", **asked: Any) -> pd.DataFrame:
        """One figure, such as "win_rate", with its interval and comparison, of each row of the query `of`.

        Where only one query tells that figure it need not be named. Otherwise as `frame`.
        """
        telling = [each.name for each in self._open() if metric in each.units]
        if (of and of not in telling) or not telling:
            raise BadInput(
                f"No query tells {metric!r}." if not telling else f"{of} does not tell {metric!r}.",
                f"It is told by {', '.join(telling) or 'none'}.",
                "Door.queries() lists queries with their columns.",
            )
        if not of and len(telling) > 1:
            raise BadInput(
                f"Several queries tell {metric!r}: {', '.join(telling)}.",
                "Each tells it of other things, or over other days.",
                "Name one of them with of=.",
            )
        found = self.frame(of or telling[0], **asked)
        units: Mapping[str, str] = found.attrs["units"]
        beside = [metric, *(f"{metric}_{end}" for end in ("low", "high", "base"))]
        columns = [name for name, unit in units.items() if unit in _NAMES or name in beside]
        narrowed = found[columns].copy()
        narrowed.attrs = found.attrs | {"units": {name: units[name] for name in columns}}
        return narrowed

    def _open(self) -> list[Query]:
        found = [queries.load(name) for folder in queries.page_folders() for name in queries.names(folder)]
        return [each for each in found if workbook.may_take(self.who, each.name)]

    def _query(self, name: str) -> Query:
        if name not in {name for folder in queries.page_folders() for name in queries.names(folder)}:
            raise BadInput(
                f"There is no query named {name!r}.", "It is misspelt, or none that pages show.",
                "Door.queries() lists their names.",
            )  # fmt: skip
        require(self.who, "export", name)
        return queries.load(name)

    def _read(self, query: Query, asked: Mapping[str, Any]) -> Result:
        """The rows, by what was asked, else by what pages ask: filters, what people decided, no other narrowing."""
        if unknown := asked.keys() - query.params.keys() - {*_FILTERS}:
            raise BadInput(
                f"{query.name} takes no {', '.join(sorted(unknown))}.",
                f"It takes {', '.join(query.params) or 'nothing'}, and the filters {', '.join(_FILTERS)}.",
                "Leave it out, or ask another query.",
            )
        _require_choices(query, asked)
        page, as_of = query.name.partition(".")[0], dt.date.fromisoformat(self.snapshot.as_of)
        dated = BY_NAME[page].dated if page in BY_NAME else "orders"
        codes = {name: asked[name] for name in _FILTERS if name in asked}
        filters = parse(as_of, codes, self.snapshot.coverage, dated)
        everything = dict.fromkeys(query.params.keys() - {"as_of", "decided"})
        kept = {name: value for name, value in workbook.kept(self.snapshot).items() if name in query.params}
        rows = {"page_start": 0, "page_rows": MOST_ROWS + 1, "limit": MOST_ROWS + 1}
        own = {name: value for name, value in asked.items() if name in query.params}
        params = everything | rows | kept | filters.params() | own
        return access.query(self.who.scope, query.name, standing(self.snapshot, query.name, params), self.snapshot)


def open_as(who: str) -> Door:
    """A door for an account by its e-mail address; in the demonstration for a view, such as "director" or "rep:R001".

    Raises AccessDenied where nobody active is called so, NothingLoaded.
    """
    shown = access.snapshot()
    if current().sign_in:
        known = reached.everybody(open_store(current()))
        found = [each.person for each in known if each.email.casefold() == who.strip().casefold()]
    else:
        found = [each for each in people.view_as(access.scopes()) if each.key == who]
    if not found:
        raise AccessDenied(
            f"Nobody here is called {who!r}.",
            "Where people sign in, an active account is named by its e-mail; in the demonstration, a view.",
            "An administrator sees all accounts on the page People.",
        )
    return Door(found[0], shown)


def _require_choices(query: Query, asked: Mapping[str, Any]) -> None:
    """Raises BadInput where a query is told in several ways and none was asked for: it would give nothing."""
    told = [listed.more for lists in workbook.LISTS.values() for listed in lists if listed.query == query.name]
    for param in sorted({name for more in told for name in more} - {"limit"} - asked.keys()):
        choices = ", ".join(f"{param}={more[param]!r}" for more in told)
        raise BadInput(f"{query.name} asks for {param}.", f"It is told by it, such as {choices}.", "Choose one.")


def _framed(result: Result) -> pd.DataFrame:
    table = result.table.slice(0, MOST_ROWS)
    for column, unit in result.query.units.items():
        at = table.schema.get_field_index(column)
        if unit in _AMOUNTS and pa.types.is_decimal(table.schema.field(at).type):
            table = table.set_column(at, column, pc.cast(table[column], pa.float64()))
        elif unit in ("date", "month"):
            table = table.set_column(at, column, pc.cast(table[column], pa.timestamp("s")))
    frame = table.to_pandas()
    frame.attrs = {
        "query": result.query.name,
        "title": result.query.title,
        "definition": result.query.definition,
        "file": result.query.path,
        "grain": result.query.grain,
        "units": dict(result.query.units),
        "currency": result.snapshot.currency,
        "params": {name: value for name, value in result.shown_params.items() if value is not None},
        "snapshot": result.snapshot.name,
        "as_of": result.snapshot.as_of,
        "rows": min(len(result), MOST_ROWS),
        "truncated": len(result) > MOST_ROWS,
    }
    return frame
