"""How the statistics get their tables: they ask for a named one, as of any day, and do not know who answers."""

from typing import Any, Protocol

import pyarrow as pa


class Ask(Protocol):
    """Answers with the rows of `queries/warehouse/statistics/<name>.sql` under these parameters."""

    def __call__(self, name: str, **params: Any) -> pa.Table: ...
