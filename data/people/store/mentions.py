"""Where people wrote some words, in whichever table and column: what remains of somebody in what others wrote."""

from collections.abc import Sequence

import sqlalchemy as sa

from data.people.store.database import Store
from data.people.store.tables import is_storable, metadata


def mentions(store: Store, words: Sequence[str]) -> dict[str, int]:
    """How many rows hold one of these words within a text, as TABLE.COLUMN; capitals make no difference."""
    asked = [word for word in words if word and is_storable(word)]
    found = {}
    with store.reading() as connection:
        for table in metadata.sorted_tables if asked else ():
            for column in table.columns:
                if isinstance(column.type, sa.Text):
                    holds = sa.or_(*(column.icontains(word, autoescape=True) for word in asked))
                    count = connection.execute(sa.select(sa.func.count()).select_from(table).where(holds)).scalar_one()
                    if count:
                        found[f"{table.name}.{column.name}"] = count
    return found
