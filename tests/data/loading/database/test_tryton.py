"""The preset for Tryton, on a real Tryton: about a minute and a half to make its tables."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data.loading.report import Report
from data.loading.sources import database
from data.settings import PROJECT
from data.warehouse.engine import open_engine
from tests import loading_help

PROGRAMS = PROJECT / ".venv-tryton" / "bin"
MODULES = ("sale", "sale_opportunity", "sale_price_list", "sale_history")

Command = Callable[..., None]


@pytest.fixture
def tryton(postgresql: int, tmp_path: Path) -> Command:
    """Enters what a company did (`first` or `later`) into a Tryton with nothing else in it."""
    if not (PROGRAMS / "trytond-admin").exists():
        pytest.skip("Tryton is not installed (make .venv-tryton/ready)")
    address = f"postgresql://orderbeat@127.0.0.1:{postgresql}/"
    with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
        connection.execute("drop database if exists tryton")
        connection.execute("create database tryton")
    (tmp_path / "password").write_text("only for this test", encoding="utf-8")
    environment = {"TRYTOND_DATABASE__URI": address, "TRYTONPASSFILE": str(tmp_path / "password"), "PATH": "/usr/bin"}

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [str(PROGRAMS / program), *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    run("trytond-admin", "-d", "tryton", "--all", "--email", "admin@example.org")
    run("trytond-admin", "-d", "tryton", "-u", *MODULES, "--activate-dependencies")
    script = str(Path(__file__).with_name("tryton_company.py"))
    return lambda what: run("python", script, address, "tryton", what)


def short(rows: list[dict[str, Any]], *columns: str) -> list[tuple[str, ...]]:
    return [tuple(str(row[column]) for column in columns) for row in rows]


@pytest.mark.slow
def test_a_company_in_tryton_comes_in_by_the_preset(tryton: Command, postgresql: int, home: Path) -> None:
    tryton("first")
    described = (
        f"kind: postgresql\nhost: 127.0.0.1\nport: {postgresql}\ndatabase: tryton\nuser: orderbeat\n"
        "reporting_currency: USD\npreset: tryton\n"
    )
    loading_help.write(home / "sources", {"erp.yaml": described})

    def refresh() -> Report:
        report = database.refresh("erp", loading_help.where(home), open_engine)
        assert report.quarantine is None, report.as_text()
        return report

    def rows(table: str, *columns: str) -> list[tuple[str, ...]]:
        return short(loading_help.rows(home, table), *columns)

    refresh()
    assert rows("sales_reps", "name") == [("Rita Rep",)]
    assert rows("customers", "name", "catalog_id") == [("Ada Ltd", "1"), ("Bob Ltd", "None"), ("Cyd Ltd", "None")]
    assert rows("products", "sku", "name", "category", "unit_cost", "list_price") == [
        ("B1", "Bolt", "Fixings", "6.000000", "10.000000"),
        ("N1", "Nut", "Fixings", "1.000000", "2.500000"),
    ]
    # The price list has a rule for bolts and one for all else.
    assert rows("catalogs", "name") == [("Dealers",)]
    assert rows("catalog_items", "product_id", "price") == [("1", "9.000000"), ("2", "2.375000")]
    assert rows("leads", "customer_id", "status", "rejected_reason") == [
        ("5", "converted", "None"),
        ("5", "rejected", "no nails"),
    ]
    # The fourth sale was never more than a draft; the fifth was made of an opportunity.
    assert rows("quotes", "quote_id", "customer_id", "lead_id", "amount", "outcome") == [
        ("1", "3", "None", "25.12", "won"),
        ("2", "4", "None", "27.50", "None"),
        ("3", "4", "None", "27.50", "lost"),
        ("5", "5", "1", "40.00", "None"),
    ]
    assert rows("orders", "order_id", "customer_id", "quote_id", "catalog_id") == [("1", "3", "1", "1")]
    assert rows("order_lines", "order_id", "product_id", "quantity", "unit_price") == [
        ("1", "1", "2.000", "9.000000"),
        ("1", "2", "3.000", "2.375000"),
    ]

    def steps(quote: str) -> list[str]:
        events = [event for event in loading_help.rows(home, "quote_events") if event["quote_id"] == quote]
        return [event["stage"] for event in sorted(events, key=lambda event: int(event["event_id"]))]

    assert steps("1") == ["draft", "quotation", "draft", "quotation", "confirmed", "processing"]
    assert steps("5") == ["draft", "quotation"]
    assert not database.refresh("erp", loading_help.where(home), open_engine).changed

    tryton("later")
    refresh()
    assert rows("customers", "name") == [("Ada Ltd",), ("Bob & Sons Ltd",), ("Cyd Ltd",)]
    assert rows("catalog_items", "product_id", "price") == [("1", "9.900000"), ("2", "2.375000")]
    assert rows("quotes", "quote_id", "amount", "outcome") == [
        ("1", "25.12", "won"),
        ("2", "27.50", "won"),
        ("3", "27.50", "lost"),
        ("5", "30.00", "None"),
    ]
    assert rows("orders", "order_id") == [("1",), ("2",)]
    assert steps("5") == ["draft", "quotation", "draft", "quotation"]  # sent back and sent out again: a loop
