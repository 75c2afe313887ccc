"""Keeps warehouse SQL inside what DuckDB and Spark answer alike, and writes it in Spark's dialect.

An allow-list over sqlglot's tree: what is not known to agree on both engines is a finding. The few
constructs without a common spelling are rewritten by `to_spark`.
"""

import sqlglot
from sqlglot import exp

from queries import DIALECT

_STRUCTURE = (
    exp.Select, exp.With, exp.CTE, exp.TableAlias, exp.Identifier, exp.From, exp.Join, exp.Where, exp.Group,
    exp.Having, exp.Order, exp.Ordered, exp.Union, exp.Subquery, exp.Table, exp.Column, exp.Alias, exp.Star,
    exp.Paren, exp.Literal, exp.Boolean, exp.Null, exp.Placeholder, exp.Parameter, exp.Window, exp.WindowSpec,
    exp.Case, exp.If, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Distinct, exp.Tuple,
    exp.Filter, exp.IgnoreNulls, exp.WithinGroup,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Like, exp.DPipe,
)  # fmt: skip
_FUNCTIONS = (
    exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.Median, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Ln,
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.DateDiff, exp.DateTrunc, exp.TimestampTrunc, exp.ArgMax,
    exp.ArgMin, exp.RowNumber, exp.Lag, exp.Lead, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring,
    exp.Unnest, exp.Explode, exp.GenerateSeries, exp.GenerateDateArray, exp.PercentileCont, exp.Exp, exp.Pow, exp.Sqrt,
    exp.Ntile, exp.FirstValue, exp.LastValue, exp.StddevSamp, exp.MD5, exp.StrPosition,
)  # fmt: skip
_ALLOWED = _STRUCTURE + _OPERATORS + _FUNCTIONS
# Allowed nodes, but not in these forms: the arguments that make one of them mean something else or nothing in Spark.
_FORMS = {
    exp.WindowSpec: ("exclude",),
    exp.ArgMax: ("count",),
    exp.ArgMin: ("count",),
    exp.Join: ("method",),
    exp.Union: ("by_name",),
    exp.Distinct: ("on",),
    exp.Star: ("except_", "replace", "rename"),
    exp.Column: ("db", "catalog"),
}
_WHOLE = {"INT", "BIGINT", "SMALLINT", "TINYINT"}
_TYPES = {*_WHOLE, "DOUBLE", "DECIMAL", "VARCHAR", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"}
_NEED_ORDER = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)


def findings(sql: str) -> list[str]:
    """What in a warehouse statement is not known to mean the same on both engines; empty when all is well."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    found = [f"not on the allow-list: {_shown(node)}" for node in tree.walk() if type(node) not in _ALLOWED]
    for rule in (
        _form, _table, _type, _window, _date_diff, _date_minus_date, _division, _decimal, _interval, _whole_cast,
        _date_trunc, _untyped,
    ):  # fmt: skip
        found += rule(tree)
    return found


def to_spark(sql: str) -> str:
    """The statement in Spark's dialect. Parameters keep their names."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    # sqlglot turns an exact percentile into an approximate one without a word.
    for node in list(tree.find_all(exp.PercentileCont)):
        if isinstance(node.parent, exp.WithinGroup):
            (ordered,) = node.parent.expression.expressions
            node.parent.replace(exp.Anonymous(this="PERCENTILE", expressions=[ordered.this, node.this]))
        else:
            node.replace(exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression]))
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def spark_type(sql_type: str) -> str:
    """A type in Spark's words: varchar is called string there, and a timestamp without a zone says so."""
    return exp.DataType.build(sql_type, dialect=DIALECT).sql(dialect="spark")


def _form(tree: exp.Expr) -> list[str]:
    return [
        f"{argument.strip('_').replace('_', ' ')} is not portable: {_shown(node)}"
        for node in tree.find_all(*_FORMS)
        for argument in _FORMS[type(node)]
        if node.args.get(argument)
    ]


def _table(tree: exp.Expr) -> list[str]:
    def is_plain(table: exp.Table) -> bool:
        return isinstance(table.this, exp.Identifier) and table.name.isidentifier() and not table.db

    return [
        f"not the plain name of a table: {_shown(table)}" for table in tree.find_all(exp.Table) if not is_plain(table)
    ]


def _type(tree: exp.Expr) -> list[str]:
    casts = ((node, node.to.this.name) for node in tree.find_all(exp.Cast))
    return [f"{name.lower()} is no common type: {_shown(node)}" for node, name in casts if name not in _TYPES]


def _window(tree: exp.Expr) -> list[str]:
    found = []
    for node in tree.find_all(exp.Window):
        if node.this.find(*_NEED_ORDER) and not node.args.get("order"):
            found.append(f"the order of the rows is left open: {_shown(node)}")
        if node.this.find(exp.Distinct):
            found.append(f"distinct over a window: {_shown(node)}")
    return found


def _date_diff(tree: exp.Expr) -> list[str]:
    units = ((node, (node.text("unit") or "DAY").upper()) for node in tree.find_all(exp.DateDiff))
    return [f"date_diff counts {unit.lower()}s differently: {_shown(node)}" for node, unit in units if unit != "DAY"]


def _date_minus_date(tree: exp.Expr) -> list[str]:
    def is_date(node: exp.Expr) -> bool:
        node = node.unnest()
        if isinstance(node, exp.Cast):
            return node.to.this.name in ("DATE", "TIMESTAMP")
        return isinstance(node, exp.Column) and (node.name in ("day", "month") or node.name.endswith(("_on", "_at")))

    return [
        f"date_diff takes the days between two dates: {_shown(node)}"
        for node in tree.find_all(exp.Sub)
        if not isinstance(node.expression, exp.Interval) and (is_date(node.left) or is_date(node.right))
    ]


def _division(tree: exp.Expr) -> list[str]:
    def is_safe(divisor: exp.Expr) -> bool:
        divisor = divisor.unnest()
        return isinstance(divisor, exp.Nullif) or (isinstance(divisor, exp.Literal) and float(divisor.this) != 0)

    return [
        f"division without nullif: {_shown(node)}"
        for node in tree.find_all(exp.Div, exp.Mod)
        if not is_safe(node.expression)
    ]


def _decimal(tree: exp.Expr) -> list[str]:
    def is_decimal(node: exp.Expr | None) -> bool:
        node = node.unnest() if node else node
        return isinstance(node, exp.Cast) and node.to.this.name == "DECIMAL"

    return [
        f"cast decimals to double first: {_shown(node)}"
        for node in tree.find_all(exp.Div, exp.Avg, exp.Median, exp.PercentileCont)
        if is_decimal(node.this) or is_decimal(node.args.get("expression"))
    ]


def _interval(tree: exp.Expr) -> list[str]:
    def is_cast_to_date(node: exp.Expr) -> bool:
        sum_node = node.parent
        holder = sum_node.parent if sum_node is not None else None
        return isinstance(holder, exp.Cast) and holder.to.is_type("date")

    return [
        f"a date plus an interval must be cast to date: {_shown(node.parent or node)}"
        for node in tree.find_all(exp.Interval)
        if not is_cast_to_date(node) and not node.find_ancestor(exp.GenerateSeries)
    ]


def _whole_cast(tree: exp.Expr) -> list[str]:
    def has_fraction(node: exp.Expr) -> bool:
        return not isinstance(node, exp.Literal) or (not node.is_string and "." in node.this)

    return [
        f"round before casting to a whole number: {_shown(cast)}"
        for cast in tree.find_all(exp.Cast)
        if cast.to.this.name in _WHOLE
        for node in cast.this.find_all(exp.Div, exp.Mul, exp.Avg, exp.Median, exp.PercentileCont, exp.Literal)
        if has_fraction(node) and node.find_ancestor(exp.Round, exp.Floor, exp.Ceil, exp.Predicate, exp.Cast) is cast
    ]


def _date_trunc(tree: exp.Expr) -> list[str]:
    return [
        f"date_trunc must be cast to date: {_shown(node)}"
        for node in tree.find_all(exp.DateTrunc, exp.TimestampTrunc)
        if not (isinstance(node.parent, exp.Cast) and node.parent.to.is_type("date"))
    ]


def _untyped(tree: exp.Expr) -> list[str]:
    if isinstance(tree, exp.SetOperation):
        return _untyped(tree.left) + _untyped(tree.right)
    if not isinstance(tree, exp.Select):
        return []
    return [
        f"output column without an explicit type: {column.alias_or_name}"
        for column in tree.selects
        if not isinstance(column.unalias(), exp.Cast)
    ]


def _shown(node: exp.Expr) -> str:
    return node.sql(dialect=DIALECT)[:80]
