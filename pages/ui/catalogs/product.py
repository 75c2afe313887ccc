"""One product: what it earns, when, with what, who buys it, and what another price would do."""

import streamlit as st

from pages.ui import cards, charts, links, lists, origin
from pages.ui.catalogs import assortment, what_if
from pages.ui.source import fetch, fetch_compared
from presentation.filters import Filters
from presentation.format import literal
from presentation.words import text

BUYERS = ["customer", "segment", "revenue", "margin_rate", "orders", "quantity", "last_bought_on"]


def show(f: Filters, product: str) -> None:
    """Everything about one product, under the filters of the page."""
    links.back(text("All products"), "product")
    found = fetch("catalogs.product", f, product=product)
    if not len(found):
        cards.not_found()
        return
    cards.headline(literal(found.one()["product"]), beside=f.compared())
    cards.facts(found, ["sku", "category", "brand", "stock"])
    cards.numbers(found, ["revenue", "margin_rate", "price_realisation", "quantity"],
                  compared=fetch_compared("catalogs.product", f, product=product))  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left:
        months = fetch("catalogs.product_months_trend", f, product=product)
        cards.title(text("Revenue by month, the last one still open"))
        charts.trend(months, y="revenue", key="product-months", height=260)
        origin.show(found, months)
        what_if.show(f, product)
        assortment.seasons(f, product)
    with right:
        cards.title(text("Who buys it"))
        lists.browse(
            lists.Listing(
                "catalogs.product_buyers",
                BUYERS,
                total="buyers",
                opens={"customer": "customer_id"},
                on_page="customers",
                rows_shown=8,
            ),
            f,
            product=product,
        )
        assortment.goes_with(f, product)
