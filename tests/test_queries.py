import ast
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

import queries
from data import settings
from data.warehouse import models
from queries import ROOT, UNITS, load, names, parse
from tests import warehouse

ALL = names("")
PAGES = queries.page_folders()
PAGE_QUERIES = [name for name in ALL if name.split(".")[0] in PAGES]
LEVELS = ("fail", "warn")

GOOD = "-- Late customers: accounts\n-- that are late.\n-- grain: customer\n"


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "-- Late customers\n-- grain: customer\nselect 1",
        "-- : accounts\n-- grain: customer\nselect 1",
        "-- Late customers:\n-- grain: customer\nselect 1",
        "-- Late customers: accounts\nselect 1",
        "",
    ],
)
def test_a_header_that_says_too_little_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"x\.y: the header needs"):
        parse("x.y", text)


@pytest.mark.parametrize("pairs", ["as_of", "as_of date, segment", "as_of date day"])
def test_a_pair_needs_a_name_and_a_type(pairs: str) -> None:
    with pytest.raises(ValueError, match=r"x\.y"):
        parse("x.y", f"{GOOD}-- params: {pairs}\nselect 1")


def test_a_header_is_read() -> None:
    query = parse(
        "customers.silent",
        GOOD + "-- params: as_of date,\n--   segment text\n-- units: customer text\n-- level: warn\nselect 1;\n",
    )
    assert (query.title, query.definition, query.grain) == ("Late customers", "Accounts that are late.", "customer")
    assert query.params == {"as_of": "date", "segment": "text"}
    assert query.units == {"customer": "text"}
    assert query.headers == {"level": "warn"}
    assert (query.sql, query.path) == ("select 1", "queries/customers/silent.sql")


@pytest.mark.parametrize("name", ["", "core", "nothing.here", "../queries.people", "build/people", "build.People", "."])
def test_an_unknown_name_is_no_query(name: str) -> None:
    with pytest.raises(KeyError):
        load(name)


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes parts "parts.<name>" that a query may read."""

    def write(name: str, sql: str, reads: str = "", params: str = "") -> None:
        (tmp_path / "parts").mkdir(exist_ok=True)
        (tmp_path / "parts" / f"{name}.sql").write_text(f"{GOOD}{said(reads, params)}{sql}")

    monkeypatch.setattr(queries, "ROOT", tmp_path)
    return write


def said(reads: str, params: str = "") -> str:
    return "".join(f"-- {key}: {value}\n" for key, value in (("reads", reads), ("params", params)) if value)


@pytest.mark.parametrize(
    "own", ["select x from doubled, known", "with a as (select * from doubled)\nselect x from a, known"]
)
def test_parts_stand_in_front_each_once_after_what_they_read(part: Callable[..., None], own: str) -> None:
    part("known", "select 21 as n")
    part("doubled", "with twice as (\n    select 2 * n as x from known\n)\n\nselect x from twice", "parts.known")
    query = parse("x.y", f"{GOOD}{said('parts.doubled, parts.known')}{own}")
    assert [each.name for each in query.parts] == ["parts.known", "parts.doubled"]
    assert duckdb.execute(query.sql).fetchall() == [(42,)]
    assert (query.sql.count("select 21"), query.tables(), query.statement) == (1, set(), own)


def test_a_part_that_does_not_exist_is_refused(part: Callable[..., None]) -> None:
    part("known", "select 1", "parts.unknown")
    with pytest.raises(ValueError, match=r"parts\.known: there is no parts\.unknown to read"):
        parse("x.y", f"{GOOD}{said('parts.known')}select 1")


def test_parts_that_read_each_other_are_refused(part: Callable[..., None]) -> None:
    part("hen", "select * from egg", "parts.egg")
    part("egg", "select * from hen", "parts.hen")
    with pytest.raises(ValueError, match=r"circle, x\.y > parts\.hen > parts\.egg > parts\.hen"):
        parse("x.y", f"{GOOD}{said('parts.hen')}select 1")


@pytest.mark.parametrize("declared", ["", "owner text", "day text, owner text"])
def test_a_reader_declares_what_its_parts_take(part: Callable[..., None], declared: str) -> None:
    part("dated", "select $day as day", params="day date")
    part("owned", "select $owner as owner, day from dated", "parts.dated", "day date, owner text")
    with pytest.raises(ValueError, match=r"x\.y: the parts it reads take .*day date"):
        parse("x.y", f"{GOOD}{said('parts.owned', declared)}select * from owned")


PARTS = names("parts")


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_shared(name: str) -> None:
    """What one query alone reads belongs into it."""
    readers = [reader for reader in ALL if reader not in PARTS and name in {each.name for each in load(reader).parts}]
    assert len(readers) >= 2


def test_only_parts_are_read_and_hide_no_table() -> None:
    read = {each.name for name in ALL for each in load(name).parts}
    tables = Counter(name.rpartition(".")[2] for name in PARTS)
    assert read <= set(PARTS)
    assert set(tables.values()) == {1}
    assert tables.keys() & warehouse.table_types().keys() == set()


METRICS = names("metrics")


def test_calls_are_found_through_parts_and_other_metrics() -> None:
    called = {metric.name for metric in load("negotiations.conversion_cohorts").calls}
    assert called >= {"metrics.rate", "metrics.wilson_low", "metrics.wilson_centre", "metrics.enough"}
    assert load("shared.owners").calls == ()


def test_a_metric_comes_after_those_it_calls() -> None:
    calls = [metric.name for metric in load("negotiations.responses").calls]
    assert calls.index("metrics.enough") < calls.index("metrics.wilson_low") < calls.index("metrics.standing")


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_called_and_hides_no_function(name: str) -> None:
    """Its name could otherwise mean two things. What it takes and gives is declared in known units."""
    metric = load(name)
    assert [other for other in ALL if other != name and metric in load(other).calls] != []
    own = name.rpartition(".")[2]
    with duckdb.connect() as bare:
        assert (
            bare.execute("select 1 from duckdb_functions() where function_name = $own", {"own": own}).fetchall() == []
        )
    assert {*metric.params.values(), *metric.units.values()} - UNITS.keys() <= {"rows"}
    assert ("takes" in metric.headers) == (list(metric.params.values()) == ["rows"]) == ("value" not in metric.units)


def test_warehouse_models_and_loading_call_no_metric() -> None:
    """They run on other engines, too, and before a macro exists."""
    assert [name for name in names("warehouse") + names("loading") if load(name).calls] == []


# Facts and formulae that a metric says, or where models must stay portable the models named here; each by its pattern.
SAID_ONCE: dict[str, tuple[str, set[str]]] = {
    "factor of an interval": (
        r"\b(1\.645|1\.282|1\.96|2\.706|1\.353)",
        {"customers.long_tail", "warehouse.marts.product_pairs", "warehouse.outlook.pipeline_forecasts"},
    ),
    "survival": (r"\bproduct\(", set()),
    "variance of a rate": (r"/ power\(\w+ \+ 2, 3\)", set()),
    "maturity": (r"quantile_cont\(.*0\.9\) - 1e-9", set()),
    "horizon of alerts": (r"'category_risk' then .*\b60\b", {"warehouse.outlook.raised_alerts"}),
    "win rate": (
        r"won\b[^,\n/]* / [^,\n]*\b(lost|decided)\b",
        {"warehouse.marts.rep_figures", "warehouse.marts.peer_win_rates"},
    ),
    "won and lost": (
        r"outcome (=|<>|in) \(?'(won|lost)'",
        {"warehouse.core.negotiations", "warehouse.marts.negotiation_states"},
    ),
    "open": (r"(?<!\$)outcome is (not )?null", {"warehouse.core.negotiations", "warehouse.marts.negotiation_states"}),
    "ordered": (r"issued_on is not null and \S*ordered_on is not null", {"warehouse.core.negotiations"}),
    "days watched": (
        r"coalesce\((\w\.)?(days_to_close|closed_on), (age_days|cast\(\$as_of as date\))\)+, 0",
        {"warehouse.core.negotiations"},
    ),
    "margin rate": (r"margin\w*\b[^,\n/]* / nullif\([^\n]*cost", {"warehouse.marts.rep_figures"}),
    "price realisation": (r"listed_revenue\w*\b[^,\n/]* / nullif", set()),
    "score of qualification": (r"points / ", set()),
}


@pytest.mark.parametrize("fact", SAID_ONCE)
def test_a_fact_is_said_once(fact: str) -> None:
    pattern, at_home = SAID_ONCE[fact]
    said = {name for name in ALL if re.search(pattern, load(name).statement)}
    assert {name for name in said if not name.startswith("metrics.")} == at_home


@pytest.mark.parametrize("name", [name for name in ALL if name not in METRICS])
def test_declared_parameters_are_the_placeholders(name: str) -> None:
    query = load(name)
    assert {node.name for node in query.tree().find_all(exp.Placeholder, exp.Parameter)} == set(query.params)


@pytest.mark.parametrize("name", PAGE_QUERIES)
def test_page_queries_declare_a_known_unit_for_each_column(name: str) -> None:
    query = load(name)
    columns = warehouse.empty().sql(query.sql, params=dict.fromkeys(query.params)).columns
    assert list(query.units) == columns
    assert set(query.units.values()) <= UNITS.keys()


MODELS = [model.name for model in models.in_order()]


@pytest.mark.parametrize("name", MODELS)
def test_models_say_who_gets_their_rows(name: str) -> None:
    model = load(name)
    columns = models.columns(model).keys()
    if "materialize" in model.headers:
        assert model.headers["materialize"] in ("view", "temporary")
        return
    assert model.headers["scope"] == "all" or model.headers["scope"] in columns
    assert model.headers.get("ecommerce", "none") == "none"
    assert {column.strip() for column in model.headers.get("sort", "").split(",") if column} <= columns
    assert models.inside_columns(model) <= columns - {model.headers["scope"], *models._sort_columns(model)}
    assert ("rollup" in model.headers) == ("measures" in model.headers)
    if "rollup" in model.headers:
        measures = {measure.strip() for measure in model.headers["measures"].split(",")}
        assert {model.headers["rollup"]} | measures <= columns


@pytest.mark.parametrize("name", MODELS)
def test_a_column_naming_a_rep_is_blanked_for_ecommerce(name: str) -> None:
    """A new column of this kind must be added to REP_COLUMNS, or its model withheld."""
    model = load(name)
    if "materialize" not in model.headers and model.headers.get("ecommerce") != "none":
        told = {column for column in models.columns(model) if re.search(r"rep|owner|manager|team", column)}
        assert told <= set(models.REP_COLUMNS)


@pytest.mark.parametrize("name", names("checks"))
def test_checks_have_a_level(name: str) -> None:
    assert load(name).headers["level"] in LEVELS


def test_table_names_are_unique() -> None:
    """A model's folder is no part of its table's name."""
    tables = [name.rsplit(".", 1)[-1] for name in names("warehouse")]
    assert len(set(tables)) == len(tables)


def sources(*places: str) -> list[Path]:
    found = (path for place in places for path in (settings.PROJECT / place).rglob("*.py"))
    return sorted([*found, *settings.PROJECT.glob("*.py")])


def literals(path: Path) -> list[tuple[int, str]]:
    """Strings of a module with their line, documentation left out; the pieces of an f-string one by one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


VERBS = "select|with|create|insert|update|delete|drop|attach|detach|copy|alter|describe|pragma|from"
SQL = re.compile(
    rf"\s*({VERBS}|{VERBS.upper()})\s+(?=[\w(*$\"']).*?\b(?i:select|from|table|view|into|set|as|to|where)\b", re.DOTALL
)


@pytest.mark.parametrize("text", ["select a from b", "SELECT a\nFROM b", "with a as (", "create table a ("])
def test_sql_is_recognised(text: str) -> None:
    assert SQL.match(text)


# They write statements from the contract, a header or the description of a database, which no file could hold.
WRITERS = (
    *(f"data/loading/{name}.py" for name in ("closing", "diary", "merge", "statements")),
    *(f"data/loading/sources/database/{name}.py" for name in ("mysql", "postgresql", "refreshing", "statements")),
    "data/warehouse/models.py",
)


def test_sql_stands_in_queries_alone() -> None:
    """Statements of `data.warehouse.access` that lock a connection, `set ...`, are configuration and may stay there."""
    found = [
        f"{path.relative_to(settings.PROJECT)}:{line}: {text[:60]}"
        for path in sources("analytics", "data", "pages", "presentation", "service")
        if str(path.relative_to(settings.PROJECT)) not in WRITERS
        for line, text in literals(path)
        if SQL.match(text)
    ]
    assert found == []


def fetched() -> dict[str, str]:
    """Names of queries that pages, or deeds on what they show, ask for, with the place."""
    return {
        text: f"{path.relative_to(settings.PROJECT)}:{line}"
        for path in sources("pages", "presentation", "service", "data/warehouse")
        for line, text in literals(path)
        if re.fullmatch(rf"({'|'.join(PAGES)})\.[a-z0-9_]+", text)
    }


def test_every_fetched_name_exists() -> None:
    assert {name: place for name, place in fetched().items() if name not in ALL} == {}


def test_no_page_query_is_an_orphan() -> None:
    asked = fetched()
    assert [name for name in PAGE_QUERIES if name not in asked] == []


def test_queries_hold_nothing_but_their_folders() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in ROOT.rglob("*.sql")}
    assert folders <= {*PAGES, *queries.NOT_OF_PAGES}
