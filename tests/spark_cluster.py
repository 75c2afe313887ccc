"""A standalone cluster of Spark of the tests' own, on loopback: one master, two workers that can be killed."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from data.errors import BadInput
from data.warehouse import spark
from tests.servers import free_port

MEMORY = "3g"  # of each worker, all of it for the one build there is


@dataclass
class Cluster:
    """`master` is its address; `workers` are its processes, each the leader of a group that holds its executors."""

    master: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_a_worker(self) -> None:
        """Ends a worker and what runs on it, as if its machine were gone."""
        os.killpg(self.workers[0].pid, signal.SIGKILL)
        self.workers[0].wait(30)


def need_spark() -> None:
    """Skips where there is no Spark."""
    try:
        spark.require()
    except BadInput as missing:
        pytest.skip(f"{missing.what} Run `make .venv/spark`.")


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster whose files lie in that folder; its builds are configured there as well."""
    port = free_port()
    made = Cluster(f"spark://127.0.0.1:{port}")
    (folder / "spark-defaults.conf").write_text(f"spark.executor.memory {MEMORY}\n")
    with contextlib.ExitStack() as stack:
        listening = f"org.apache.spark.deploy.master.Master --host 127.0.0.1 --port {port} --webui-port 0"
        stack.callback(_end, _started(listening.split(), folder / "master.log", "Starting Spark master"))
        for number in range(2):
            work = folder / f"worker{number}"
            working = "org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1"
            command = [*working.split(), "--memory", MEMORY, "--work-dir", str(work), made.master]
            worker = _started(command, folder / f"worker{number}.log", "Successfully registered")
            stack.callback(_end, worker)
            made.workers.append(worker)
        yield made


def environment(master: str, folder: Path) -> dict[str, str]:
    """What a build on that cluster is told beside its home."""
    return {
        "ORDERBEAT_ENGINE": "spark",
        "SPARK_MASTER": master,
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def wait_for(what: Callable[[], object], seconds: float = 600) -> None:
    """Waits until that is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def _started(command: list[str], log: Path, says: str) -> subprocess.Popen[bytes]:
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    program = shutil.which("spark-class", path=str(Path(found.origin).parent / "bin"))
    assert program is not None
    with log.open("wb") as said:
        process = subprocess.Popen(
            [program, *command],
            stdout=said,
            stderr=said,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(log.parent)},
            start_new_session=True,
        )
    try:
        wait_for(lambda: says in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
    except BaseException:
        _end(process)
        raise
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
