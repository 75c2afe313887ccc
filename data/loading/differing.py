"""In what the rows differ of which `one_per` takes the first, so that two names of one id are not passed over."""

from data.loading import statements
from data.loading.engine import Engine
from data.loading.mappings import Source


def notes(engine: Engine, source: Source, sql: Source, rows: str) -> list[str]:
    """For people: each contract column in which rows of one value of `one_per` differ, for how many, and an example.

    Of the columns that a source gives as they stand in its file: what SQL makes of several rows is meant. An empty
    cell differs from none. `source` is as people wrote it, `sql` in SQL alone, `rows` SQL for the rows of its files.
    """
    plain = {name: value for name, value in (sql.columns or {}).items() if statements.is_plain(value)}
    if not source.one_per or not plain:
        return []
    [found] = engine.rows(statements.differing(rows, plain, statements.Shape(sql.join, sql.where, sql.one_per)))
    return [
        f"{source.table} from {source.file}: {column} differs between rows of one `{source.one_per}` for {count:,} of "
        f"them, such as {example!r}; the first row counts."
        for column, count, example in zip(plain, found[::2], found[1::2], strict=True)
        if count
    ]
