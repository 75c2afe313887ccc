"""Discounts: what is given away below list price, where, what it seems to bring; what goes below approved prices."""

from streamlit.delta_generator import DeltaGenerator

from data.access import Result
from pages.ui import cards, charts, filters, lists, sentences
from pages.ui.source import fetch
from pages.ui.words import text

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
LEAKED_BY = {
    "by_customer": (["customer"], "customers", {"customer": "customer_id"}),
    "by_product": (["product"], "", {"product": "product_id"}),
    "by_channel": (["channel"], "", {}),
}
LEAKED = ["leaked", "leaked_base", "below_approved", "lines", "quantity"]


def show(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """From list value to revenue on the left; on the right what is given away and what leaks, largest first."""
    found = fetch("catalogs.price_waterfall", f)
    with left:
        cards.title(sentences.given_away(found))
        _waterfall(found)
    with right:
        _given(f)
        _leaked(f)


def _waterfall(found: Result) -> None:
    row = found.one()
    if row["list_value"]:
        steps = {step: sign for step, sign in WATERFALL.items() if row[step]}
        charts.bridge(found, "list_value", steps, "revenue", key="waterfall")
    else:
        way_out = text("Load `list_price` with `products` or `order_lines`, or choose a longer period.")
        cards.empty(text("No list prices are known."), way_out)
    lists.origin(found)


def _given(f: filters.Filters) -> None:
    # What is chosen would be one row, so what it is made of is to be seen next.
    chosen = {"by_category": f.category, "by_catalog": f.catalog}
    codes = [code for code in BY if not chosen.get(code)]
    by = filters.switch("discounts_by", text("Discounts by"), codes)
    names, opens = BY[by]
    lists.browse(
        "catalogs.discounts",
        f,
        names + GIVEN,
        total="discounted",
        sorts=SORTS,
        rows_shown=5,
        opens=opens,
        nothing=text("Nothing was sold below its list price."),
        turn=[*BY].index(by),
        by=by,
    )


def _leaked(f: filters.Filters) -> None:
    cards.title(text("Sold below approved prices"))
    by = filters.switch("leaked_by", text("Leakage by"), [*LEAKED_BY])
    names, page, opens = LEAKED_BY[by]
    lists.browse(
        "catalogs.leakage",
        f,
        names + LEAKED,
        total="leaks",
        rows_shown=4,
        opens=opens,
        on_page=page,
        nothing=text("Nothing was sold below the price its catalog asked."),
        turn=[*LEAKED_BY].index(by),
        by=by,
    )
