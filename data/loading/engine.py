"""What a load needs of an engine; `data/warehouse` has the one that is handed in, so that loading knows none."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from data.settings import Settings


class Engine(Protocol):
    """One private, writable database."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Executes one statement."""

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple]:
        """The result of one statement as tuples."""

    def transaction(self) -> AbstractContextManager[None]:
        """One commit for many statements."""

    def parquet_view(self, name: str, files: Sequence[Path]) -> None:
        """Makes Parquet files readable under `name`."""


OpenEngine = Callable[[Settings, Path], AbstractContextManager[Engine]]
