"""The type of the function that hands statistics their tables, by name and as of any day."""

from typing import Any, Protocol

import pyarrow as pa


class Ask(Protocol):
    """Answers with the rows of `queries/warehouse/statistics/<name>.sql` under these parameters."""

    def __call__(self, name: str, **params: Any) -> pa.Table:
        """The table."""
        ...
