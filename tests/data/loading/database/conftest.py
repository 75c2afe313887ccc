"""A shop in a database: the same tables on PostgreSQL and on MariaDB, and how each is described as a source."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from data.loading.report import Report
from data.loading.sources import database
from data.warehouse.engine import open_engine
from tests import loading_help, servers

SYSTEMS = ("postgresql", "mysql")
_NUMBERS = itertools.count()

SHOP = """
create table customer (id int primary key, name varchar(80), changed {moment});
create table product (id int primary key, title varchar(80), price decimal(14,4), changed {moment});
create table sale (id int primary key, day date, customer int, currency varchar(3), changed {moment});
create table line (
  id int primary key, sale int, product int, units decimal(12,3), price decimal(14,4), changed {moment}
);
"""

TABLES = """
reporting_currency: EUR
tables:
  customers: {table: customer, key: id, changed_at: changed, columns: {customer_id: id, name: name}}
  products: {table: product, key: id, changed_at: changed, columns: {product_id: id, name: title, list_price: price}}
  orders:
    table: sale
    key: id
    changed_at: changed
    columns: {order_id: id, ordered_on: day, customer_id: customer, currency: currency}
  order_lines:
    sql: select l.*, s.day from line l join sale s on s.id = l.sale
    key: id
    columns: {order_id: sale, line_no: id, product_id: product, quantity: units, unit_price: price}
"""


@dataclass
class Shop:
    """A database of a test's own, and the home that reads it."""

    kind: str
    port: int
    name: str
    home: Path
    connection: Any

    def run(self, *statements: str) -> None:
        """Runs statements, each committed."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def describe(self, tables: str = TABLES, more: str = "") -> None:
        """Writes the source `shop`."""
        user = "orderbeat" if self.kind == "postgresql" else "root"
        head = f"kind: {self.kind}\nhost: 127.0.0.1\nport: {self.port}\ndatabase: {self.name}\nuser: {user}\n"
        loading_help.write(self.home / "sources", {"shop.yaml": head + more + tables})

    def refresh(self) -> Report:
        """One refresh of the source `shop`."""
        return database.refresh("shop", loading_help.where(self.home), open_engine, today=loading_help.TODAY)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return loading_help.rows(self.home, table)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[int]:
    with servers.postgresql() as port:
        yield port


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    with servers.mariadb() as port:
        yield port


@pytest.fixture(params=SYSTEMS)
def shop(request: pytest.FixtureRequest, home: Path) -> Iterator[Shop]:
    """An empty shop, described as a source."""
    name, kind = f"shop_{next(_NUMBERS)}", request.param
    connection: Any
    if kind == "postgresql":
        port = request.getfixturevalue("postgresql")
        address = f"postgresql://orderbeat@127.0.0.1:{port}"
        with psycopg.connect(f"{address}/postgres", autocommit=True) as first:
            first.execute(f"create database {name}")
        connection = psycopg.connect(f"{address}/{name}", autocommit=True)
        moment = "timestamptz(3)"
    else:
        port = request.getfixturevalue("mariadb")
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True, charset="utf8mb4")
        with connection.cursor() as cursor:
            cursor.execute(f"create database {name} character set utf8mb4")
            cursor.execute(f"use {name}")
            cursor.execute("set session sql_mode = '', time_zone = '+00:00'")
        moment = "datetime(3)"
    made = Shop(kind, port, name, home, connection)
    made.run(*filter(str.strip, SHOP.format(moment=moment).split(";")))
    made.describe()
    yield made
    connection.close()
