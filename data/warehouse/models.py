"""The warehouse's models: their order, and the statements that materialise them and cut them by scope.

Headers a model may carry beside those of every query:
    materialize: view | temporary          otherwise it is a table of the published snapshot
    scope: all | <column of rep ids>       which rows a rep's file gets
    teams: <column of teams>               rows of a team also go to files of all its people, when there are several
    keeps: <columns>                       what the next build can read of it, as the table kept_<model>
    ecommerce: none                        the e-commerce file gets no row of it
    rollup: <column>                       summed out when the model is cut; `measures:` lists what is summed
    sort: <columns>                        order of the rows on disk
    inside: <columns>                      what other models read and no page does: it is not published
"""

from collections.abc import Sequence
from functools import cache
from graphlib import TopologicalSorter

import sqlglot
from sqlglot import exp

from queries import DIALECT, Query, load, names

# Who sells is nobody's business in the e-commerce file.
REP_COLUMNS = ("rep_id", "team", "owner_rep_id", "credited_rep_id", "owner_name")


@cache
def in_order() -> tuple[Query, ...]:
    """Every warehouse model, each after those it reads. Statistics are no models: they are asked for as of any day."""
    made = [name for name in names("warehouse") if not name.startswith("warehouse.statistics.")]
    models = {name.rsplit(".", 1)[-1]: load(name) for name in made}
    graph = {name: sorted(model.tables() & models.keys()) for name, model in sorted(models.items())}
    return tuple(models[name] for name in TopologicalSorter(graph).static_order())


def before_analysis() -> list[Query]:
    """The models that the statistics read, each after those it reads."""
    after = {model.name for model in after_analysis()}
    return [model for model in in_order() if model.name not in after]


def after_analysis() -> list[Query]:
    """The models over what the statistics gave back, the tables analysis_*, and over one another."""
    after: dict[str, Query] = {}
    for model in in_order():
        if any(table.startswith("analysis_") or table in after for table in model.tables()):
            after[table_name(model)] = model
    return list(after.values())


def published() -> list[Query]:
    """The models that become tables of a snapshot."""
    return [model for model in in_order() if "materialize" not in model.headers]


def table_name(model: Query) -> str:
    """Name of the table or view a model makes."""
    return model.name.rsplit(".", 1)[-1]


def is_view(model: Query) -> bool:
    """Whether a model is computed whenever it is read, and its rows are kept nowhere."""
    return model.headers.get("materialize") == "view"


def columns(model: Query) -> dict[str, str]:
    """Output columns with their types, as the model's own casts state them."""
    return dict(_columns(model.sql))


# Every file of a snapshot asks for the columns of every model, and parsing takes longer than a small cut.
@cache
def _columns(sql: str) -> dict[str, str]:
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    final = tree.left if isinstance(tree, exp.SetOperation) else tree
    if not isinstance(final, exp.Select):
        raise TypeError(f"A model is a select, not {final.key}.")
    return {column.alias: column.this.to.sql(dialect=DIALECT) for column in final.selects}


def input_view(table: str, files: list[str], missing: dict[str, str]) -> str:
    """Makes the Parquet files of an input table readable as input_<table>.

    `missing` are columns, by type, that none of the files has: it was loaded before the contract knew them.
    """
    paths = ", ".join(f"'{file.replace(chr(39), chr(39) * 2)}'" for file in files)
    unknown = "".join(f", cast(null as {sql_type}) as {name}" for name, sql_type in missing.items())
    return f"create temporary view input_{table} as select *{unknown} from read_parquet([{paths}], union_by_name=true)"


def empty_input(table: str, typed_columns: dict[str, str]) -> str:
    """An input table that was never loaded."""
    listed = ", ".join(f"{name} {sql_type}" for name, sql_type in typed_columns.items())
    return f"create temporary table input_{table} ({listed})"


def create(model: Query) -> str:
    """Materialises a model in the database being built."""
    return f"create {_kind(model)} {table_name(model)} as\n{model.sql}{_sorted(model)}"


def take_over(model: Query, folder: str) -> str:
    """Materialises a model of the Parquet files in which another engine wrote its rows, in its own types and order."""
    files = folder.replace("'", "''") + "/*.parquet"
    selected = ", ".join(f"cast({column} as {sql_type}) as {column}" for column, sql_type in columns(model).items())
    name = table_name(model)
    return f"create {_kind(model)} {name} as select {selected} from read_parquet('{files}'){_sorted(model)}"


def _kind(model: Query) -> str:
    return {"view": "temporary view", "temporary": "temporary table"}.get(model.headers.get("materialize", ""), "table")


def define(metric: Query, database: str) -> str:
    """Saves a metric of queries/metrics as a macro of that database."""
    is_expression = metric.grain in ("value", "group")
    body = f"({metric.statement})" if is_expression else f"table\n{metric.statement}"
    return f"create macro {database}.{table_name(metric)}({', '.join(metric.params)}) as {body}"


def is_shared(model: Query) -> bool:
    """Whether every file but the e-commerce one holds the same rows of a model."""
    return model.headers["scope"] == "all" and "rollup" not in model.headers


def are_empty(models: Sequence[Query]) -> str:
    """For each of these models, in one row, whether its table holds no row."""
    return "select " + ", ".join(f"not exists (select 1 from {table_name(model)})" for model in models)


def cut(model: Query, kind: str, reps: Sequence[str] = (), *, above: bool = False) -> str:
    """Copies a scope's rows of a model into the attached database `slice`.

    `kind` is director, ecommerce or reps; `reps` are the ids of these, which stand in the table scope_reps, too. Rows
    stay in the order they are in, once KEEP_ORDER was run; where rows are summed or people are left out they are
    ordered anew, since an order by people would tell who they are. `above`: a file that holds all rows of these reps
    is attached as `above`; what it holds as it was built is copied from there, as it has fewer rows of others.
    """
    rollup = model.headers.get("rollup")
    measures = [measure.strip() for measure in model.headers["measures"].split(",")] if rollup else []
    inside = {rollup, *inside_columns(model)}
    types = {column: sql_type for column, sql_type in columns(model).items() if column not in inside}

    def value(column: str) -> str:
        if kind == "ecommerce" and column in REP_COLUMNS:
            return f"cast(null as {types[column]})"
        return f"cast(sum({column}) as {types[column]})" if column in measures else column

    selected = ", ".join(f"{value(column)} as {column}" for column in types)
    group = f" group by {', '.join(c for c in types if c not in measures)}" if rollup else ""
    in_order = not rollup and all(value(column) == column for column in _sort_columns(model))
    order = "" if in_order else _sorted(model)
    name = table_name(model)
    source = f"above.{name}" if above and not rollup and "teams" not in model.headers else name
    rows = _rows(model, kind, reps)
    return f"create table slice.{name} as select {selected} from {source} where {rows}{group}{order}"


def _rows(model: Query, kind: str, reps: Sequence[str]) -> str:
    column, team = model.headers["scope"], model.headers.get("teams")
    if kind == "ecommerce" and model.headers.get("ecommerce") == "none":
        return "false"
    if kind == "reps" and column != "all":
        # Listed, not selected: a join could give the rows in another order.
        listed = ", ".join(map(_literal, reps))
        own = f"{column} in ({listed})"
        return f"({own} or {team} in ({_WHOLE_TEAMS}))" if team else own
    return "true"


_WHOLE_TEAMS = """
    select r.team
    from sales_reps as r
    left join scope_reps as s on r.rep_id = s.rep_id
    where r.team is not null
    group by r.team
    having count(*) = count(s.rep_id) and count(*) > 1
"""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def inside_columns(model: Query) -> set[str]:
    """The columns of a model that no published file holds."""
    return {column.strip() for column in model.headers.get("inside", "").split(",") if column}


def _sort_columns(model: Query) -> list[str]:
    return [column.strip() for column in model.headers.get("sort", "").split(",") if column]


def _sorted(model: Query) -> str:
    return f" order by {model.headers['sort']}" if "sort" in model.headers else ""


def copy(table: str) -> str:
    """Copies a table as it is into the attached database `slice`."""
    return f"create table slice.{table} as select * from {table}"


def attach(path: str) -> str:
    """Opens a new file as the database `slice`.

    Every table takes a block of its own at least, and each column of a large one another for so many rows. Blocks of a
    quarter of the usual size save four fifths of a small file and a seventh of a large one; those of a sixteenth make
    large files twice as large, as less can be packed in one.
    """
    return f"attach {_literal(path)} as slice (block_size {_BLOCK_BYTES})"


_BLOCK_BYTES = 65_536
KEEP_ORDER = "set preserve_insertion_order = true"  # what is sorted already need not be sorted for each file again
DETACH = "detach slice"
DETACH_ABOVE = "detach above"
CHECKPOINT_SLICE = "checkpoint slice"


def attach_above(path: str) -> str:
    """Opens a file that was cut before as the database `above`, to be read alone."""
    return f"attach {_literal(path)} as above (read_only)"


def attach_earlier(path: str) -> str:
    """Opens a file of an earlier snapshot as the database `earlier`, to be read alone."""
    return f"attach {_literal(path)} as earlier (read_only)"


def keeping() -> list[Query]:
    """The models of which the next build reads something."""
    return [model for model in in_order() if "keeps" in model.headers]


def kept_name(model: Query) -> str:
    """Name of the table in which a build finds what the snapshot before kept of a model."""
    return f"kept_{table_name(model)}"


def read_kept(model: Query) -> str:
    """What the snapshot attached as `earlier` keeps of a model."""
    return f"select {model.headers['keeps']} from earlier.{table_name(model)}"


def nothing_kept(model: Query) -> str:
    """The table of what was kept where nothing was."""
    types = columns(model)
    listed = ", ".join(f"{name} {types[name]}" for name in map(str.strip, model.headers["keeps"].split(",")))
    return f"create temporary table {kept_name(model)} ({listed})"


def count_rows(query: Query) -> str:
    """How many rows a query gives."""
    return f"select count(*) as row_count from ({query.sql}) as counted"


def seal(table: str) -> tuple[str, str]:
    """What tells a table from any other, whatever the order of its rows: its columns, and three figures of its rows."""
    return f"describe {table}", f"select count(*), sum(hash(t)), bit_xor(hash(t)) from {table} as t"


def scan(table: str) -> str:
    """Reads every value of a table, so that a damaged block cannot stay unnoticed."""
    return f"select count(hash(columns(*))) from {table}"
