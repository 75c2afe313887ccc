"""From numpy columns to Parquet in contract shape.

Days are counted from the first day of the demo's history, NEVER being an empty date; a NaN is an
empty number; -1 is an empty reference.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from data import contract
from data.demo.calendar import MICROSECONDS_PER_DAY, NEVER, history

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Rows gathered before they are written as one row group.
ROW_GROUP = 400_000

_SCALES: dict[contract.Kind, int] = {"quantity": 3, "price": 6, "money": 2, "fx_rate": 8}


def arrow_type(kind: contract.Kind) -> pa.DataType:
    """The Arrow type that matches the contract's SQL type."""
    if kind in _SCALES:
        return pa.decimal128(18, _SCALES[kind])
    return {"text": pa.string(), "integer": pa.int64(), "date": pa.date32(), "timestamp": pa.timestamp("us")}[kind]


def codes(prefix: str, numbers: Ints, digits: int) -> pa.StringArray:
    """Ids of equal length such as C000042, composed byte by byte because there are millions of them."""
    head = prefix.encode("ascii")
    width = len(head) + digits
    text = np.empty((len(numbers), width), dtype=np.uint8)
    text[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rest = numbers.copy()
    for position in range(width - 1, len(head) - 1, -1):
        text[:, position] = rest % 10 + ord("0")
        rest //= 10
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))


def pick(values: Sequence[str] | pa.Array, index: npt.NDArray[np.integer]) -> pa.Array:
    """The value at each index; empty where the index is -1."""
    among = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return among.take(pa.array(index, pa.int64(), mask=np.asarray(index) < 0))


class Writer:
    """One table's Parquet file, written row group by row group."""

    def __init__(self, folder: Path, name: str) -> None:
        self.table = contract.table(name)
        self.schema = pa.schema([(column.name, arrow_type(column.kind)) for column in self.table.columns])
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._file = pq.ParquetWriter(
            folder / "demo.parquet", self.schema, compression="zstd", store_decimal_as_integer=True
        )

    def add(self, columns: Mapping[str, Any]) -> None:
        """Appends rows; columns left out stay empty."""
        n = len(next(iter(columns.values())))
        arrays = [
            _array(column.kind, columns[column.name])
            if column.name in columns
            else pa.nulls(n, arrow_type(column.kind))
            for column in self.table.columns
        ]
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self.schema))
        self.rows += n
        if sum(len(table) for table in self._waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Writes what is left, and the end of the file."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            # Cut to the same row groups however the rows arrived.
            self._file.write_table(pa.concat_tables(self._waiting), row_group_size=ROW_GROUP)
            self._waiting.clear()


def _array(kind: contract.Kind, values: Any) -> pa.Array:
    if kind == "text":
        return values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    numbers = np.asarray(values)
    empty = np.isnan(numbers) if numbers.dtype.kind == "f" else numbers == NEVER
    mask = empty if empty.any() else None
    if kind in _SCALES:
        return _decimals(numbers, _SCALES[kind], mask)
    if kind == "integer":
        return pa.array(np.where(empty, 0, numbers).astype(np.int64), mask=mask)
    if kind == "date":
        return pa.array((numbers + history.epoch_offset).astype(np.int32), pa.int32(), mask=mask).cast(pa.date32())
    return pa.array(numbers + history.epoch_offset * MICROSECONDS_PER_DAY, pa.int64(), mask=mask).cast(
        pa.timestamp("us")
    )


def _decimals(numbers: Floats, scale: int, mask: Mask | None) -> pa.Array:
    """Decimals laid out by hand: 128 bits are the scaled number and its sign, which saves a slow cast."""
    filled = numbers if mask is None else np.where(mask, 0, numbers)
    scaled = np.rint(filled * 10**scale).astype(np.int64)
    words = np.empty((len(scaled), 2), dtype=np.int64)
    words[:, 0] = scaled
    words[:, 1] = scaled >> 63
    validity = None if mask is None else pa.array(~mask).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(scaled), [validity, pa.py_buffer(words)])
