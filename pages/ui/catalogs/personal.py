"""Personal catalogs: what to add and what to drop for one customer or for a group, and the proposal to take along."""

import datetime as dt
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from data.warehouse.access import Result
from pages.ui import cards, charts, export_button, links, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch, may, snapshot
from presentation import format, spreadsheet
from presentation.filters import Filters
from presentation.sentences import personal_catalogs as sentences
from presentation.words import N_, text

PROPOSALS = [
    "product", "action", "reason", "yearly_potential", "sold_elsewhere", "is_offered", "buyers", "proposed_to",
    "last_bought_on", "price", "category",
]  # fmt: skip
SORTS = ["action", "yearly_potential", "sold_elsewhere", "buyers", "product"]
CUSTOMERS = ["customer", "penetration", "products_bought", "proposals", "yearly_potential"]


def show(f: Filters) -> None:
    """What it changes, over time and by customer, on the left; the products on the right."""
    if not loaded("catalogs.personal"):
        return
    left, right = cards.two_columns()
    customer = links.drill("for")
    whole = {"customer": customer, "action": None, "search": None, "sort": None, "page_start": 0}
    found = fetch("catalogs.personal", f, **whole, page_rows=1)
    with left:
        if customer:
            links.back(text("All customers"), "for")
        if not len(found):
            _nothing(f, customer)
            return
        group = replace(f, catalog=found.one()["catalog_id"], segment=None if customer else f.segment)
        _effect(group, found, customer)
        if not customer:
            cards.title(text("Its customers: one opens its own catalog"))
            lists.browse(
                lists.Listing(
                    "catalogs.personal_customers",
                    CUSTOMERS,
                    total="customers",
                    opens={"for": "customer_id"},
                    sorts=["yearly_potential", "penetration", "customer"],
                    rows_shown=6,
                ),
                group,
            )
    with right:
        rule = N_("Kept are also products that are new or that are proposed to a few.")
        narrows = {"action": lists.Narrowing(["add", "drop", "keep"], rule)}
        lists.browse(
            lists.Listing(
                "catalogs.personal",
                PROPOSALS,
                total="products",
                sorts=SORTS,
                narrows=narrows,
                opens={"product": "product_id"},
                rows_shown=12,
            ),
            f,
            customer=customer,
        )
        _files_to_load(f, whole)


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
    origin.show(found, months)


def _files_to_load(f: Filters, whole: dict[str, Any]) -> None:
    """The proposed catalog as two files to load; made when asked for."""
    if not may("export", "catalogs"):
        return
    label = text("Proposed catalog as files")
    with st.popover(label, icon=":material/download:", type="tertiary", key="proposal", on_change="rerun") as popover:
        if not popover.open:
            return
        files, left_out = _as_inputs(fetch("catalogs.personal", f, **whole, page_rows=spreadsheet.MOST_ROWS))
        for table, content in files.items():
            export_button.download(
                f"{table}.csv",
                partial(export_button.File, content),
                f"{table}.csv",
                "text/csv",
                key=f"proposal-{table}",
                about="catalogs.personal",
            )
        cards.note(text("Put both into one folder and load it: the catalog itself, and what it offers from when on."))
        if left_out:
            said = text(
                "Left out, without a price or with an id that is a formula: {number}.",
                number=format.value(left_out, "count"),
            )
            cards.note(said)


def _as_inputs(proposed: Result) -> tuple[dict[str, bytes], int]:
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
    items_file, left_out = spreadsheet.as_input("catalog_items", items)
    catalog, _ = spreadsheet.as_input("catalogs", [of_catalog | {"name": name}])
    return {"catalogs": catalog, "catalog_items": items_file}, left_out
