"""A home with the demo at a given size, and servers over it that are up when yielded and gone afterwards."""

import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from data.settings import PROJECT

BENCH = PROJECT / "bench"
AS_OF = "2026-06-12"  # the demo ends here, so that figures of one day can be compared with those of another
HOMES = PROJECT / "var" / "bench"
OURS = ("-m", "streamlit", "run", "app.py")
_STAMP = "made_by"
_MADE_BY = (
    "data/demo/*.py",
    "data/warehouse/build.py",
    "data/warehouse/analysis.py",
    "analytics/**/*.py",
    "data/warehouse/models.py",
    "queries/warehouse/**/*.sql",
)


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process, and how long it took until it was healthy."""

    url: str
    process: psutil.Process
    seconds_to_health: float

    def cpu_seconds(self) -> float:
        """Processor time so far, its children's included."""
        return sum(sum(p.cpu_times()[:2]) for p in [self.process, *self.process.children(recursive=True)])

    def megabytes(self) -> float:
        """Resident memory, its children's included."""
        return sum(p.memory_info().rss for p in [self.process, *self.process.children(recursive=True)]) / 1e6


def home(lines: int) -> Path:
    """The home of the demo of that many lines; built first unless one made by the same code is there."""
    path = HOMES / str(lines)
    if not is_ready(lines):
        print(f"building the demo of {lines:,} lines", flush=True)
        command = [sys.executable, "-m", "data", "demo", "--lines", str(lines), "--as-of", AS_OF]
        subprocess.run(command, cwd=PROJECT, env=environment(path), check=True, capture_output=True)
        stamp(path)
    return path


def is_ready(lines: int) -> bool:
    """Whether there is a home of that size, made by the code as it is now."""
    stamp = HOMES / str(lines) / _STAMP
    return stamp.exists() and stamp.read_text(encoding="ascii") == _made_by()


def stamp(home: Path) -> None:
    """Notes which code made that home."""
    (home / _STAMP).write_text(_made_by(), encoding="ascii")


def environment(home: Path) -> dict[str, str]:
    """The environment of a process that works on that home."""
    return {**os.environ, "ORDERBEAT_HOME": str(home), "PYTHONPATH": str(PROJECT)}


@contextmanager
def streamlit(
    home: Path, script: Sequence[str] = OURS, cwd: Path = PROJECT, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A Streamlit script, ours unless another is named; the configuration is the one in `cwd`.

    `more` are further variables of its environment.
    """
    port = free_port()
    options = ("--server.port", str(port), "--server.address", "127.0.0.1")
    with _running([*script, *options], home, cwd, port, "/_stcore/health", more) as server:
        yield server


@contextmanager
def module(home: Path, name: str) -> Iterator[Server]:
    """A module that serves on the port given as its argument."""
    port = free_port()
    with _running(["-m", name, str(port)], home, PROJECT, port, "/") as server:
        yield server


def free_port() -> int:
    """A loopback port; BENCH_PORTS ("8700-8799") bounds the choice."""
    first, _, last = os.environ.get("BENCH_PORTS", "0-0").partition("-")
    for port in range(int(first), int(last) + 1):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise SystemExit("No free port.")


@contextmanager
def _running(
    arguments: Sequence[str], home: Path, cwd: Path, port: int, health: str, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    log = HOMES / f"server-{port}.log"
    url = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    with log.open("wb") as output:
        told = environment(home) | {**(more or {})}
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=cwd, env=told, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(url + health, child, log)
            yield Server(url, psutil.Process(child.pid), time.perf_counter() - started)
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    log.unlink()


def _wait_for(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 (a page of our own server)
            return
        time.sleep(0.025)
    raise SystemExit(f"The server did not come up:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def _made_by() -> str:
    files = sorted(path for pattern in _MADE_BY for path in PROJECT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
