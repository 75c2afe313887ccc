"""Stores for tests: in SQLite, and in a real PostgreSQL of their own."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.people.store import Store, open_store
from data.settings import Settings, current
from tests import servers
from tests.data.people.store.help import NUMBERS


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address, without a database, of a PostgreSQL server of the tests' own on loopback."""
    with servers.postgresql() as port:
        yield f"postgresql://orderbeat@127.0.0.1:{port}"


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
