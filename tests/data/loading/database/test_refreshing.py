import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from data import publish
from data.loading.sources import database
from data.loading.sources.database import refreshing
from data.warehouse.engine import open_engine
from tests import dying, loading_help
from tests.data.loading.database.conftest import Shop
from tests.data.loading.database.help import Life, as_a_full_load, held

NOW = "'2026-06-01 10:00:00'"
FIRST = (
    f"insert into customer values (1, 'Ada', {NOW}), (2, 'Bob', {NOW})",
    f"insert into product values (1, 'Bolt', 2.5, {NOW}), (2, 'Nut', 1.25, {NOW})",
    f"insert into sale values (1, '2026-01-15', 1, 'EUR', {NOW}), (2, '2026-02-20', 2, 'EUR', {NOW})",
    f"insert into line values (1, 1, 1, 10, 2.5, {NOW}), (2, 1, 2, 5, 1.25, {NOW}), (3, 2, 1, -1, 2.5, {NOW})",
)


def test_the_first_refresh_loads_all_there_is_and_the_next_one_nothing(shop: Shop) -> None:
    shop.run(*FIRST)
    report = shop.refresh()
    assert {load.table: (load.rows_in, load.loaded) for load in report.loads} == {
        "customers": (2, 2),
        "products": (2, 2),
        "orders": (2, 2),
        "order_lines": (3, 3),
    }
    assert [row["name"] for row in shop.rows("customers")] == ["Ada", "Bob"]
    assert not shop.refresh().changed


def test_a_refresh_loads_what_is_new_and_what_changed(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    later = "'2026-06-01 11:00:00'"
    shop.run(
        f"insert into customer values (3, 'Cyd', {later})",
        f"update product set price = 2.75, changed = {later} where id = 1",
    )
    report = shop.refresh()
    assert {load.table: load.rows_in for load in report.loads} == {"customers": 1, "products": 1}
    assert [row["name"] for row in shop.rows("customers")] == ["Ada", "Bob", "Cyd"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_after_twenty_refreshes_the_tables_are_as_a_full_load_makes_them(shop: Shop, seed: int, tmp_path: Path) -> None:
    life = Life(shop, seed)
    life.begin()
    for day in range(21):
        shop.refresh()
        if day % 5 == 0:
            assert held(shop.home) == as_a_full_load(shop, tmp_path / f"full {day}"), day
        life.day()
    shop.refresh()
    assert held(shop.home) == as_a_full_load(shop, tmp_path / "full")
    assert not shop.refresh().changed


def dies_while_refreshing(home: Path, last: str, nth: int) -> None:
    passed = Counter[str]()

    def reached(point: str) -> None:
        passed[point] += 1
        if (point, passed[point]) == (last, nth):
            os.kill(os.getpid(), signal.SIGKILL)

    publish.reached = reached
    refreshing.reached = reached
    database.refresh("shop", loading_help.where(home), open_engine, today=loading_help.TODAY)


# Of a publication every point is passed twice: by the load's within the refresh, and by the mirror's around it.
EVERYWHERE = [
    *((point, 1) for point in refreshing.POINTS),
    *((point, nth) for point in publish.POINTS for nth in (1, 2)),
]


@pytest.mark.slow
def test_a_refresh_that_is_killed_leaves_old_or_new_and_the_next_one_goes_on(shop: Shop, tmp_path: Path) -> None:
    life = Life(shop, 1)
    life.begin()
    shop.refresh()
    for number, (point, nth) in enumerate(EVERYWHERE):
        before = held(shop.home)
        life.insert_sale()
        life.change_customer()
        life.change_product()
        life.delete_line()
        full = as_a_full_load(shop, tmp_path / f"full {number}")
        process = dying.PROCESSES.Process(target=dies_while_refreshing, args=(shop.home, point, nth))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, (point, nth)
        assert held(shop.home) in (before, full), (point, nth)
        shop.refresh()
        assert held(shop.home) == full, (point, nth)
        assert not shop.refresh().changed, (point, nth)
