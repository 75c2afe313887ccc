import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from data import publish
from data.errors import BadInput
from data.loading import inputs
from data.loading.sources import database
from data.loading.sources.database import refreshing
from data.warehouse.engine import open_engine
from tests import dying, loading_help
from tests.data.loading.database.conftest import SYSTEMS, TABLES, Shop
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


def names(shop: Shop) -> list[str]:
    return [row["name"] for row in shop.rows("customers")]


LATER = "'2026-06-01 11:00:00'"


def test_rows_that_went_are_taken_out(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    shop.run("delete from line where id = 3", "delete from sale where id = 2", "delete from customer where id = 2")
    shop.refresh()
    assert names(shop) == ["Ada"]
    assert [(row["order_id"], row["line_no"]) for row in shop.rows("order_lines")] == [("1", 1), ("1", 2)]


def test_an_order_that_can_no_longer_be_loaded_does_not_stay_as_it_was_and_comes_back_with_its_lines(
    shop: Shop,
) -> None:
    shop.run(*FIRST)
    shop.refresh()
    shop.run(f"update sale set currency = 'XXQ', changed = {LATER} where id = 1")
    shop.refresh()
    assert [row["order_id"] for row in shop.rows("orders")] == ["2"]
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["2"]
    shop.run("update sale set currency = 'EUR', changed = '2026-06-01 12:00:00' where id = 1")
    shop.refresh()
    assert [row["order_id"] for row in shop.rows("orders")] == ["1", "2"]
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["1", "1", "2"]


def test_an_order_that_changed_keeps_its_lines(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    shop.run(f"update sale set customer = 2, changed = {LATER} where id = 1")
    shop.refresh()
    assert [row["customer_id"] for row in shop.rows("orders")] == ["2", "2"]
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["1", "1", "2"]


@pytest.mark.parametrize("moment", ["'2026-05-01 00:00:00'", "'2026-06-01 10:00:00'", "null"])
def test_who_commits_late_is_dated_back_or_says_no_time_is_read_all_the_same(shop: Shop, moment: str) -> None:
    shop.run(*FIRST)
    shop.refresh()
    shop.run(f"insert into customer values (3, 'Cyd', {moment})")
    shop.run("update customer set name = 'Adam', changed = '2026-05-01 00:00:01' where id = 1")
    shop.refresh()
    assert names(shop) == ["Adam", "Bob", "Cyd"]


def test_without_comparing_keys_a_refresh_reads_what_the_time_of_change_tells(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.describe(TABLES.replace("changed_at: changed,", "changed_at: changed, compare_keys: no,"))
    shop.refresh()
    shop.run("insert into customer values (3, 'Cyd', '2026-06-01 09:50:00')")  # within the overlap
    shop.run("insert into customer values (4, 'Dan', '2026-06-01 09:40:00')")  # before it
    shop.run("delete from line where sale = 2", "delete from sale where id = 2", "delete from customer where id = 2")
    shop.refresh()
    assert names(shop) == ["Ada", "Bob", "Cyd"]


def test_more_unknown_keys_than_are_asked_for_one_by_one_are_read_with_the_whole_table(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run(*FIRST)
    shop.refresh()
    monkeypatch.setattr(refreshing, "MOST_BY_KEY", 1)
    shop.run("insert into customer values (3, 'Cyd', null), (4, 'Dan', null)", "delete from customer where id = 99")
    shop.refresh()
    assert names(shop) == ["Ada", "Bob", "Cyd", "Dan"]


def test_columns_described_in_another_way_load_everything_anew(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    shop.describe(TABLES.replace("customer_id: id, name: name", "customer_id: id, name: upper(name)"))
    shop.refresh()
    assert names(shop) == ["ADA", "BOB"]


def test_after_going_back_the_tables_come_to_what_the_database_holds(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    first = loading_help.loaded(shop.home).path.name
    shop.run(
        f"update customer set name = 'Adam', changed = {LATER} where id = 1",
        "delete from line where sale = 2",
        "delete from sale where id = 2",
        "delete from customer where id = 2",
    )
    shop.refresh()
    inputs.go_back(shop.home, first)
    assert names(shop) == ["Ada", "Bob"]
    shop.refresh()
    assert names(shop) == ["Adam"]


def test_a_mirror_that_is_damaged_or_gone_costs_one_full_read(shop: Shop) -> None:
    shop.run(*FIRST)
    shop.refresh()
    (file,) = (shop.home / "databases" / "shop").glob("0*/customers.parquet")
    file.write_bytes(file.read_bytes()[:-1])
    shop.run(f"insert into customer values (3, 'Cyd', {LATER})")
    shop.refresh()
    assert names(shop) == ["Ada", "Bob", "Cyd"]


def test_of_two_rows_with_one_key_of_ours_the_first_stays_and_the_other_follows_it(shop: Shop) -> None:
    shop.describe(TABLES.replace("customer_id: id, name: name", "customer_id: lower(name), name: name"))
    shop.run(f"insert into customer values (1, 'Ada', {NOW}), (3, 'ADA', {NOW})")
    shop.refresh()
    assert names(shop) == ["Ada"]
    shop.run(f"insert into customer values (0, 'aDA', {LATER})")
    shop.refresh()
    assert names(shop) == ["aDA"]
    shop.run("delete from customer where id < 3")
    shop.refresh()
    assert names(shop) == ["ADA"]


@pytest.mark.parametrize(
    ("key", "said"), [("name", "does not tell the rows of customers apart"), ("nr", "has no column 'nr'")]
)
def test_a_key_that_tells_no_rows_apart_is_refused(shop: Shop, key: str, said: str) -> None:
    shop.run(*FIRST, f"insert into customer values (3, 'Ada', {NOW})")
    shop.describe(TABLES.replace("table: customer, key: id", f"table: customer, key: {key}"))
    with pytest.raises(BadInput, match=said):
        shop.refresh()
    assert inputs.current(shop.home) is None


@pytest.mark.slow
def test_after_ten_refreshes_the_tables_are_as_a_full_load_makes_them(shop: Shop, tmp_path: Path) -> None:
    life = Life(shop, SYSTEMS.index(shop.kind))
    life.begin()
    for day in range(11):
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
    # Every other point with each system: nothing of what is between the two depends on which one it is.
    for number, (point, nth) in enumerate(EVERYWHERE[SYSTEMS.index(shop.kind) :: len(SYSTEMS)]):
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


def test_what_cannot_be_loaded_is_open_once_however_often_it_is_tried(shop: Shop) -> None:
    shop.run(*FIRST, "update sale set currency = 'XXQ' where id = 1")
    for number in range(3, 6):
        shop.run(f"insert into customer values ({number}, 'Cyd', {LATER})")
        shop.refresh()
    current = loading_help.loaded(shop.home)
    assert {row["table"]: row["quarantined"] for row in current.totals()}["orders"] == 1
    assert {row["table"]: row["quarantined"] for row in current.totals()}["order_lines"] == 2
