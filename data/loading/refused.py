"""Orders with rows in quarantine: what would be ours had it not been refused, as far as it can be read."""

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data import contract
from data.contract import Column
from data.loading import mappings, quarantine, typed
from data.loading.engine import OpenEngine
from data.loading.inputs import Inputs
from data.loading.sources import Staged
from data.settings import Settings

_CENT = Decimal("0.01")
_ABOUT = (
    Column("source_file", "text", "file it came from"),
    Column("source_line", "integer", "line it came from"),
    Column("reason", "text", "why it was refused"),
)


@dataclass
class Order:
    """What is refused of one order: its own row, if it is, and its lines' amounts in its currency.

    `unreadable` counts lines whose amount cannot be read. `why` and `where` are those of the first row.
    """

    order_id: str
    header: Mapping[str, Any] | None = None
    amounts: list[Decimal] = field(default_factory=list)
    unreadable: int = 0
    why: str = ""
    where: str = ""

    @property
    def day(self) -> dt.date | None:
        """Its day, where it could be read."""
        return self.header["ordered_on"] if self.header else None


def orders(loaded: Inputs, home: Path, settings: Settings, open_engine: OpenEngine) -> list[Order]:
    """The orders of which rows wait in the quarantines of what is loaded, by number.

    A row refused for repeating one that is loaded is no amount that is missing: such orders hold no row of their own.
    """
    found: dict[str, Order] = {}
    for row in _rows("orders", loaded, home, settings, open_engine):
        if row["order_id"] and " repeats " not in (row["reason"] or ""):
            order = found.setdefault(row["order_id"], Order(row["order_id"]))
            order.header = row
            _place(order, row)
    for row in _rows("order_lines", loaded, home, settings, open_engine):
        if row["order_id"]:
            order = found.setdefault(row["order_id"], Order(row["order_id"]))
            amount = _amount(row)
            order.amounts += [] if amount is None else [amount]
            order.unreadable += amount is None
            _place(order, row)
    return sorted(found.values(), key=lambda order: order.order_id)


def removed(loaded: Inputs, home: Path) -> list[str]:
    """For people: quarantines whose rows are no longer kept, so that nothing is known of what they would have been."""
    numbers = sorted({load.quarantine for load in loaded.ledger if load.quarantine})
    said = ((number, quarantine.removed(quarantine.root(home) / number)) for number in numbers)
    return [f"What was quarantined in {number} was {gone}, and explains nothing here." for number, gone in said if gone]


def _place(order: Order, row: Mapping[str, Any]) -> None:
    if not order.where:
        order.why, order.where = row["reason"] or "", f"{row['source_file']} line {row['source_line']}"


def _amount(line: Mapping[str, Any]) -> Decimal | None:
    """Net amount of a line: as given, else units at their price."""
    if line.get("amount") is not None:
        return Decimal(line["amount"])
    if line["quantity"] is None or line["unit_price"] is None:
        return None
    return Decimal(line["quantity"] * line["unit_price"]).quantize(_CENT, ROUND_HALF_UP)


def _rows(
    table: str, loaded: Inputs, home: Path, settings: Settings, open_engine: OpenEngine
) -> Iterable[Mapping[str, Any]]:
    """The open rows of a table, typed where they can be, with where they came from and why they wait."""
    shape = contract.table(table)
    waiting = contract.Table(f"refused {table}", shape.grain, shape.key, (*shape.columns, *_ABOUT))
    for number in sorted({load.quarantine for load in loaded.ledger if load.quarantine}):
        wanted = _formats(quarantine.root(home) / number)
        for path in quarantine.kept(home, number).get(table, []):
            held = tuple(name for name in pq.read_schema(path).names if name in waiting.column_names)
            staged = Staged(path.name, path, held, held, native=True)
            columns = {name: name for name in held}
            with (
                tempfile.TemporaryDirectory(prefix="orderbeat-") as folder,
                open_engine(settings, Path(folder) / "work.duckdb") as engine,
            ):
                found, _ = typed.rows(engine, waiting, staged, columns, wanted[path.stem])
            yield from (row.values for row in found)


def _formats(folder: Path) -> Mapping[str, tuple[str | None, str | None]]:
    """How each file of a quarantine writes dates and numbers."""
    known: dict[str, tuple[str | None, str | None]] = defaultdict(lambda: ("ymd", "."))
    mapping = mappings.read(None, folder)
    for source in mapping.sources if mapping else ():
        known[Path(source.file).stem] = (source.date_order or "ymd", source.decimal or ".")
    return known
