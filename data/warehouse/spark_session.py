"""Apache Spark at work: it runs the models that the statistics read, in its dialect, from Parquet to Parquet.

The workers of a cluster reach the home under the same path, and as the same account, as this process.
"""

import re
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession
from tqdm import tqdm

from data import contract
from data.errors import BadInput, DiskProblem
from data.loading import inputs
from data.settings import Settings
from data.warehouse import models, spark
from queries import Query, portability

# It is asked for SQL alone, and no frame of pandas goes in or out.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)


@contextmanager
def marts(
    settings: Settings, loaded: inputs.Inputs, instead: Mapping[str, pa.Table], parameters: Mapping[str, Any]
) -> Iterator[Path]:
    """Makes the models that the statistics read; yields the folder that holds a folder of Parquet for each but views.

    Spark has ended by then, and the folder is gone after the block. `instead` are tables that replace loaded ones, by
    name; `parameters` are those of the models. Raises BadInput where Spark cannot be started, DiskProblem.
    """
    with spark.folder(settings) as folder:
        with _session(settings, folder) as session, _explained():
            _register_inputs(session, loaded, instead, folder)
            made = models.before_analysis()
            for model in tqdm(made, desc="Building on Spark", file=sys.stderr, leave=False, disable=None):
                _make(session, model, parameters, folder)
        yield folder


def _register_inputs(
    session: SparkSession, loaded: inputs.Inputs, instead: Mapping[str, pa.Table], folder: Path
) -> None:
    """Makes the input tables readable in the contract's types; a column that no file has is null."""
    for table in contract.TABLES:
        files = [str(file) for file in loaded.files(table.name)]
        if table.name in instead or not files:
            own = folder / f"input_{table.name}"
            own.mkdir()
            if table.name in instead:
                pq.write_table(instead[table.name], own / "instead.parquet")
            files = [str(own)]
        types = ", ".join(f"{column.name} {portability.spark_type(column.sql_type)}" for column in table.columns)
        session.read.schema(types).parquet(*files).createOrReplaceTempView(f"input_{table.name}")


def _make(session: SparkSession, model: Query, parameters: Mapping[str, Any], folder: Path) -> None:
    """Writes a model's rows, from where later models read them; a view is computed whenever it is read."""
    name = models.table_name(model)
    given = {param: value for param, value in parameters.items() if param in model.params}
    rows = session.sql(portability.to_spark(model.sql), args=given)
    if not models.is_view(model):
        place = str(folder / name)
        rows.write.parquet(place)
        rows = session.read.schema(rows.schema).parquet(place)
    rows.createOrReplaceTempView(name)


@contextmanager
def _session(settings: Settings, folder: Path) -> Iterator[SparkSession]:
    """A session on the cluster that the settings name, else on this computer within the limits of a build."""
    told = SparkConf(loadDefaults=False).setAll(spark.configuration(settings, folder).items())
    with _interrupts_answered_as_before(), ExitStack() as stack:
        try:
            java = launch_gateway(told, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
            stack.callback(_end, java)
            session = SparkSession(SparkContext(conf=told, gateway=java))
        except (Py4JError, PySparkException) as error:
            raise BadInput(
                f"Spark could not be started on {settings.spark_master or 'this computer'}.",
                _first_line(error),
                f"See that the cluster runs and is reached from here (SPARK_MASTER), {spark.WITHOUT}"
                if settings.spark_master
                else f"See that Java can have the memory that ORDERBEAT_BUILD_MEMORY names, {spark.WITHOUT}",
            ) from error
        stack.callback(_stop, session)
        yield session


def _stop(session: SparkSession) -> None:
    with suppress(Py4JError):  # its process may have died
        session.stop()


def _end(java: Any) -> None:
    """Ends the process of Java, which would keep its memory as long as this one lives; the next build starts another.

    It takes the end of its input for that of its parent. That there is none any more, nobody but this module can say.
    """
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
    with suppress(Py4JError):
        java.shutdown()
    java.proc.stdin.close()
    java.proc.wait()


@contextmanager
def _interrupts_answered_as_before() -> Iterator[None]:
    """Ctrl+C is answered by pyspark from its start on, and would be asked of a Spark that has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (Py4JError, PySparkException) as error:
        if not re.search("No space left|OutOfMemoryError", str(error)):
            raise
        raise DiskProblem(
            "The disk or the memory set aside for building on Spark ran out.",
            _first_line(error),
            "Free disk space, or raise ORDERBEAT_BUILD_MEMORY (on a cluster spark.executor.memory); what was published "
            "before is untouched.",
        ) from error


def _first_line(error: BaseException) -> str:
    """What an error says first; where it came from Java it begins with what was called."""
    lines = [line.strip(" :") for line in str(error).splitlines()]
    return next((line for line in lines if line and not line.startswith("An error occurred while calling")), "")[:300]
