"""A shop at work: what happens in it between two refreshes, drawn from a seed."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data import contract
from data.loading.sources import database
from data.warehouse.engine import open_engine
from tests import loading_help
from tests.data.loading.database.conftest import Shop

START = datetime(2026, 6, 1, 10)
LOADED = ("customers", "products", "orders", "order_lines")


def as_a_full_load(shop: Shop, home: Path) -> dict[str, list[dict[str, Any]]]:
    """What a load of all there is would hold, made in a home of its own."""
    text = (shop.home / "sources" / "shop.yaml").read_text(encoding="utf-8")
    loading_help.write(home / "sources", {"shop.yaml": text})
    database.refresh("shop", loading_help.where(home), open_engine, today=loading_help.TODAY)
    return held(home)


def held(home: Path) -> dict[str, list[dict[str, Any]]]:
    """Every loaded row of every table."""
    return {table.name: loading_help.rows(home, table.name) for table in contract.TABLES if table.name in LOADED}


class Life:
    """Makes the days of a shop. `now` is its clock: many rows change at the same moment, some are dated back."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.chance = shop, random.Random(seed)
        self.now, self.next = START, 1

    def moment(self) -> str:
        """When a row says it last changed: mostly now, at the same moment as others; sometimes it says long ago."""
        if self.chance.random() < 0.8:
            return f"'{self.now}'"
        return f"'{self.now - timedelta(days=self.chance.randint(1, 40), milliseconds=self.new())}'"

    def new(self) -> int:
        """An id nobody had."""
        self.next += 1
        return self.next

    def one(self, table: str) -> int | None:
        """The id of some row."""
        with self.shop.connection.cursor() as cursor:
            cursor.execute(f"select id from {table} order by id")
            ids = [row[0] for row in cursor.fetchall()]
        return self.chance.choice(ids) if ids else None

    def begin(self) -> None:
        """A shop with a few of everything."""
        for _ in range(4):
            self.insert_customer()
            self.insert_product()
        for _ in range(8):
            self.insert_sale()

    def day(self) -> None:
        """Some deeds, all at one moment or the next."""
        self.now += timedelta(hours=self.chance.choice((0, 1, 24)))
        deeds = [self.insert_customer, self.insert_product, *[self.insert_sale] * 3, self.change_customer]
        deeds += [self.change_product, self.change_sale, self.spoil_or_mend_sale, self.spoil_or_mend_sale]
        deeds += [self.change_line, self.move_line, self.delete_line, self.delete_sale, self.delete_customer]
        for _ in range(self.chance.randint(0, 6)):
            self.chance.choice(deeds)()

    def insert_customer(self) -> None:
        moment = self.chance.choice((self.moment(), "null"))
        self.shop.run(f"insert into customer values ({self.new()}, 'C{self.next}', {moment})")

    def insert_product(self) -> None:
        self.shop.run(f"insert into product values ({self.new()}, 'P{self.next}', {self.next}.5, {self.moment()})")

    def insert_sale(self) -> None:
        sale, customer = self.new(), self.one("customer")
        self.shop.run(
            f"insert into sale values ({sale}, '2026-02-{self.chance.randint(1, 28)}', {customer or 'null'}, 'EUR', "
            f"{self.moment()})"
        )
        for _ in range(self.chance.randint(1, 3)):
            product, units = self.one("product") or 999, self.chance.randint(1, 9)
            self.shop.run(f"insert into line values ({self.new()}, {sale}, {product}, {units}, 2.5, {self.moment()})")

    def change_customer(self) -> None:
        self._change("customer", f"name = 'renamed {self.new()}'")

    def change_product(self) -> None:
        self._change("product", f"price = {self.chance.randint(1, 99)}")

    def change_sale(self) -> None:
        self._change("sale", f"customer = {self.one('customer') or 'null'}")

    def spoil_or_mend_sale(self) -> None:
        """An order that cannot be loaded takes its lines with it; mended, it brings them back."""
        self._change("sale", f"currency = '{self.chance.choice(('EUR', 'EUR', 'XXQ'))}'")

    def change_line(self) -> None:
        """Its reading has no time of change: all of it is compared."""
        self._change("line", f"units = {self.chance.randint(1, 99)}", says_when=False)

    def move_line(self) -> None:
        """A line of another order is another row of ours."""
        self._change("line", f"sale = {self.one('sale')}", says_when=False)

    def delete_line(self) -> None:
        self.shop.run(f"delete from line where id = {self.one('line') or 0}")

    def delete_sale(self) -> None:
        sale = self.one("sale") or 0
        self.shop.run(f"delete from line where sale = {sale}", f"delete from sale where id = {sale}")

    def delete_customer(self) -> None:
        """Orders of it stay, and can no longer be loaded."""
        self.shop.run(f"delete from customer where id = {self.one('customer') or 0}")

    def _change(self, table: str, what: str, *, says_when: bool = True) -> None:
        when = f", changed = {self.moment()}" if says_when else ""
        self.shop.run(f"update {table} set {what}{when} where id = {self.one(table) or 0}")
