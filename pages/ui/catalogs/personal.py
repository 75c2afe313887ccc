"""Personal catalogs: what to add and what to drop for one customer or for a group, and the proposal to take along."""

import datetime as dt
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, lists
from pages.ui.source import fetch, snapshot
from presentation import export, format
from presentation.filters import Filters
from presentation.sentences import personal_catalogs as sentences
from presentation.words import text

PROPOSALS = [
    "product", "action", "reason", "yearly_potential", "sold_elsewhere", "is_offered", "buyers", "proposed_to",
    "last_bought_on", "price", "category",
]  # fmt: skip
SORTS = ["action", "yearly_potential", "sold_elsewhere", "buyers", "product"]
CUSTOMERS = ["customer", "penetration", "products_bought", "proposals", "yearly_potential"]


def show(f: Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """What it changes, over time and by customer, on the left; the products on the right."""
    customer = filters.drill("for")
    whole = {"customer": customer, "action": None, "search": None, "sort": None, "page_start": 0}
    found = fetch("catalogs.personal", f, **whole, page_rows=1)
    with left:
        if customer:
            filters.back(text("All customers"), "for")
        if not len(found):
            _nothing(f, customer)
            return
        group = replace(f, catalog=found.one()["catalog_id"], segment=None if customer else f.segment)
        _effect(group, found, customer)
        if not customer:
            cards.title(text("Its customers: one opens its own catalog"))
            lists.browse(
                "catalogs.personal_customers", group, CUSTOMERS, total="customers", opens={"for": "customer_id"},
                sorts=["yearly_potential", "penetration", "customer"], rows_shown=6,
            )  # fmt: skip
    with right:
        rule = text("Kept are also products that are new or that are proposed to a few.")
        narrows = {"action": lists.Narrowing(["add", "drop", "keep"], rule)}
        lists.browse(
            "catalogs.personal", f, PROPOSALS, total="products", sorts=SORTS, narrows=narrows, customer=customer,
            opens={"product": "product_id"}, rows_shown=12,
        )  # fmt: skip
        _take_along(f, whole)


def _nothing(f: Filters, customer: str | None) -> None:
    if customer and not len(fetch("customers.profile", f, customer=customer)):
        cards.not_found()
    else:
        cards.empty(
            text("There is nothing to propose."), text("Load `catalogs` and `catalog_items`, or widen the filters.")
        )


def _effect(group: Filters, found: Result, customer: str | None) -> None:
    months = fetch("catalogs.penetration_trend", group, customer=customer)
    cards.title(sentences.proposals(found))
    cards.note(sentences.proposed_for(found))
    cards.numbers(found, ["penetration", "penetration_proposed"])
    if len(months):
        cards.title(text("Assortment penetration: bought in a year, of what the catalog offers"))
        charts.trend(months, y="penetration", key="penetration-months", height=200)
    lists.origin(found, months)


def _take_along(f: Filters, whole: dict[str, Any]) -> None:
    """The proposed catalog as two files to load; made when asked for."""
    label = text("Proposed catalog as files")
    with st.popover(label, icon=":material/download:", type="tertiary", key="proposal", on_change="rerun") as popover:
        if not popover.open:
            return
        files, left_out = _files(fetch("catalogs.personal", f, **whole, page_rows=export.MOST_ROWS))
        for table, content in files.items():
            st.download_button(
                f"{table}.csv", content, f"{table}.csv", "text/csv", on_click="ignore", key=f"proposal-{table}"
            )
        cards.note(text("Put both into one folder and load it: the catalog itself, and what it offers from when on."))
        if left_out:
            said = text(
                "Left out, without a price or with an id that is a formula: {number}.",
                number=format.value(left_out, "count"),
            )
            cards.note(said)


def _files(proposed: Result) -> tuple[dict[str, bytes], int]:
    """The input tables of the proposed catalog, in force from the day after the data end; how many were left out."""
    row, *_ = rows = proposed.rows()
    since = dt.date.fromisoformat(snapshot().as_of) + dt.timedelta(days=1)
    name = text("Personal catalog: {name}", name=row["customer"] or row["catalog"] or "")
    of_catalog = {"catalog_id": row["proposal_id"], "valid_from": since}
    items = [
        of_catalog | {"product_id": item["product_id"], "price": item["price"]}
        for item in rows
        if item["action"] != "drop"
    ]
    offered, left_out = export.as_input("catalog_items", items)
    catalog, _ = export.as_input("catalogs", [of_catalog | {"name": name}])
    return {"catalogs": catalog, "catalog_items": offered}, left_out
