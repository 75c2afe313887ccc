"""What a load needs of an engine; `data/warehouse` has the one that is handed in, so that loading knows none."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from data.settings import Settings


class Engine(Protocol):
    """One private, writable database."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Executes one statement."""

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The result of one statement as tuples."""

    def transaction(self) -> AbstractContextManager[None]:
        """One commit for many statements."""

    def within(self, seconds: float, what: str) -> AbstractContextManager[None]:
        """Stops statements that run longer. Raises QueryStopped, which names `what` was being read."""


OpenEngine = Callable[[Settings, Path], AbstractContextManager[Engine]]
