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
    exp.Filter, exp.IgnoreNulls,
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
    exp.Ntile, exp.FirstValue, exp.LastValue, exp.StddevSamp,
)  # fmt: skip
_ALLOWED = _STRUCTURE + _OPERATORS + _FUNCTIONS
_WHOLE = {"INT", "BIGINT", "SMALLINT", "TINYINT"}


def findings(sql: str) -> list[str]:
    """What in a warehouse statement is not known to mean the same on both engines; empty when all is well."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    found = [f"not on the allow-list: {_shown(node)}" for node in tree.walk() if type(node) not in _ALLOWED]
    for rule in (_qualified, _date_diff, _division, _interval, _whole_cast, _date_trunc, _untyped, _today):
        found += rule(tree)
    return found


def to_spark(sql: str) -> str:
    """The statement in Spark's dialect. Parameters keep their names."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    # sqlglot turns an exact percentile into an approximate one without a word.
    for node in list(tree.find_all(exp.PercentileCont)):
        node.replace(exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression]))
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _qualified(tree: exp.Expression) -> list[str]:
    return [f"qualified table name: {_shown(t)}" for t in tree.find_all(exp.Table) if t.db]


def _date_diff(tree: exp.Expression) -> list[str]:
    units = ((node, (node.text("unit") or "DAY").upper()) for node in tree.find_all(exp.DateDiff))
    return [f"date_diff counts {unit.lower()}s differently: {_shown(node)}" for node, unit in units if unit != "DAY"]


def _division(tree: exp.Expression) -> list[str]:
    def is_safe(divisor: exp.Expression) -> bool:
        divisor = divisor.unnest()
        return isinstance(divisor, exp.Nullif) or (isinstance(divisor, exp.Literal) and float(divisor.this) != 0)

    return [
        f"division without nullif: {_shown(node)}"
        for node in tree.find_all(exp.Div, exp.Mod)
        if not is_safe(node.expression)
    ]


def _interval(tree: exp.Expression) -> list[str]:
    def is_cast_to_date(node: exp.Expression) -> bool:
        sum_node = node.parent
        holder = sum_node.parent if sum_node is not None else None
        return isinstance(holder, exp.Cast) and holder.to.is_type("date")

    return [
        f"a date plus an interval must be cast to date: {_shown(node.parent or node)}"
        for node in tree.find_all(exp.Interval)
        if not is_cast_to_date(node) and not node.find_ancestor(exp.GenerateSeries)
    ]


def _whole_cast(tree: exp.Expression) -> list[str]:
    return [
        f"round before casting to a whole number: {_shown(node)}"
        for node in tree.find_all(exp.Cast)
        if node.to.this.name in _WHOLE and isinstance(node.this.unnest(), exp.Div | exp.Mul | exp.Avg | exp.Median)
    ]


def _date_trunc(tree: exp.Expression) -> list[str]:
    return [
        f"date_trunc must be cast to date: {_shown(node)}"
        for node in tree.find_all(exp.DateTrunc, exp.TimestampTrunc)
        if not isinstance(node.parent, exp.Cast)
    ]


def _untyped(tree: exp.Expression) -> list[str]:
    final = tree
    while isinstance(final, exp.SetOperation):
        final = final.left
    return [
        f"output column without an explicit type: {column.alias_or_name}"
        for column in final.selects
        if not isinstance(column.unalias(), exp.Cast)
    ]


def _today(tree: exp.Expression) -> list[str]:
    clocks = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime)
    return [f"as_of is a parameter, never the clock: {_shown(node)}" for node in tree.find_all(*clocks)]


def _shown(node: exp.Expression) -> str:
    return node.sql(dialect=DIALECT)[:80]
