"""Database servers of the tests' own, on loopback, with nothing in them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def user() -> str | None:
    """Who runs a server: none of them wants to be run as root."""
    return "nobody" if os.geteuid() == 0 else None


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def postgresql() -> Iterator[int]:
    """The port of a PostgreSQL server that lets `orderbeat` in without a password."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with _folder("postgresql") as folder:
        data, port = folder / "data", free_port()
        created = f"{programs / 'initdb'} -D {data} -U orderbeat -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
        subprocess.run(created.split(), check=True, user=user(), cwd=folder, stdout=subprocess.DEVNULL)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        command = [str(programs / "postgres"), "-D", str(data), *(f"--{n}={value}" for n, value in options.items())]
        address = f"postgresql://orderbeat@127.0.0.1:{port}/postgres"
        with _running(command, folder, signal.SIGINT, lambda: psycopg.connect(address).close()):
            yield port


@contextlib.contextmanager
def mariadb() -> Iterator[int]:
    """The port of a MariaDB server that lets `root` in without a password."""
    server, installer = (
        shutil.which(name, path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))
        for name in ("mariadbd", "mariadb-install-db")
    )
    if server is None or installer is None:
        pytest.skip("no MariaDB server is installed (Debian: apt-get install mariadb-server)")
    with _folder("mariadb") as folder:
        data, port = folder / "data", free_port()
        created = f"{installer} --no-defaults --datadir={data} --auth-root-authentication-method=normal --skip-test-db"
        subprocess.run(
            created.split(), check=True, user=user(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        options = {
            "datadir": data,
            "bind-address": "127.0.0.1",
            "port": port,
            "socket": folder / "socket",
            "pid-file": folder / "pid",
            "innodb-flush-log-at-trx-commit": 0,
        }
        command = [server, "--no-defaults", *(f"--{n}={value}" for n, value in options.items())]
        with _running(
            command, folder, signal.SIGTERM, lambda: pymysql.connect(port=port, host="127.0.0.1", user="root").close()
        ):
            yield port


@contextlib.contextmanager
def _folder(kind: str) -> Iterator[Path]:
    # Not below pytest's folder: that is closed to the user that runs the server.
    with tempfile.TemporaryDirectory(prefix=f"orderbeat-{kind}-", ignore_cleanup_errors=True) as folder:
        if who := user():
            shutil.chown(folder, who)
        yield Path(folder)


@contextlib.contextmanager
def _running(command: list[str], folder: Path, end: int, try_out: Callable[[], None]) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, user=user(), cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                try_out()
                break
            except (psycopg.OperationalError, pymysql.OperationalError):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
        yield
    finally:
        process.send_signal(end)  # disconnects everyone and ends
        process.wait(30)
