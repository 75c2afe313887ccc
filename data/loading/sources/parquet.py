"""Parquet is read where it lies, with its own types; here it is only looked at."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources import Options, Staged, headings


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Looks at a Parquet file's columns. Raises BadInput where it is torn or no Parquet at all."""
    try:
        columns = pq.read_schema(file).names
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{name} is not a readable Parquet file.", str(error).splitlines()[0], "Write it again and try again."
        ) from error
    return Staged(name, file, headings(name, columns), "Parquet", native=True)
