"""A home with a little of everything that a backup holds, and what is compared of it."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from data.people.store import copying, entries, opening, views
from data.people.store.accounts import coming_in, links
from data.settings import Settings, current
from data.warehouse import build
from service import archive, restoring
from tests import dying
from tests.data.people.store.help import ANNA, GOOD, HOSTILE, LATE, NUMBERS, QUICK, act, second

# Kept by nobody else: these come along as they are.
WRITTEN = {
    "sources/shop.yaml": "kind: folder\nfolder: /srv/exports\n",
    "mappings/erp.yaml": "tables: {}\n",
    "mappings/erp.json": "{}",
    "refresh/shop.jsonl": '{"run": "a"}\n',
    "quarantine/0001/orders.csv": "order_id\nO1\n",
    "quarantine/0001/kept/about.json": "{}",
    "reconciliation.json": "{}",
}
# Unfinished, secret, or made again by itself: these do not.
LEFT_OUT = {
    "sources/shop.password": "opensesame",
    "quarantine/0002.building/orders.csv": "half",
    "desks/1/files/a.csv": "dropped",
    "spill/x": "spilled",
}


def fill(where: Settings) -> None:
    """Makes the home and the store of these settings hold a little of everything."""
    write(where)
    dying.load_inputs(where.home)
    build.build(where)
    for name, content in (WRITTEN | LEFT_OUT).items():
        place = where.home / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")


def write(where: Settings) -> None:
    """Deeds, settings, views, somebody with a password who is in, and a link nobody used yet."""
    store = second(where)
    act(store, LATE, 0, "snoozed")
    act(store, LATE, 1, "accepted")
    for text in HOSTILE:
        act(store, replace(LATE, subject=text[:100]), 0, "noted", note=text, probability=0.1 + 0.2)
    entries.enter(store, ANNA, "targets", [{"rep_id": "R0", "month": "2026-07-01", "metric": "revenue", "target": 9}])
    views.save(store, ANNA, "Мои", "customers", {"segment": "b2b"}, is_shared=True)
    link = links.first_administrator(store, email="anna@example.org", name="Anna")
    coming_in.by_link(store, token=link.token, password=GOOD, hasher=QUICK)
    links.first_administrator(store, email="anna@example.org")
    store.engine.dispose()


def rows(where: Settings) -> dict[str, list[bytes]]:
    """Every row of a store but those by which somebody is in, but for what the audit says of backup and restore."""
    store = second(where)
    with copying.copying(store) as copy:
        found = {name: [*copy.lines(name)] for name in copy.names}
    store.engine.dispose()
    found["audit"] = [line for line in found["audit"] if b'"restored"' not in line]
    del found["audit_head"]
    return found


def signed_in(where: Settings) -> dict[str, int]:
    """How many rows there are by which somebody is in, or comes in."""
    with connected(where) as run:
        return {name: run(f"select count(*) from {name}")[0][0] for name in ("sessions", "links", "flows")}


@contextlib.contextmanager
def connected(where: Settings) -> Iterator[Callable[[str], list[Any]]]:
    """Runs statements on a store, past everything that is ours."""
    engine = opening.engine(where)
    with engine.begin() as connection:

        def run(statement: str) -> list[Any]:
            done = connection.exec_driver_sql(statement)
            return [*done.all()] if done.returns_rows else []

        yield run
    engine.dispose()


def content(home: Path) -> dict[str, str]:
    """What a home holds, file by file, but for the store and what the server and its commands need to run."""
    ours = ("store.sqlite3", "lock", "backing_up", "settings.env")
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not any(path.name.startswith(name) for name in ours)
    }


def elsewhere(folder: Path, server: str = "") -> Settings:
    """Settings of an empty home, and of an empty database where there is a server."""
    number = next(NUMBERS)
    store = ""
    if server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"create database restored_{number}")
        store = f"{server}/restored_{number}"
    return replace(current(), home=folder / f"restored_{number}", store=store)


def restores_and_dies(where: Settings, file: Path, last: str, after: int) -> None:
    """For a process of its own: is killed when it reaches that point for the `after`th time."""
    left = [after]

    def reached(point: str) -> None:
        left[0] -= point == last
        if not left[0]:
            os.kill(os.getpid(), 9)

    archive.reached = reached
    restoring.restore(where, file)
