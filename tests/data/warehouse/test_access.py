import datetime as dt
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import queries
from data import publish, settings
from data.errors import AccessDenied, BadInput, NothingLoaded, QueryStopped
from data.warehouse import access, build, models
from queries import load, names, page_folders
from tests import companies, slowly, warehouse
from tests.loading_help import loaded, newest

DIRECTOR, ECOMMERCE, REP, LEAD = "director", "ecommerce", "rep:R0", "lead:R0"
FOREIGN = "FOREIGN"  # stands in every name and file that the rep must not see
PAGE_QUERIES = [name for folder in page_folders() for name in names(folder)]


def two_reps() -> companies.Company:
    """Half the accounts are the rep's own, half somebody else's; no lead sees both."""
    company = companies.random_company(3, orders=300)
    company["sales_reps"] = [
        {"rep_id": "R0", "name": "Rep 0", "team": "North"},
        {"rep_id": "R1", "name": f"{FOREIGN} rep", "team": f"{FOREIGN} team"},
    ]
    for number, customer in enumerate(company["customers"]):
        customer["owner_rep_id"] = f"R{number % 2}"
        if number % 2:
            customer["name"] = f"{FOREIGN} customer {number}"
    for quote in company["quotes"]:
        quote["rep_id"] = None
    return company | {"quotas": []}


def build_at(home: Path, company: companies.Company) -> None:
    companies.load(home, company)
    build.build(settings.current())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        build_at(home, two_reps())
    (home / "secret.csv").write_text(f"name\n{FOREIGN}\n")
    spilled = home / "spill" / "pages" / "other" / "secret.txt"
    spilled.parent.mkdir(parents=True)
    spilled.write_text(FOREIGN)
    return home


@pytest.fixture
def here(house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERBEAT_HOME", str(house))
    # A variable where statements are run from: what a replacement scan would find.
    monkeypatch.setattr(access, "foreign_frame", pa.table({"name": [FOREIGN]}), raising=False)
    return house


def file_of(scope: str) -> Path:
    path = access.snapshot().path
    return path / access._file(path, scope)


def arguments(name: str, text: str | None = "no such thing") -> dict[str, Any]:
    """Parameters for any page query: all the time there is, and `text` wherever words may be given."""
    given = {"page_start": 0, "page_rows": 1000, "limit": 1000, "held_share": 0.0, "decided": "[]", "taught": "[]"}
    given |= {"accepted": "[]", "weights": "[]", "entered": "[]", "months": 3, "months_back": 12}
    days = {
        "from": dt.date(2020, 1, 1),
        "since": dt.date(2020, 1, 1),
        "to": dt.date(2030, 1, 1),
        "of": dt.date(2026, 1, 1),
    }
    return {
        param: days[param.rsplit("_", 1)[-1]] if kind == "date" else given.get(param, text)
        for param, kind in load(name).params.items()
    }


# Statements against a rep's own connection. Each must be refused, by the rule of one SELECT or by DuckDB.
ESCAPES = """
attach '{foreign}'
attach '{foreign}' as other (read_only)
attach ':memory:' as scratch
attach '{home}/new.duckdb' as fresh
attach 'postgres:host=127.0.0.1' as pg (type postgres)
detach database main
use main
copy customers to '{home}/stolen.csv'
copy (select * from customers) to '{home}/stolen.parquet' (format parquet)
copy customers from '{home}/secret.csv'
export database '{home}/stolen'
import database '{home}/stolen'
install httpfs
load httpfs
install httpfs from 'http://127.0.0.1:9/'
force install json
set enable_external_access = true
set lock_configuration = false
set memory_limit = '64GB'
set threads = 64
set search_path = 'main'
set variable rep = 'R1'
set temp_directory = '/tmp'
set python_enable_replacements = true
reset enable_external_access
reset all
pragma enable_external_access
pragma database_list
pragma memory_limit = '64GB'
pragma enable_profiling
call pragma_version()
call dbgen(sf = 0.01)
create table stolen as select 1
create temp table stolen as select * from customers
create view stolen as select * from customers
create macro steal() as table select * from customers
create secret s (type s3, key_id 'a', secret 'b')
create persistent secret s (type s3, key_id 'a', secret 'b')
drop table customers
delete from customers
update customers set name = ''
insert into customers select * from customers
truncate customers
alter table customers rename to gone
checkpoint
vacuum
begin transaction
prepare p as select 1
execute p
explain select 1
explain analyze select * from customers
with gone as (delete from customers returning *) select * from gone
with made as (insert into customers select * from customers returning *) select * from made
select 1; select 2
select 1; attach '{foreign}' as other
select * from read_csv('{home}/secret.csv')
select * from read_csv_auto('{home}/secret.csv')
select * from read_text('{home}/secret.csv')
select * from read_blob('{home}/secret.csv')
select * from read_parquet('{home}/inputs/0001/customers/part-0.parquet')
select * from parquet_scan('{home}/inputs/0001/customers/part-0.parquet')
select * from parquet_metadata('{home}/inputs/0001/customers/part-0.parquet')
select * from parquet_schema('{home}/inputs/0001/customers/part-0.parquet')
select * from read_json('{home}/secret.csv')
select * from read_ndjson_objects('{home}/secret.csv')
select * from read_duckdb('{foreign}')
select * from sniff_csv('{home}/secret.csv')
select * from glob('{home}/*')
select * from glob('{home}/spill/pages/*')
select * from read_text('{home}/spill/pages/other/secret.txt')
select * from duckdb_extensions()
select * from glob('/etc/*')
select * from '{home}/secret.csv'
select * from '{foreign}'
select * from "{home}/secret.csv"
select * from '{home}/snapshots/0001/../../secret.csv'
select * from '/proc/self/environ'
select * from read_text('/proc/self/environ')
select * from read_text('../../secret.csv')
select * from 'http://127.0.0.1:9/x.csv'
select * from read_csv('http://127.0.0.1:9/x.csv')
select * from read_parquet('s3://bucket/x.parquet')
select * from 'https://127.0.0.1:9/x.parquet'
select * from foreign_frame
select * from query('select * from foreign_frame')
select * from query('attach ''{foreign}'' as other')
select * from query('copy customers to ''{home}/stolen.csv''')
select * from query_table('foreign_frame')
select * from query_table('{home}/secret.csv')
select * from query_table(['customers', 'foreign_frame'])
select * from other.customers
select * from other.main.customers
select getenv('HOME')
select * from arrow_scan(1, 2, 3)
select * from pandas_scan(1)
select * from sqlite_scan('{foreign}', 'customers')
select * from postgres_scan('host=127.0.0.1', 'public', 'customers')
select load_extension('httpfs')
select pragma_version()
from customers; from orders
""".strip().splitlines()

# Allowed, and harmless: what they tell holds nothing of others.
ALLOWED = """
select * from duckdb_tables()
select * from duckdb_columns()
select * from duckdb_settings()
select * from duckdb_databases()
select * from duckdb_secrets()
select * from information_schema.tables
select * from query('select * from customers')
select * from query_table('customers')
select current_setting('temp_directory')
select getvariable('rep')
from customers
select * from customers limit all
values (1), (2)
describe customers
summarize customers
show tables
select 1; -- one statement and a remark
with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select * from r
""".strip().splitlines()


def run_as_rep(statement: str, home: Path) -> pa.Table:
    filled = statement.replace("{home}", str(home)).replace("{foreign}", str(file_of(DIRECTOR)))
    return access._select(access._base(file_of(REP)), filled, {})


@pytest.mark.parametrize("statement", ESCAPES)
def test_an_escape_is_refused(statement: str, here: Path) -> None:
    before = sorted(path for path in here.rglob("*") if "spill" not in path.parts)
    with pytest.raises((AccessDenied, duckdb.Error)):
        run_as_rep(statement, here)
    assert sorted(path for path in here.rglob("*") if "spill" not in path.parts) == before
    assert len(access.query(REP, "shared.segments", {}))


@pytest.mark.parametrize("statement", ALLOWED)
def test_what_is_allowed_tells_nothing_of_others(statement: str, here: Path) -> None:
    assert FOREIGN not in str(run_as_rep(statement, here).to_pylist())


@pytest.mark.parametrize("statement", ["create temp table t as select 1", "set threads = 2", "attach ':memory:' as m"])
def test_the_rule_of_one_select_stands_on_its_own(statement: str) -> None:
    """DuckDB itself allows some of these on a read-only, locked connection."""
    assert not access._is_one_select(statement)


INJECTIONS = (
    "' or 1=1 --",
    "' or ''='",
    "'; attach '/tmp/x' as x; --",
    "x') union all select * from customers --",
    '" or ""="',
    "$$ or 1=1 $$",
    "\\' or 1=1 #",
    "R1' or owner_rep_id <> '",
    "{customer}",
    "$segment",
    "null",
    "\u2019 or 1=1 --",
    "a\x00b",
    "x" * 10_000,
    "'" * 501,
)


OF_WORDS = [name for name in PAGE_QUERIES if "text" in load(name).params.values()]


@pytest.mark.parametrize("name", OF_WORDS)
def test_words_given_as_parameters_stay_words(name: str, here: Path) -> None:
    """Each query is given some of them, in turns."""
    nothing = access.query(DIRECTOR, name, arguments(name)).rows()
    for words in INJECTIONS[OF_WORDS.index(name) % 4 :: 4]:
        assert access.query(DIRECTOR, name, arguments(name, words)).rows() == nothing
        assert FOREIGN not in str(access.query(REP, name, arguments(name, words)).rows())


@pytest.mark.parametrize("name", [name for name in PAGE_QUERIES if not name.startswith("data_admin.")])
def test_no_page_shows_a_rep_anything_foreign(name: str, here: Path) -> None:
    unfiltered = access.query(REP, name, arguments(name, None))
    assert FOREIGN not in str(unfiltered.rows())


def test_a_foreign_account_is_not_there(here: Path) -> None:
    company = two_reps()
    for customer in company["customers"]:
        rows = {
            scope: access.query(scope, name, arguments(name) | {"customer": customer["customer_id"]})
            for scope, name in ((REP, "customers.profile"), (REP, "customers.orders"), (DIRECTOR, "customers.profile"))
        }
        assert len(rows[DIRECTOR]) == 1
        if customer["owner_rep_id"] != "R0":
            assert len(rows[REP]) == 0


@pytest.mark.parametrize(
    "name",
    [
        "",
        "customers",
        "customers.nothing",
        "../queries/people",
        "customers/../build/people",
        "customers.../build.people",
        "warehouse.core.orders",
        "build.people",
        "checks.after_as_of",
        "Customers.book",
        "customers.book\x00",
        "customers.book.sql",
        "/etc/passwd",
        "select * from customers",
    ],
)
def test_a_name_that_no_page_shows_is_refused(name: str, here: Path) -> None:
    with pytest.raises(AccessDenied):
        access.query(DIRECTOR, name, {})


@pytest.mark.parametrize("scope", ["", "rep:R9", "lead:R0", "rep:", "director ", "../director", "rep:R0.duckdb"])
def test_a_scope_without_a_file_is_refused(scope: str, here: Path) -> None:
    with pytest.raises(AccessDenied):
        access.query(scope, "shared.segments", {})


def test_load_totals_are_for_the_director(here: Path) -> None:
    assert len(access.query(DIRECTOR, "data_admin.loads", {}))
    for scope in (REP, ECOMMERCE):
        with pytest.raises(AccessDenied):
            access.query(scope, "data_admin.loads", {})


def test_a_missing_parameter_is_named(here: Path) -> None:
    with pytest.raises(BadInput, match="owner"):
        access.query(DIRECTOR, "customers.headline", {"segment": None})


def test_a_result_knows_where_it_comes_from(here: Path) -> None:
    result = access.query(REP, "customers.headline", {"segment": None, "owner": None, "stray": 1})
    assert result.query.path == "queries/customers/headline.sql"
    assert result.params == {"segment": None, "owner": None}
    assert (result.snapshot.name, result.snapshot.currency, result.snapshot.behind) == ("0001", "EUR", "")
    assert result.one() == result.rows()[0]


def test_scopes_name_the_person_each_is_cut_for(here: Path) -> None:
    assert list(access.scopes().items()) == [
        ("director", ""),
        ("ecommerce", ""),
        ("rep:R0", "Rep 0"),
        ("rep:R1", f"{FOREIGN} rep"),
    ]


def test_nothing_loaded_is_said(home: Path) -> None:
    with pytest.raises(NothingLoaded):
        access.query(DIRECTOR, "shared.segments", {})
    with pytest.raises(NothingLoaded):
        access.scopes()


# Limits. The queries are page queries like any other, in a folder of the test's own.

SLOW = "select count(*) as n from range(1000000) as a(i) cross join range(1000000) as b(j) where (a.i * b.j) % 7 = 3"
GREEDY = "select length(string_agg(i || '-' || i, '')) as n from range(40000000) as a(i)"
QUICK = "select count(*) as n from customers"


@pytest.fixture
def own_queries(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, sql in {"slow": SLOW, "greedy": GREEDY, "quick": QUICK}.items():
        file = tmp_path / "customers" / f"test_{name}.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"-- {name.title()}: one of the test's own.\n-- grain: one row\n{sql}\n")
    monkeypatch.setattr(queries, "ROOT", tmp_path)


def test_a_slow_query_is_stopped_and_harms_no_other(own_queries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_SECONDS", "0.5")
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(access.query, REP, "customers.test_slow", {}) for _ in range(2)]
        while not all(future.done() for future in slow):
            assert access.query(REP, "customers.test_quick", {}).one()["n"] > 0
        for future in slow:
            with pytest.raises(QueryStopped, match="seconds"):
                future.result()
    assert access.query(REP, "customers.test_quick", {}).one()["n"] > 0


def test_a_greedy_query_is_stopped_and_the_file_stays_open(own_queries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_MEMORY", "50MB")
    unopened = "rep:R1"  # the limit is set on opening a file
    with pytest.raises(QueryStopped, match="memory"):
        access.query(unopened, "customers.test_greedy", {})
    assert access.query(unopened, "customers.test_quick", {}).one()["n"] > 0
    access._close(file_of(unopened))


def test_sixteen_threads_get_what_one_gets(here: Path) -> None:
    asked = [
        (scope, name)
        for scope in (DIRECTOR, ECOMMERCE, REP)
        for name in PAGE_QUERIES
        if not name.startswith("data_admin.")
    ]
    alone = [access.query(scope, name, arguments(name, None)).rows() for scope, name in asked]
    for scope in (DIRECTOR, ECOMMERCE, REP):
        access._close(file_of(scope))
    with ThreadPoolExecutor(16) as threads:
        together = list(
            threads.map(lambda one: access.query(one[0], one[1], arguments(one[1], None)).rows(), asked * 2)
        )
    assert together == alone * 2


def test_more_files_than_are_kept_open(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least used are closed, and open again even while something still reads them."""
    monkeypatch.setattr(access, "_MOST_OPEN_FILES", 1)
    monkeypatch.setattr(access, "_connections", OrderedDict())
    reading = [access._base(file_of(scope)).cursor() for scope in (DIRECTOR, ECOMMERCE, REP)]
    for _ in range(2):
        for scope in (DIRECTOR, ECOMMERCE, REP):
            assert len(access.query(scope, "shared.segments", {}))
            assert len(access._connections) == 1
    assert all(cursor.sql("select * from customers").fetchall() for cursor in reading)


# Scopes, table by table.


def rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    return connection.sql(f"select * from {table}").to_arrow_table().to_pylist()


def multiset(rows: list[dict[str, Any]]) -> Counter[Any]:
    return Counter(tuple(sorted((column, str(value)) for column, value in row.items())) for row in rows)


def rolled_up(rows: list[dict[str, Any]], model: queries.Query) -> Counter[Any]:
    """As a file holds them: without what the build alone reads, summed over what the `rollup` column told apart."""
    inside = models.inside_columns(model)
    rows = [{column: value for column, value in row.items() if column not in inside} for row in rows]
    if "rollup" not in model.headers:
        return multiset(rows)
    measures = [measure.strip() for measure in model.headers["measures"].split(",")]
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple((c, v) for c, v in row.items() if c not in (*measures, model.headers["rollup"]))
        total = sums.setdefault(key, dict.fromkeys(measures))
        for measure in measures:
            if row[measure] is not None:
                total[measure] = row[measure] + (total[measure] or 0)
    return multiset([dict(key) | total for key, total in sums.items()])


def belonging(
    rows: list[dict[str, Any]], model: queries.Query, reps: set[str], company: companies.Company
) -> list[dict[str, Any]]:
    scope, teams = model.headers["scope"], model.headers.get("teams")
    if scope == "all":
        return rows
    members: dict[str, set[Any]] = {}
    for rep in company["sales_reps"]:
        members.setdefault(rep["team"], set()).add(rep["rep_id"])
    whole = {team for team, those in members.items() if team is not None and those <= reps and len(those) > 1}
    return [row for row in rows if row[scope] in reps or (teams and row[teams] in whole)]


def without_reps(rows: list[dict[str, Any]], model: queries.Query) -> list[dict[str, Any]]:
    if model.headers.get("ecommerce") == "none":
        return []
    return [
        {
            c: None if c in ("rep_id", "team", "owner_rep_id", "credited_rep_id", "owner_name") else v
            for c, v in row.items()
        }
        for row in rows
    ]


def team_of(lead: str, company: companies.Company) -> set[str]:
    manager = {rep["rep_id"]: rep["manager_id"] for rep in company["sales_reps"]}
    found = {lead}
    while more := {rep for rep, above in manager.items() if above in found} - found:
        found |= more
    return found


def with_moves(company: companies.Company) -> companies.Company:
    """Everybody was in the other of two teams before; the first came from one that nobody is in any more."""
    days = [order["ordered_on"] for order in company["orders"]]
    first, half = min(days), min(days) + (max(days) - min(days)) / 2
    company["rep_teams"] = [
        row
        for number, rep in enumerate(company["sales_reps"])
        for row in (
            {"rep_id": rep["rep_id"], "joined_on": first, "team": f"Team {(number + 1) % 2}" if number else "Old"},
            {"rep_id": rep["rep_id"], "joined_on": half, "team": rep["team"]},
        )
    ]
    return company


@pytest.mark.parametrize("seed", slowly.after(1, [6, 1, 11]))
def test_each_file_holds_its_scope_and_nothing_else(seed: int, home: Path) -> None:
    company = with_moves(companies.random_company(seed))
    build_at(home, company)
    path = newest()
    connection = warehouse.in_memory(loaded(home))
    whole = {model.name: rows(connection, models.table_name(model)) for model in models.published()}
    owner = {customer["customer_id"]: customer["owner_rep_id"] for customer in company["customers"]}
    described = {"snapshot", "load_totals", "check_results"}
    seen = set()
    for entry in publish.manifest(path)["scopes"]:
        kind, _, rep = entry["key"].partition(":")
        reps: set[str] = {"rep": {rep}, "lead": team_of(rep, company)}.get(kind, set())
        seen.add(entry["key"])
        with duckdb.connect(str(path / entry["file"]), read_only=True) as file:
            held = {table for (table,) in file.execute("select table_name from information_schema.tables").fetchall()}
            expected_extra = described if kind == "director" else {"snapshot"}
            assert held == {models.table_name(model) for model in models.published()} | expected_extra
            for model in models.published():
                everything = whole[model.name]
                if kind == "ecommerce":
                    expected = without_reps(everything, model)
                else:
                    expected = everything if kind == "director" else belonging(everything, model, reps, company)
                held_rows = rows(file, models.table_name(model))
                assert rolled_up(held_rows, model) == rolled_up(expected, model), f"{model.name} of {entry['key']}"
            if reps:
                shown = {row["customer_id"] for table in ("customers", "orders") for row in rows(file, table)}
                assert all(owner[customer] in reps for customer in shown)
    everybody = [rep["rep_id"] for rep in company["sales_reps"]]
    leads = {rep["manager_id"] for rep in company["sales_reps"]} - {None}
    assert seen == {"director", "ecommerce", *(f"rep:{r}" for r in everybody), *(f"lead:{r}" for r in leads)}


@pytest.mark.parametrize("seed", slowly.after(1, [3, 5]))
def test_reps_and_what_nobody_owns_make_up_the_whole(seed: int, home: Path) -> None:
    company = companies.random_company(seed)
    build_at(home, company)
    path = newest()
    files = {
        entry["key"]: duckdb.connect(str(path / entry["file"]), read_only=True)
        for entry in publish.manifest(path)["scopes"]
    }
    whole = warehouse.in_memory(loaded(home))
    for model in models.published():
        scope, table = model.headers["scope"], models.table_name(model)
        if scope == "all":
            continue
        parts = [row for row in rows(whole, table) if row[scope] is None]
        for key, file in files.items():
            if key.startswith("rep:"):
                parts += rows(file, table)
        assert rolled_up(parts, model) == rolled_up(rows(files["director"], table), model), table
