"""What a build on Spark does where there is no Spark: what it asks for, what is told to it, what is taken over."""

import dataclasses
from pathlib import Path

import duckdb
import pytest

from data import contract, settings
from data.errors import BadInput
from data.warehouse import build, models, spark
from data.warehouse.engine import Engine
from queries import portability
from service import commands
from tests import companies, warehouse
from tests.loading_help import loaded

INPUTS = {f"input_{table.name}" for table in contract.TABLES}


@pytest.fixture
def on_spark(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of which the settings ask for Spark, on a computer that has pyspark."""
    monkeypatch.setenv("ORDERBEAT_ENGINE", "spark")
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    return home


def test_spark_makes_what_reads_inputs_alone_and_duckdb_what_reads_statistics_or_earlier_builds() -> None:
    made: set[str] = set()
    for model in models.before_analysis():
        assert model.tables() <= INPUTS | made
        made.add(models.table_name(model))
    kept = {models.kept_name(model) for model in models.keeping()}
    later = {table for model in models.after_analysis() for table in model.tables()}
    assert kept <= later
    assert {"order_lines", "orders", "negotiations", "product_months", "peer_figures"} <= made
    assert {"stg_order_lines"} == {models.table_name(model) for model in models.in_order() if models.is_view(model)}


def test_what_another_engine_made_is_taken_over_as_if_it_were_made_here(home: Path, tmp_path: Path) -> None:
    companies.load(home, companies.random_company(3))
    here, parameters = warehouse._opened(loaded(home), None)
    there, _ = warehouse._opened(loaded(home), None)
    folder = tmp_path / "it's"
    build.fill(Engine(here), parameters)
    for model in models.before_analysis():
        name = models.table_name(model)
        (folder / name).mkdir(parents=True)
        # The order of rows and, where it can hold all of them, another type are not to be relied on.
        file = str(folder / name / "part.parquet").replace("'", "''")
        here.execute(f"copy (select * from {name} order by hash({name})) to '{file}' (format parquet)")
    build.fill(Engine(there), parameters, marts=folder)
    for model in models.in_order():
        name = models.table_name(model)
        assert warehouse.columns_of(there, name) == warehouse.columns_of(here, name)
        assert there.sql(f"select * from {name} order by all").fetchall() == (
            here.sql(f"select * from {name} order by all").fetchall()
        )


def test_rows_taken_over_stand_in_the_order_of_their_model(tmp_path: Path) -> None:
    (model,) = (model for model in models.before_analysis() if models.table_name(model) == "loaded_facts")
    assert model.headers["sort"] == "fact"
    with duckdb.connect() as connection:
        rows = "select fact, cast(1 as integer) as facts_loaded from (values ('b'), ('c'), ('a')) as v(fact)"
        connection.execute(f"copy ({rows}) to '{tmp_path / 'part.parquet'}' (format parquet)")
        connection.execute(models.take_over(model, str(tmp_path)))
        assert connection.sql("select * from loaded_facts").fetchall() == [("a", 1), ("b", 1), ("c", 1)]
        assert warehouse.columns_of(connection, "loaded_facts") == {"fact": "VARCHAR", "facts_loaded": "BIGINT"}


def said_by_a_build(capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    assert commands.main(["build"]) == BadInput.exit_code
    what, cause, remedy = capsys.readouterr().err.splitlines()
    return what, cause, remedy


def test_a_missing_pyspark_is_said(
    on_spark: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    what, cause, remedy = said_by_a_build(capsys)
    assert what == "The warehouse cannot be built on Spark: pyspark is not installed."
    assert "ORDERBEAT_ENGINE is spark" in cause
    assert "pip install -r requirements-spark.txt" in remedy
    assert (settings.PROJECT / "requirements-spark.txt").is_file()


@pytest.mark.parametrize(
    ("java", "words"),
    [
        (None, "no Java runtime was found"),
        ('openjdk version "11.0.28" 2025-07-15', "the Java runtime is of version 11"),
        ('java version "1.8.0_462"', "the Java runtime is of version 1"),
        ("no version at all", "no Java runtime was found"),
    ],
)
def test_a_missing_or_old_java_is_said(
    java: str | None,
    words: str,
    on_spark: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if java:
        install(tmp_path, java)
    what, cause, remedy = said_by_a_build(capsys)
    assert what == f"The warehouse cannot be built on Spark: {words}."
    assert "Java 17 or newer" in cause
    assert "openjdk-17-jre-headless" in remedy


def install(java_home: Path, says: str) -> None:
    program = java_home / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize("says", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "21" 2023-09-19'])
def test_a_java_that_will_do(says: str, on_spark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    install(tmp_path, says)
    spark.require()


def test_duckdb_asks_for_nothing_and_sweeps_what_a_killed_build_left(home: Path) -> None:
    companies.load(home, companies.random_company(4))
    left = home / "spill" / "spark" / "0123456789abcdef" / "contacts"
    left.mkdir(parents=True)
    (left / "part.parquet").write_text("names")
    assert settings.current().engine == "duckdb"
    build.build(settings.current())
    assert not (home / "spill" / "spark").exists()


@pytest.mark.parametrize("name", ["ORDERBEAT_ENGINE", "SPARK_MASTER"])
@pytest.mark.parametrize("text", ["clickhouse", "http://127.0.0.1:7077", "spark://127.0.0.1", "spark://a:1/b"])
def test_settings_that_name_no_engine_and_no_cluster(
    name: str, text: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(BadInput, match=f"^{name} is '{text}'"):
        settings.current()


def test_several_masters_are_one_cluster(on_spark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_MASTER", "spark://192.0.2.1:7077,192.0.2.2:7077")
    assert settings.current().spark_master == "spark://192.0.2.1:7077,192.0.2.2:7077"


@pytest.mark.parametrize(
    ("memory", "megabytes"), [("4GB", 3814), ("4 GiB", 4096), ("1.5gib", 1536), ("900MB", 858), ("2TiB", 2097152)]
)
def test_on_this_computer_spark_keeps_within_a_build_and_to_loopback(
    memory: str, megabytes: int, on_spark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBEAT_BUILD_MEMORY", memory)
    monkeypatch.setenv("ORDERBEAT_BUILD_THREADS", "3")
    told = spark.configuration(settings.current(), Path("folder"))
    assert (told["spark.master"], told["spark.driver.memory"]) == ("local[3]", f"{megabytes}m")
    assert {told["spark.driver.host"], told["spark.driver.bindAddress"]} == {"127.0.0.1"}


def test_a_cluster_says_itself_what_it_gives(on_spark: Path) -> None:
    where = dataclasses.replace(settings.current(), spark_master="spark://192.0.2.1:7077")
    told = spark.configuration(where, Path("folder"))
    assert told["spark.master"] == "spark://192.0.2.1:7077"
    assert not [name for name in told if "memory" in name or "host" in name or "cores" in name]


def test_inputs_have_types_of_spark() -> None:
    types = {kind: portability.spark_type(sql_type) for kind, sql_type in contract.SQL_TYPES.items()}
    assert types == {
        "text": "STRING",
        "integer": "BIGINT",
        "quantity": "DECIMAL(18, 3)",
        "price": "DECIMAL(18, 6)",
        "money": "DECIMAL(18, 2)",
        "fx_rate": "DECIMAL(18, 8)",
        "date": "DATE",
        "timestamp": "TIMESTAMP_NTZ",
    }
