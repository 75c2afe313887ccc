"""What several tools take, as their schemas describe it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from presentation.filters import NARROWING
from presentation.periods import Comparison, Period
from service.assistant.answers import MOST_ROWS

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Customer = Annotated[Words, Field(description="customer_id, as list_values(what='customers') or a list gives it")]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS, description="most rows to give")]
Start = Annotated[int, Field(ge=0, le=1_000_000, description="rows to leave out before the first")]


class Narrowed(BaseModel):
    """The filters of a page. A query is narrowed only by those that get_metric names; the others are refused."""

    model_config = ConfigDict(extra="forbid")

    period: Period | None = Field(
        default=None, description="the current one, up to the day of the data; 12 months by default"
    )
    compare: Comparison | None = Field(default=None, description="what it is compared with; last year by default")
    segment: Words | None = None
    owner: Words | None = Field(default=None, description="rep_id, as list_values(what='owners') gives it")
    category: Words | None = None
    catalog: Words | None = Field(default=None, description="catalog_id, as list_values(what='catalogs') gives it")
    team: Words | None = None

    def codes(self) -> dict[str, str]:
        """Those that were said."""
        return {name: code for name, code in self.model_dump().items() if code is not None}

    def narrowing(self) -> set[str]:
        """Those that narrow, rather than set the days."""
        return self.codes().keys() & {*NARROWING}


NO_FILTERS = Narrowed()
