"""The presets on the real samples: every source row accounted for, and truths known beforehand."""

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data.loading import mappings
from tests.loading_help import load, loaded, rows, totals

SAMPLES = os.environ.get("ORDERBEAT_SAMPLES", "")
real = pytest.mark.skipif(not SAMPLES, reason="ORDERBEAT_SAMPLES does not name the folder of real samples")


@pytest.mark.parametrize("name", mappings.presets())
def test_presets_are_valid(name: str) -> None:
    mapping = mappings.read(name, Path())
    assert mapping is not None
    assert mapping.about
    assert mapping.reporting_currency


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("retail")
    load(home, Path(SAMPLES) / "online_retail_ii", "online_retail_ii")
    yield home


@pytest.fixture(scope="module")
def adventure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("adventure")
    load(home, Path(SAMPLES) / "adventureworks_dw", "adventureworks_dw")
    yield home


def source(name: str) -> pq.ParquetFile:
    return pq.read_table(next(Path(SAMPLES).glob(name)))


@real
def test_every_retail_line_is_loaded(retail: Path) -> None:
    raw = source("online_retail_ii/*.parquet")
    assert totals(retail)["order_lines"] == (raw.num_rows, raw.num_rows, 0)
    assert totals(retail)["orders"][1] == len(pc.unique(raw["invoice"]))
    assert totals(retail)["customers"][1] == len(pc.unique(raw["customer_id"].drop_null()))
    exact = sum(Decimal(str(p)) * q for p, q in zip(raw["price"].to_pylist(), raw["quantity"].to_pylist(), strict=True))
    lines = rows_table(retail, "order_lines")
    assert sum(p * q for p, q in zip(*(lines[c].to_pylist() for c in ("unit_price", "quantity")), strict=True)) == exact


def rows_table(home: Path, table: str) -> pa.Table:
    return pq.read_table(loaded(home).files(table))


@real
def test_retail_orders_without_a_customer_stay(retail: Path) -> None:
    orders = rows_table(retail, "orders")
    assert 0 < orders["customer_id"].null_count < orders.num_rows
    assert pc.unique(orders["currency"]).to_pylist() == ["GBP"]


@real
def test_retail_lines_are_numbered_from_one_without_gaps(retail: Path) -> None:
    lines = rows_table(retail, "order_lines").group_by("order_id")
    for row in lines.aggregate([("line_no", "max"), ("line_no", "count"), ("line_no", "min")]).to_pylist():
        assert (row["line_no_min"], row["line_no_max"]) == (1, row["line_no_count"])


@real
def test_retail_categories_are_sensible(retail: Path) -> None:
    found = {row["product_id"]: row["category"] for row in rows(retail, "products")}
    assert found["85123A"] == "Candles and lights"  # white hanging heart t-light holder
    assert found["22423"] == "Mugs and kitchen"  # Regency cake stand
    assert found["85099B"] == "Bags and purses"  # jumbo bag red retrospot
    for code in ("POST", "DOT", "M", "D", "BANK CHARGES", "AMAZONFEE", "B", "C2", "S"):
        assert found[code] == "Postage, fees and adjustments"
    assert list(found.values()).count("Other") < 0.2 * len(found)
    assert None not in found.values()


@real
def test_every_adventure_line_is_loaded(adventure: Path) -> None:
    assert totals(adventure)["order_lines"] == (121_253, 121_253, 0)
    assert totals(adventure)["customers"] == (701 + 18_484, 701 + 18_484, 0)
    sold = sum(
        sum(source(f"adventureworks_dw/{name}.parquet")["SalesAmount"].to_pylist())
        for name in ("FactResellerSales", "FactInternetSales")
    )
    lines = rows_table(adventure, "order_lines")
    loaded = sum(p * q for p, q in zip(*(lines[c].to_pylist() for c in ("unit_price", "quantity")), strict=True))
    assert abs(loaded - sold) < Decimal(1)  # the source rounds each line to four decimals


@real
def test_quotas_add_up_to_the_cent(adventure: Path) -> None:
    quotas = rows(adventure, "quotas")
    assert len(quotas) == 3 * 163
    raw = source("adventureworks_dw/FactSalesQuota.parquet")
    assert sum(row["target"] for row in quotas) == sum(raw["SalesAmountQuota"].to_pylist())
    assert {row["month"].day for row in quotas} == {1}


@real
def test_list_prices_are_those_of_the_catalog_on_the_day(adventure: Path) -> None:
    prices: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in rows(adventure, "catalog_items"):
        prices.setdefault((item["catalog_id"], item["product_id"]), []).append(item)
    orders = {row["order_id"]: row for row in rows_table(adventure, "orders").to_pylist()}
    for line in rows_table(adventure, "order_lines").to_pylist()[::7]:
        order = orders[line["order_id"]]
        valid = [
            item["price"]
            for item in prices[order["catalog_id"], line["product_id"]]
            if item["valid_from"] <= order["ordered_on"]
            and (not item["valid_to"] or order["ordered_on"] <= item["valid_to"])
        ]
        assert valid == [line["list_price"]]


@real
def test_the_rep_of_a_reseller_is_that_of_its_latest_order(adventure: Path) -> None:
    latest: dict[str, tuple[tuple[dt.date, str], str]] = {}
    for order in rows_table(adventure, "orders").to_pylist():
        key = (order["ordered_on"], order["order_id"])
        if order["channel"] == "outside" and key > latest.get(order["customer_id"], ((key[0].min, ""), ""))[0]:
            latest[order["customer_id"]] = (key, order["rep_id"])
    owners = {row["customer_id"]: row["owner_rep_id"] for row in rows(adventure, "customers")}
    assert all(owners[customer] == rep for customer, (_, rep) in latest.items())
    assert {row["segment"] for row in rows(adventure, "customers")} == {"dealer", "b2c"}
