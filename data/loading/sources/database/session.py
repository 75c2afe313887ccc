"""What a session with a database can do for us: say what columns a statement has, and write its rows as Parquet."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources.database.credentials import without
from data.loading.sources.database.description import Database

SECONDS_TO_CONNECT = 15
BATCH = 50_000  # rows


class Session(Protocol):
    """One transaction that sees the database as it was when it began, and cannot write."""

    def columns(self, source: str) -> tuple[str, ...]:
        """The columns of `source`: a quoted table, or a statement in brackets."""

    def quoted(self, name: str) -> str:
        """A name as the server's SQL writes it."""

    def literal(self, text: str) -> str:
        """A text as the server's SQL writes it."""

    def as_text(self, column: str) -> str:
        """SQL for a column, as text, of the table or statement whose columns were asked for last."""

    def text_of(self, expression: str) -> str:
        """SQL for the value of an expression as text."""

    def since(self, last: str, overlap: int) -> str:
        """SQL for the moment (or number) `overlap` before `last`, or before now where that is earlier."""

    def land(self, select: str, names: Iterable[str], target: Path) -> int:
        """Writes the rows of a statement as texts under these names; how many there were."""


@contextmanager
def explained(database: Database, password: str, errors: tuple[type[Exception], ...], doing: str) -> Iterator[None]:
    """Turns what a server or its client says into a message without secrets."""
    try:
        yield
    except errors as error:
        raise BadInput(
            f"The source {database.name} could not be read: {doing}.",
            without(password, str(error)),
            "Check its file in the folder sources, its password, and whether the server lets this computer in.",
        ) from None  # the error of a client may hold how it was called


@contextmanager
def writer(names: Iterable[str], target: Path) -> Iterator["Landing"]:
    """Writes rows of texts as Parquet, batch by batch."""
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(target, schema, compression="lz4") as file:
        yield Landing(file, schema)


class Landing:
    """Parquet being written; `rows` are those written so far."""

    def __init__(self, file: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._file, self._schema = file, schema
        self.rows = 0

    def add(self, columns: Iterable[Any]) -> None:
        """Writes one batch: its columns in order."""
        batch = pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=self._schema)
        self._file.write_batch(batch)
        self.rows += batch.num_rows
