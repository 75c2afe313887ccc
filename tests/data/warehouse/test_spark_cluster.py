"""On a cluster of Spark the same inputs give the same warehouse, whoever is killed on the way."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from data import demo, publish, settings
from data.errors import BadInput
from data.settings import PROJECT
from data.warehouse import build, models
from tests import warehouse
from tests.loading_help import loaded, newest
from tests.servers import free_port
from tests.spark_cluster import Cluster, cluster, environment, need_spark, wait_for

pytestmark = [pytest.mark.exhaustive, pytest.mark.timeout(3600)]

LAST_DAY = dt.date(2026, 6, 12)
CLOSE = 1e-9  # relative: sums of fractions differ in their last digits from run to run


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Path]]:
    need_spark()
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(folder) as made:
        yield made, folder


@pytest.fixture
def told(running: tuple[Cluster, Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster, on which builds of the test's home run."""
    made, folder = running
    for name, value in environment(made.master, folder).items():
        monkeypatch.setenv(name, value)
    return made


def differences(connection: duckdb.DuckDBPyConnection, here: str, there: str, columns: dict[str, str]) -> list[str]:
    """How the rows of two relations differ, whatever their order: all but doubles to the bit, these to CLOSE."""
    exact = [name for name, sql_type in columns.items() if sql_type != "DOUBLE"]
    doubles = [name for name, sql_type in columns.items() if sql_type == "DOUBLE"]
    values = ", ".join(["0", *exact])  # there may be doubles alone
    seal = f"select count(*), sum(hash({values})), bit_xor(hash({values}))"
    seals = [connection.sql(f"{seal} from {relation}").fetchall() for relation in (here, there)]
    if seals[0] != seals[1]:
        return [f"{seals[0]} is not {seals[1]}"]
    if not doubles:
        return []
    numbered = f"select row_number() over (order by {', '.join([*exact, *doubles])}) as place, {', '.join(doubles)}"
    far = " or ".join(
        f"(a.{name} is null) <> (b.{name} is null)"
        f" or abs(a.{name} - b.{name}) > {CLOSE} * greatest(abs(a.{name}), abs(b.{name}), 1e-3)"
        for name in doubles
    )
    return [
        f"{row}"
        for row in connection.sql(
            f"select a.*, b.* from ({numbered} from {here}) as a join ({numbered} from {there}) as b using (place)"
            f" where {far} limit 3"
        ).fetchall()
    ]


def test_every_model_is_the_same_on_both_engines(told: Cluster, home: Path) -> None:
    from data.warehouse import spark_session  # noqa: PLC0415 (it takes pyspark)

    demo.write(settings.current(), lines=300_000, seed=7, as_of=LAST_DAY)
    here = warehouse.without_statistics(loaded(home))
    parameters = {"as_of": LAST_DAY, "reporting_currency": "EUR"}
    found = {}
    with here, spark_session.marts(settings.current(), loaded(home), {}, parameters) as folder:
        for model in models.before_analysis():
            name = models.table_name(model)
            if models.is_view(model):
                assert not (folder / name).exists()
                continue
            there = f"read_parquet('{folder / name}/*.parquet')"
            columns = warehouse.columns_of(here, name)
            assert warehouse.columns_of(here, f"(select * from {there})") == columns, name
            found[name] = differences(here, name, there, columns)
    assert {name: differing for name, differing in found.items() if differing} == {}
    assert not (home / "spill" / "spark").exists()


@pytest.fixture
def build_started(told: Cluster) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `python -m data build` as a person would; what still runs after the test is ended."""
    started = []

    def start(**more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "data", "build"]
        everything = {**os.environ, **more}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=PROJECT, env=everything, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(30)


def has_made(home: Path, model: str) -> bool:
    return any((home / "spill" / "spark").glob(f"*/{model}/_SUCCESS"))


def director_file(snapshot: Path) -> Path:
    (name,) = (entry["file"] for entry in publish.manifest(snapshot)["scopes"] if entry["key"] == "director")
    return snapshot / name


def test_a_build_ends_right_when_a_worker_is_killed(
    told: Cluster, build_started: Callable[..., subprocess.Popen[str]], home: Path
) -> None:
    demo.write(settings.current(), lines=20_000, seed=7, as_of=LAST_DAY)
    on_duckdb = build_started(ORDERBEAT_ENGINE="duckdb")
    assert on_duckdb.wait() == 0
    first = newest()
    underway = build_started()
    wait_for(lambda: has_made(home, "negotiations") or underway.poll() is not None)
    told.kill_a_worker()
    said, complained = underway.communicate()
    assert (underway.returncode, complained) == (0, "")
    assert said.startswith("Published snapshot 0002 as of 2026-06-12")
    one, other = publish.manifest(first), publish.manifest(newest())
    # Coverage holds fractions, and is one of the models below.
    made_up = ("snapshot", "built_at", "files", "scopes", "coverage", "sha256")
    assert [one[key] for key in one if key not in made_up] == [other[key] for key in other if key not in made_up]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{director_file(first)}' as one (read_only)")
        connection.execute(f"attach '{director_file(newest())}' as other (read_only)")
        for model in models.published():
            name = models.table_name(model)
            columns = warehouse.columns_of(connection, f"one.{name}")
            assert warehouse.columns_of(connection, f"other.{name}") == columns
            assert differences(connection, f"one.{name}", f"other.{name}", columns) == [], name


def test_a_killed_build_leaves_nothing_torn(build_started: Callable[..., subprocess.Popen[str]], home: Path) -> None:
    demo.write(settings.current(), lines=20_000, seed=7, as_of=LAST_DAY)
    assert build_started(ORDERBEAT_ENGINE="duckdb").wait() == 0
    underway = build_started()
    wait_for(lambda: has_made(home, "negotiations") or underway.poll() is not None)
    underway.kill()
    underway.communicate()
    assert newest().name == "0001"
    publish.require_whole(newest())
    assert any((home / "spill" / "spark").iterdir())
    again = build_started()
    said, complained = again.communicate()
    assert (again.returncode, complained) == (0, "")
    assert said.startswith("Published snapshot 0002")
    assert not (home / "spill" / "spark").exists()


def test_a_cluster_that_is_not_there_is_said(told: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write(settings.current(), lines=5_000, seed=7, as_of=LAST_DAY)
    nobody = f"spark://127.0.0.1:{free_port()}"
    monkeypatch.setenv("SPARK_MASTER", nobody)
    with pytest.raises(BadInput, match=f"Spark could not be started on {nobody}"):
        build.build(settings.current())
    assert not any((home / "snapshots").glob("0*"))


def test_without_a_cluster_spark_builds_here(told: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_MASTER")
    demo.write(settings.current(), lines=5_000, seed=7, as_of=LAST_DAY)
    done = [build.build(settings.current()).path.name for _ in range(2)]  # Java is started anew for each
    assert done == ["0001", "0002"]
