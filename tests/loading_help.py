"""A small company as files, and what a load left behind, for the tests of loading."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from data import settings
from data.loading import inputs, intake
from data.loading.report import Report
from data.loading.request import Request
from data.settings import Settings
from data.warehouse import build
from data.warehouse.engine import open_engine

TODAY = date(2026, 6, 30)

GOOD = {
    "customers.csv": "customer_id,name,segment\nC1,Ada,dealer\nC2,Bob,b2b\n",
    "products.csv": "product_id,name,category\nP1,Bolt,Fixings\nP2,Nut,Fixings\n",
    "orders.csv": "order_id,ordered_on,customer_id,currency\nO1,2026-01-15,C1,EUR\nO2,2026-02-20,C2,EUR\n",
    "order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\n"
    "O1,1,P1,10,2.50\nO1,2,P2,5,1.25\nO2,1,P1,-1,2.50\n",
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes the files (text as UTF-8) and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def where(home: Path) -> Settings:
    return replace(settings.current(), home=home)


def load(home: Path, folder: Path, mapping: str | None = None) -> Report:
    return intake.load(Request(folder, mapping, TODAY), where(home), open_engine)


def loaded(home: Path) -> inputs.Inputs:
    """What is loaded; something must be."""
    current = inputs.current(home)
    assert current is not None
    return current


def newest() -> Path:
    """The newest snapshot; there must be one."""
    path = build.newest(settings.current())
    assert path is not None
    return path


def quarantine_of(report: Report) -> Path:
    """Where a load put what it refused; it must have refused something."""
    assert report.quarantine is not None
    return report.quarantine


def rows(home: Path, table: str) -> list[dict[str, Any]]:
    """The loaded rows of a table, by key."""
    current = inputs.current(home)
    found = current.rows(table) if current else []
    return sorted(found, key=lambda row: [str(value) for value in row.values()])


def totals(home: Path) -> dict[str, tuple[int, int, int]]:
    """Rows in, loaded and quarantined of each table, from the ledger."""
    current = inputs.current(home)
    return {
        row["table"]: (row["rows_in"], row["loaded"], row["quarantined"])
        for row in (current.totals() if current else [])
    }


def quarantined(report: Report, table: str) -> list[dict[str, str]]:
    """Rows of a table's quarantine file."""
    assert report.quarantine is not None
    with (report.quarantine / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
