from tests.data.loading.database.conftest import Shop

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
