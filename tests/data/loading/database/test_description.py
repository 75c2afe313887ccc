import logging
import re

import pytest

from data.errors import BadInput
from data.loading import source_file
from data.loading.sources.database import credentials, description
from data.loading.sources.database.description import Database
from tests.data.loading.database.conftest import TABLES, Shop
from tests.loading_help import write

HEAD = "kind: postgresql\nhost: erp.example.org\ndatabase: erp\nuser: reader\n"


def described(text: str, name: str) -> Database:
    return description.described(source_file.parse(text, name), name)


def test_what_is_not_said_is_what_is_safest() -> None:
    read = described(HEAD + TABLES, "erp")
    assert (read.port, read.tls, read.time_zone, read.reporting_currency) == (5432, "verify", "UTC", "EUR")
    orders = next(reading for reading in read.readings if reading.table == "orders")
    assert (orders.key, orders.changed_at, orders.overlap, orders.compares_keys) == (("id",), "changed", 900, True)


@pytest.mark.parametrize(
    ("host", "tls"), [("127.0.0.1", "no"), ("::1", "no"), ("/run/sock", "no"), ("10.0.0.1", "verify")]
)
def test_what_leaves_this_computer_is_encrypted_and_its_server_recognised(host: str, tls: str) -> None:
    assert described(HEAD.replace("erp.example.org", host) + TABLES, "erp").tls == tls


@pytest.mark.parametrize("key", ["password", "Password", "passwd", "pwd", "url", "dsn", "secret"])
def test_a_password_in_the_description_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(BadInput) as refusal:
        described(f"{HEAD}{key}: hunter2\n{TABLES}", "erp")
    assert "hunter2" not in str(refusal.value)
    assert "ORDERBEAT_SOURCE_ERP_PASSWORD" in str(refusal.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("kind: oracle\n", "kind: oracle"),
        (HEAD + "sslmode: no\n" + TABLES, "no setting 'sslmode'"),
        (HEAD + "mapping: erp\n" + TABLES, "no setting 'mapping'"),
        (HEAD + "tls: maybe\n" + TABLES, "tls: maybe"),
        (HEAD + "port: 70000\n" + TABLES, "port: 70000"),
        (HEAD + 'time_zone: "x\'; drop"\n' + TABLES, "no time zone"),
        (HEAD, "names no `tables`"),
        (HEAD + "preset: sap\n", "no preset 'sap'"),
        (HEAD + "preset: tryton\n" + TABLES, "both `preset` and `tables`"),
        (HEAD + "tables: {order: {table: x}}\n", "Did you mean orders?"),
        (HEAD + "tables: {orders: {table: x, key: id}}\n", "no `columns`"),
        (HEAD + "tables: {orders: {table: x, sql: y, key: id}}\n", "either `table` or `sql`"),
        (HEAD + "tables: {customers: {table: x, columns: {customer_id: a, name: b}}}\n", "no `key`"),
        (HEAD + "tables: {customers: {table: x, key: id, columns: {customer_id: a}}}\n", "gives no name"),
        (HEAD + "tables: {customers: {table: x, key: id, columns: {id: a}}}\n", "no column 'id'"),
        (
            HEAD + "tables: {customers: {sql: select 1; drop table x, key: id, columns: {customer_id: a, name: b}}}\n",
            "semicolon",
        ),
        (
            HEAD + "tables: {customers: {table: x, key: id, overlap: soon, columns: {customer_id: a, name: b}}}\n",
            "overlap: soon",
        ),
    ],
)
def test_what_is_wrong_in_a_description_is_named(wrong: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        described(wrong, "erp")


def test_a_source_that_is_not_described_is_named(shop: Shop) -> None:
    for name in ("nowhere", "../shop"):
        with pytest.raises(BadInput, match="There is no source"):
            description.read(shop.home, name)


def test_the_environment_comes_first_then_a_file_that_only_this_account_reads(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert credentials.password(shop.home, "shop") == ""
    write(shop.home / "sources", {"shop.password": "from the file\n"})
    file = shop.home / "sources" / "shop.password"
    file.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        credentials.password(shop.home, "shop")
    file.chmod(0o600)
    assert credentials.password(shop.home, "shop") == "from the file"
    monkeypatch.setenv("ORDERBEAT_SOURCE_SHOP_PASSWORD", "from the environment")
    assert credentials.password(shop.home, "shop") == "from the environment"


WRONG = "p@ss:wo/rd?&%20'\"\\"


def test_a_password_is_in_no_message_no_log_and_no_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ORDERBEAT_SOURCE_SHOP_PASSWORD", WRONG)
    if shop.kind == "mysql":
        with pytest.raises(BadInput, match="no connection") as refusal:  # this server lets root in without one alone
            shop.refresh()
        assert refusal.value.__cause__ is None
        said = str(refusal.value)
    else:
        shop.refresh()  # this server asks for none
        shop.describe(TABLES.replace("table: customer,", "table: nowhere,"))
        with pytest.raises(BadInput, match="nowhere") as refusal:
            shop.refresh()
        said = str(refusal.value)
    written = [file for file in shop.home.rglob("*") if file.is_file()]
    assert all(WRONG.encode() not in file.read_bytes() for file in written)
    assert WRONG not in said + caplog.text
    assert credentials.without(WRONG, f"connecting with {WRONG} failed\nmore") == "connecting with *** failed"


def test_a_server_that_is_not_there_is_named_and_nothing_changes(shop: Shop) -> None:
    text = (shop.home / "sources" / "shop.yaml").read_text(encoding="utf-8")
    write(shop.home / "sources", {"shop.yaml": text.replace(f"port: {shop.port}", "port: 1")})
    with pytest.raises(BadInput, match=r"no connection to 127\.0\.0\.1"):
        shop.refresh()
    assert not (shop.home / "inputs").exists()
    assert list((shop.home / "databases" / "shop").glob("0*")) == []


def test_nothing_can_be_written_through_a_source(shop: Shop) -> None:
    shop.run("create table counted (id int primary key)")
    writes = "select nextval('counting') as id" if shop.kind == "postgresql" else "select * from customer for update"
    if shop.kind == "postgresql":
        shop.run("create sequence counting")
    shop.describe(f"tables: {{customers: {{sql: {writes}, key: id, columns: {{customer_id: id, name: id}}}}}}\n")
    with pytest.raises(BadInput):
        shop.refresh()
