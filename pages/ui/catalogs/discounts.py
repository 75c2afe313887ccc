"""Discounts: what is given away below list price, where, what it seems to bring; what goes below approved prices."""

from typing import Any

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, links, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch
from presentation import labels
from presentation.filters import Filters
from presentation.sentences import prices as sentences
from presentation.words import N_, text

WATERFALL = {"discounts": -1, "surcharges": 1, "unlisted": 1, "invoiced": 0, "returned": -1}
BY = {
    "by_category": (["category"], {"category": "category"}),
    "by_product": (["product"], {"product": "product_id"}),
    "by_catalog": (["catalog", "segment"], {"catalog": "catalog_id"}),
}
GIVEN = [
    "discounts", "discount_depth", "depth_change", "quantity_change", "units_against_rest", "discounts_base",
    "price_realisation",
]  # fmt: skip
SORTS = ["discounts", "units_against_rest", "depth_change", "discount_depth"]
# What a row of the leakage is called, and what it is.
LEAKED_BY = {
    "by_customer": ("customer", "customer_id"),
    "by_product": ("product", "product_id"),
    "by_channel": ("channel", "channel"),
}
LEAKED = ["leaked", "leaked_base", "below_approved", "lines", "quantity"]
LINES = [
    "ordered_on", "order_id", "leaked", "approved_price", "invoiced_price", "quantity", "product", "customer",
]  # fmt: skip


def show(f: Filters) -> None:
    """From list value to revenue and what leaks on the left; on the right what is given away, or lines that leak."""
    left, right = cards.two_columns()
    found, leaking = fetch("catalogs.price_waterfall", f), links.drill("leaking")
    with left:
        if loaded("catalogs.price_waterfall"):
            cards.title(sentences.given_away(found))
            _waterfall(found)
        if not leaking:
            _leaked(f)
    with right:
        if leaking:
            _lines(f, leaking)
        else:
            _given(f)


def _waterfall(found: Result) -> None:
    row = found.one()
    if row["list_value"]:
        steps = {step: sign for step, sign in WATERFALL.items() if row[step]}
        charts.bridge(found, "list_value", steps, "revenue", key="waterfall")
    else:
        way_out = text("Load `list_price` with `products` or `order_lines`, or choose a longer period.")
        cards.empty(text("No list prices are known."), way_out)
    origin.show(found)


def _given(f: Filters) -> None:
    if not loaded("catalogs.discounts"):
        return
    # What is chosen would be one row, so what it is made of is to be seen next.
    chosen = {"by_category": f.category, "by_catalog": f.catalog}
    codes = [code for code in BY if not chosen.get(code)]
    by = filters.switch("discounts_by", text("Discounts by"), codes)
    names, opens = BY[by]
    lists.browse(
        lists.Listing(
            "catalogs.discounts",
            names + GIVEN,
            total="discounted",
            sorts=SORTS,
            opens=opens,
            nothing=N_("Nothing was sold below its list price."),
        ),
        f,
        turn=[*BY].index(by),
        by=by,
    )


def _leaked(f: Filters) -> None:
    cards.title(text("Sold below approved prices"))
    if not loaded("catalogs.leakage"):
        return
    by = filters.switch("leaked_by", text("Leakage by"), [*LEAKED_BY])
    name, code = LEAKED_BY[by]
    lists.browse(
        lists.Listing(
            "catalogs.leakage",
            [name, *LEAKED],
            total="leaks",
            rows_shown=4,
            opens={"leaking": code},
            nothing=N_("Nothing was sold below the price its catalog asked."),
        ),
        f,
        turn=[*LEAKED_BY].index(by),
        by=by,
    )


def _lines(f: Filters, leaking: str) -> None:
    """The order lines behind a row of the leakage; a click opens the order."""
    links.back(text("All that was sold below approved prices"), "leaking")
    by = links.named("leaked_by", labels.named(LEAKED_BY)) or next(iter(LEAKED_BY))
    of: dict[str, Any] = {"by": by, "leaking": leaking}
    found = fetch("catalogs.leaking_lines", f, **of, search=None, sort=None, page_start=0, page_rows=1)
    if not len(found):
        cards.not_found()
        return
    name, _ = LEAKED_BY[by]
    cards.title(sentences.leaking(found, name))
    lists.browse(
        lists.Listing(
            "catalogs.leaking_lines",
            [column for column in LINES if column != name],
            total="leaking_lines",
            sorts=["leaked", "ordered_on"],
            rows_shown=12,
            opens={"customer": "customer_id", "order": "order_id"},
            on_page="customers",
        ),
        f,
        **of,
    )
