"""What a server can hold and no table of ours can is quarantined with its text: no crash, and no other value."""

from decimal import Decimal

import pytest

from tests.data.loading.database.conftest import Shop
from tests.loading_help import quarantined

PRODUCTS = """
reporting_currency: EUR
tables:
  products:
    table: odd
    key: id
    columns: {product_id: id, name: name, list_price: price, stock: stock, discontinued_on: day}
"""
POSTGRESQL = {
    "plain": ("12345678901.123456", "7", "'2026-03-31'"),
    "not a number": ("'NaN'", "7", "'2026-03-31'"),
    "endless number": ("'Infinity'", "7", "'2026-03-31'"),
    "small": ("1.500", "-0.125", "'2026-03-31 23:59:59'"),
    "endless day": ("1", "7", "'infinity'"),
    "before Christ": ("1", "7", "'0044-03-15 BC'"),
    "nothing": ("null", "null", "null"),
}
MARIADB = {
    "plain": ("12345678901.123456", "7", "'2026-03-31'"),
    "small": ("1.500", "-0.125", "'2026-03-31 23:59:59'"),
    "no day": ("1", "7", "'0000-00-00'"),
    "half a day": ("1", "7", "'2026-00-00'"),
    "nothing": ("null", "null", "null"),
}


def test_odd_numbers_and_days_are_read_or_quarantined(shop: Shop) -> None:
    numeric, rows = ("numeric", POSTGRESQL) if shop.kind == "postgresql" else ("decimal(30,6)", MARIADB)
    moment = "timestamp" if shop.kind == "postgresql" else "datetime"
    shop.run(f"create table odd (id int primary key, name text, price {numeric}, stock decimal(12,3), day {moment})")
    shop.run(
        *(f"insert into odd values ({n}, '{name}', {', '.join(row)})" for n, (name, row) in enumerate(rows.items()))
    )
    shop.describe(PRODUCTS)
    report = shop.refresh()
    good = {row["name"]: row for row in shop.rows("products")}
    assert set(good) == {"plain", "small", "nothing", *({"no day"} & set(rows))}
    assert [good[name]["discontinued_on"] for name in good if name == "no day"] in ([], [None])
    assert good["plain"]["list_price"] == Decimal("12345678901.123456")
    assert (good["small"]["list_price"], good["small"]["stock"]) == (Decimal("1.5"), Decimal("-0.125"))
    assert str(good["small"]["discontinued_on"]) == "2026-03-31"
    assert (good["nothing"]["list_price"], good["nothing"]["discontinued_on"]) == (None, None)
    refused = {row["name"]: row["reason"] for row in quarantined(report, "products")}
    assert set(refused) == set(rows) - set(good)
    assert sum(load.rows_in for load in report.loads) == len(rows)


KINDS = {
    "postgresql": {
        "money": ("'5.00'::money", "$5.00"),
        "interval": ("interval '-1 month 2 days'", "-1 mons +2 days"),
        "numeric[]": ("'{1,2}'::numeric[]", "{1,2}"),
        "bytea": (r"'\x01ff'::bytea", r"\x01ff"),
        "jsonb": ("""'{"a": 1}'::jsonb""", '{"a": 1}'),
        "point": ("point(1,2)", "(1,2)"),
        "boolean": ("true", "true"),
        "float8": ("0.1::float8", "0.1"),
        "uuid": ("'00000000-0000-0000-0000-000000000007'::uuid", "00000000-0000-0000-0000-000000000007"),
        "timestamptz": ("'2026-03-31 22:30:00+00'::timestamptz", "2026-03-31 22:30:00+00"),
        "bigint": ("9223372036854775807", "9223372036854775807"),
        "text": ("U&'\\00FC''\"\\\\'", "ü'\"\\"),
    },
    "mysql": {
        "time": ("cast('-800:00:01' as time)", "-800:00:01"),
        "bit(3)": ("b'101'", "5"),
        "blob": ("x'01ff'", "0x01ff"),
        "year": ("2026", "2026"),
        "json": ("""'{"a": 1}'""", '{"a": 1}'),
        "double": ("0.1", "0.1"),
        "bigint unsigned": ("18446744073709551615", "18446744073709551615"),
        "text": ("'ü''\"\\\\'", "ü'\"\\"),
    },
}


def test_every_kind_of_value_comes_as_the_server_writes_it(shop: Shop) -> None:
    for number, (kind, (value, text)) in enumerate(KINDS[shop.kind].items(), 1):
        shop.run(f"create table kind_{number} (id int primary key, x {kind})")
        shop.run(f"insert into kind_{number} values (1, {value}), (2, null)")
        shop.describe(
            f"tables: {{products: {{table: kind_{number}, key: id, "
            "columns: {product_id: id, name: \"'x'\", brand: x}}}\n"
        )
        shop.refresh()
        assert [row["brand"] for row in shop.rows("products")] == [text, None], kind
        shop.run(f"drop table kind_{number}")


@pytest.mark.parametrize("zone", ["", "time_zone: Europe/Berlin\n"])
def test_moments_that_know_their_zone_are_days_of_the_zone_that_is_set(shop: Shop, zone: str) -> None:
    if shop.kind == "mysql" and zone:
        zone = "time_zone: +02:00\n"  # names of zones are not known to a server without their tables
    kind = "timestamptz" if shop.kind == "postgresql" else "timestamp"
    shop.run(f"create table deed (id int primary key, at {kind} null)")
    shop.run("insert into deed values (1, '2026-03-31 22:30:00+00')")
    shop.run("insert into customer values (1, 'Ada', null)")
    shop.describe(
        "reporting_currency: EUR\ntables:\n"
        "  customers: {table: customer, key: id, columns: {customer_id: id, name: name}}\n"
        "  activities: {table: deed, key: id, columns: {activity_id: id, customer_id: \"'1'\", occurred_on: at}}\n",
        zone,
    )
    shop.refresh()
    assert [str(row["occurred_on"]) for row in shop.rows("activities")] == ["2026-04-01" if zone else "2026-03-31"]
