"""Building on Apache Spark, seen from the build: what it needs, what Spark is told, and where what it makes lies.

spill/spark/<random name>/<model>/*.parquet   the models that the statistics read, until DuckDB has taken them over

What a killed build left there is taken away by the next one. Its name is random, for a process of Spark's that outlives
its build may write on for a moment.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from data.errors import BadInput
from data.settings import Settings

OLDEST_JAVA = 17  # that Spark runs on
_MEGABYTE = 2**20
_POWERS = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4}
WITHOUT = "or take ORDERBEAT_ENGINE away: DuckDB builds what fits one machine."


def require() -> None:
    """Raises BadInput where this computer lacks what a build on Spark needs: pyspark and a Java runtime."""
    if find_spec("pyspark") is None:
        raise BadInput(
            "The warehouse cannot be built on Spark: pyspark is not installed.",
            "ORDERBEAT_ENGINE is spark, and an installation brings DuckDB alone.",
            f"Run `.venv/bin/python -m pip install -r requirements-spark.txt`, {WITHOUT}",
        )
    version = _java_version()
    if version is None or version < OLDEST_JAVA:
        found = "no Java runtime was found" if version is None else f"the Java runtime is of version {version}"
        raise BadInput(
            f"The warehouse cannot be built on Spark: {found}.",
            f"ORDERBEAT_ENGINE is spark, and Spark runs on Java {OLDEST_JAVA} or newer.",
            f"Install one (Debian: `apt-get install openjdk-17-jre-headless`) or name it in JAVA_HOME, {WITHOUT}",
        )


def sweep(settings: Settings) -> None:
    """Takes away what Spark made for a build that was killed; the caller holds the build lock."""
    shutil.rmtree(_root(settings), ignore_errors=True)


@contextmanager
def folder(settings: Settings) -> Iterator[Path]:
    """A new folder for what Spark makes for one build, gone after the block."""
    made = _root(settings) / secrets.token_hex(8)
    made.mkdir(parents=True)
    try:
        yield made
    finally:
        sweep(settings)


def _root(settings: Settings) -> Path:
    return settings.home / "spill" / "spark"


def configuration(settings: Settings, place: Path) -> dict[str, str]:
    """What Spark is told for the build whose folder is that place.

    What a cluster gives it, memory and cores, stands in Spark's own configuration.
    """
    always = {
        "spark.app.name": "Orderbeat",
        "spark.master": settings.spark_master or f"local[{settings.build_threads}]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": str(place / "warehouse"),
        "spark.hadoop.fs.permissions.umask-mode": "077",
        # What statements of both engines take for granted.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    if settings.spark_master:
        return always
    return always | {
        "spark.driver.memory": f"{_megabytes(settings.build_memory)}m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(place / "shuffled"),
    }


def _megabytes(memory: str) -> int:
    """An amount in DuckDB's notation (4GB, 3.5GiB, 50%) in units of 2^20 bytes, as Java takes it."""
    number, unit = re.findall(r"[\d.]+|[\w%]+", memory)
    if unit == "%":
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return int(float(number) / 100 * whole / _MEGABYTE)
    base = 1024 if unit[1:2] in ("i", "I") else 1000
    return int(float(number) * base ** _POWERS[unit[0].upper()] / _MEGABYTE)


def _java_version() -> int | None:
    """The version of the Java runtime that Spark would take; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    if program is None:
        return None
    said = subprocess.run([program, "-version"], check=False, capture_output=True, text=True)  # noqa: S603 (no shell)
    found = re.search(r'version "(\d+)', said.stderr)
    return int(found[1]) if found else None
