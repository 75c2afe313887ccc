"""Catalogs: which catalog works for whom, and what its products earn."""

import streamlit as st

from pages.ui import assortment, cards, charts, filters, frame, groups, lists, sentences
from pages.ui.source import fetch, together
from pages.ui.words import text

LISTS = ["products", "groups", "pairs"]
COMPARISON = [
    "catalog", "segment", "revenue", "change", "margin_rate", "price_realisation", "buyers", "penetration", "breadth",
    "order_frequency",
]  # fmt: skip
BUYERS = ["customer", "segment", "revenue", "margin_rate", "orders", "quantity", "last_bought_on"]


def body(f: filters.Filters) -> None:
    if product := filters.drill("product"):
        one_product(f, product)
    else:
        overview(f)


def overview(f: filters.Filters) -> None:
    catalogs, figures, alike = together(f, "catalogs.comparison", "catalogs.kpis", "catalogs.like_for_like")
    cards.headline(sentences.best_catalog(alike, figures), beside=filters.compared(f))
    cards.numbers(figures, ["revenue", "margin_rate", "price_realisation", "products_sold", "quantity"])
    left, right = st.columns([2, 3], gap="medium")
    with right:
        shown = filters.switch("list", text("List"), LISTS)
    if shown == "groups":
        groups.show(f, left, right)
        return
    with left:
        cards.title(text("Revenue by catalog and target group, the tick marks the comparison"))
        if len(catalogs):
            charts.bullet(catalogs, by="catalog", value="revenue", target="revenue_base", key="catalogs")
            lists.drillable(catalogs, COMPARISON, "comparison", 5, **groups.NARROWED)
        else:
            way_out = text("Load `catalogs` and give each customer or order its catalog.")
            cards.empty(text("No catalogs are loaded."), way_out)
        lists.origin(catalogs, figures)
        assortment.losses(f)
    with right:
        if shown == "pairs":
            assortment.pairs(f)
        else:
            assortment.products(f)


def one_product(f: filters.Filters, product: str) -> None:
    filters.back(text("All products"), "product")
    found = fetch("catalogs.product", f, product=product)
    if not len(found):
        cards.not_found()
        return
    cards.headline(cards.literal(found.one()["product"]), beside=filters.compared(f))
    cards.facts(found, ["sku", "category", "brand", "stock"])
    cards.numbers(found, ["revenue", "margin_rate", "price_realisation", "quantity"])
    left, right = st.columns(2, gap="medium")
    with left:
        months = fetch("catalogs.product_months_trend", f, product=product)
        cards.title(text("Revenue by month, the last one still open"))
        charts.trend(months, y="revenue", key="product-months", height=260)
        lists.origin(found, months)
        assortment.seasons(f, product)
    with right:
        cards.title(text("Who buys it"))
        opens = {"customer": "customer_id"}
        lists.browse(
            "catalogs.product_buyers", f, BUYERS, total="buyers", opens=opens, on_page="customers", rows_shown=8,
            product=product,
        )  # fmt: skip
        assortment.goes_with(f, product)


frame.show("catalogs", body, "period", "compare", "segment", "category", "catalog")
