"""The type of the function that hands rows over; it knows who asks, and over which snapshot."""

from typing import Any, Protocol

from data.warehouse.access import Result


class Parameters(Protocol):
    """Anything that can be said in query parameters, such as filters."""

    def params(self) -> dict[str, Any]:
        """Values by the names queries declare."""
        ...


class Fetch(Protocol):
    """Gives the rows of a named query ("customers.silent"), under filters and with further parameters."""

    def __call__(self, name: str, filters: Parameters | None = None, **more: Any) -> Result:
        """The rows. Raises what `data.warehouse.access.query` does."""
        ...
