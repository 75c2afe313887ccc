"""Stores for tests: in SQLite, and in a real PostgreSQL of their own."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.people.store import Store, open_store
from data.settings import Settings, current
from tests.data.people.store.help import NUMBERS, free_port


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def server_user() -> str | None:
    """PostgreSQL refuses to run as root; another user has to do it then."""
    return "nobody" if os.geteuid() == 0 else None


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address, without a database, of a PostgreSQL server of the tests' own on loopback."""
    programs, user = postgresql_programs(), server_user()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    # Not below pytest's folder: that is closed to the user that runs the server.
    with tempfile.TemporaryDirectory(prefix="orderbeat-postgresql-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data, port = Path(folder, "data"), free_port()
        created = f"{programs / 'initdb'} -D {data} -U orderbeat -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
        subprocess.run(created.split(), check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        command = [str(programs / "postgres"), "-D", str(data), *(f"--{n}={value}" for n, value in options.items())]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        address = f"postgresql://orderbeat@127.0.0.1:{port}"
        try:
            for _ in range(600):
                with contextlib.suppress(psycopg.OperationalError), psycopg.connect(f"{address}/postgres"):
                    break
                assert process.poll() is None, Path(folder, "log").read_text()
                time.sleep(0.05)
            yield address
        finally:
            process.send_signal(signal.SIGINT)  # disconnects everyone and ends
            process.wait(30)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Where an empty store is to be: a folder or a database of the test's own."""
    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        name = f"store_{next(NUMBERS)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"create database {name}")
        monkeypatch.setenv("ORDERBEAT_STORE", f"{server}/{name}")
    return current()


@pytest.fixture
def opened(place: Settings) -> Iterator[Store]:
    found = open_store(place)
    yield found
    found.engine.dispose()
