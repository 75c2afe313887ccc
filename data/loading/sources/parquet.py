"""Parquet is read where it lies, with its own types; here it is only looked at."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources import Options, Staged, headings

_NUMBERED = "file_row_number"  # what the engine calls the place of a row, unless a column has that name


def stage(file: Path, name: str, _: Options, target: Path) -> Staged:
    """Looks at a Parquet file's columns. Raises BadInput where it is torn or no Parquet at all."""
    try:
        stored = pq.read_schema(file).names
        columns = headings(name, stored)
        if any(column.casefold() == _NUMBERED for column in stored):
            stored = [f"column {number}" for number in range(len(stored))]
            file = _renamed(file, stored, target)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{name} is not a readable Parquet file.", str(error).splitlines()[0], "Write it again and try again."
        ) from error
    return Staged(name, file, columns, tuple(stored), "Parquet", native=True)


def _renamed(file: Path, names: list[str], target: Path) -> Path:
    """A copy under other names, for a file with a column that goes by the engine's name for the place of a row."""
    with pq.ParquetFile(file) as source:
        schema = pa.schema([field.with_name(new) for field, new in zip(source.schema_arrow, names, strict=True)])
        with pq.ParquetWriter(target, schema) as writer:
            for batch in source.iter_batches():
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return target
