"""Parquet is read where it lies, with its own types; here it is only looked at."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources import Options, Staged, headings

_NUMBERED = "file_row_number"  # what the engine calls the place of a row, unless a column has that name
_UTC = ("UTC", "Etc/UTC", "GMT", "Z", "+00:00", "+00")
_UTC = ("UTC", "Etc/UTC", "Z", "+00:00", "GMT")


def stage(file: Path, name: str, _: Options, target: Path) -> Staged:
    """Looks at a Parquet file's columns. Raises BadInput where it is torn or no Parquet at all."""
    try:
        schema = pq.read_schema(file)
        headed = headings(name, schema.names)
        columns = headed.columns
        zoned = [field.name for field in schema if _has_a_zone(field.type)]
        stored = list(schema.names)
        if headed.doubled or any(column.casefold() == _NUMBERED for column in stored):
            stored = [f"column {number}" for number in range(len(stored))]
        if zoned or stored != schema.names:
            file = _copied(file, stored, target)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{name} is not a readable Parquet file.", str(error).splitlines()[0], "Write it again and try again."
        ) from error
    notes = [f"{name}: the times of {', '.join(zoned)} carry a zone other than UTC."] if zoned else []
    notes += headed.notes(name)
    return Staged(
        name, file, columns, tuple(stored), "Parquet", native=True, notes=tuple(notes), doubled=headed.doubled
    )


def _has_a_zone(kind: pa.DataType) -> bool:
    """Whether times of that type are of a zone other than UTC, which the engine would take for UTC."""
    return pa.types.is_timestamp(kind) and kind.tz is not None and kind.tz not in _UTC


def _copied(file: Path, names: list[str], target: Path) -> Path:
    """A copy for the engine: columns under these names, times of a zone as texts that tell it, as a CSV would."""
    with pq.ParquetFile(file) as source:
        given = source.schema_arrow
        fields = [
            pa.field(new, pa.string() if _has_a_zone(field.type) else field.type)
            for field, new in zip(given, names, strict=True)
        ]
        with pq.ParquetWriter(target, pa.schema(fields)) as writer:
            for batch in source.iter_batches():
                arrays = [_as_text(each) if _has_a_zone(each.type) else each for each in batch.columns]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields)))
    return target


def _as_text(times: pa.Array) -> pa.Array:
    """Times of a zone as their clock showed them, with the distance to UTC."""
    return pc.strftime(times, format="%Y-%m-%d %H:%M:%S%z")
