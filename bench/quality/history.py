"""A purchase history under the product's own statistics: the same SQL that a build runs, over any data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from data import settings
from data.warehouse import models
from data.warehouse.engine import Engine, open_engine
from queries import load

_MODELS = ("warehouse.core.order_days", "warehouse.core.purchase_days")


class History:
    """Order lines turned into what the statistics read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, name: str, **params: Any) -> pa.Table:
        """Rows of queries/warehouse/statistics/<name>.sql."""
        return self._engine.arrow(load(f"warehouse.statistics.{name}").sql, params)


@contextmanager
def history(lines: pa.Table) -> Iterator[History]:
    """The history of `lines`: customer_id, order_id, ordered_on, product_id, category, quantity, revenue.

    Returns are lines of negative quantity. There are no catalogs and no discontinued products.
    """
    with open_engine(settings.current()) as engine:
        engine.register("given_lines", lines)
        for name, rows in _TABLES.items():
            engine.run(f"create temporary table {name} as {rows}")
        for model in map(load, _MODELS):
            engine.run(models.create(model))
        yield History(engine)


_TABLES = {
    "order_lines": """
        select *, row_number() over () as line_no,
            cast(null as varchar) as owner_rep_id, cast(null as varchar) as channel
        from given_lines
    """,
    "orders": """
        select order_id, any_value(customer_id) as customer_id, min(ordered_on) as ordered_on,
            not bool_or(quantity > 0) as is_credit_note, cast(sum(revenue) as decimal(18, 2)) as revenue
        from given_lines group by order_id
    """,
    "products": """
        select product_id, any_value(category) as category, cast(null as date) as discontinued_on
        from given_lines group by product_id
    """,
    "customers": """
        select distinct customer_id, cast(null as varchar) as segment, cast(null as varchar) as industry,
            cast(null as varchar) as catalog_id
        from given_lines where customer_id is not null
    """,
    "customer_feed_ends": "select cast(null as varchar) as customer_id, cast(null as date) as feed_last_on where false",
    "input_catalog_items": """
        select cast(null as varchar) as catalog_id, cast(null as varchar) as product_id,
            cast(null as date) as valid_from, cast(null as date) as valid_to
        where false
    """,
}
