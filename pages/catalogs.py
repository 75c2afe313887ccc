"""Catalogs: which catalog works for whom, and what its products earn."""

import streamlit as st

from pages.ui import cards, charts, filters, format, frame, labels, lists
from pages.ui.source import fetch
from pages.ui.words import text

COMPARISON = (
    "catalog",
    "segment",
    "revenue",
    "change",
    "margin_rate",
    "price_realisation",
    "buyers",
    "penetration",
    "breadth",
)
PRODUCTS = ("sku", "product", "revenue", "change", "margin", "margin_rate", "price_realisation", "quantity", "category")
PRODUCT_SORTS = ("revenue", "change", "margin", "margin_rate", "quantity", "product")
BUYERS = ("customer", "segment", "revenue", "margin_rate", "orders", "quantity", "last_bought_on")


def body() -> None:
    f = filters.bar("period", "compare", "segment", "category", "catalog")
    if product := filters.drill("product"):
        one_product(f, product)
    else:
        overview(f)


def overview(f: filters.Filters) -> None:
    catalogs = fetch("catalogs.comparison", f)
    figures = fetch("catalogs.kpis", f)
    cards.headline(sentence(catalogs.rows(), figures.one(), figures.snapshot.currency), beside=filters.compared(f))
    cards.numbers(figures, ("revenue", "margin_rate", "price_realisation", "products_sold", "quantity"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        cards.title(text("Revenue by catalog and target group, the tick marks the comparison"))
        if len(catalogs):
            charts.bullet(catalogs, by="catalog", value="revenue", target="revenue_base", key="catalogs", height=170)
            lists.plain(catalogs, "comparison", COMPARISON, rows_shown=5)
        else:
            cards.empty(
                text("No catalogs are loaded."), text("Load `catalogs` and give each customer or order its catalog.")
            )
        lists.origin(catalogs, figures)
    with right:
        lists.browse(
            "catalogs.products", f, PRODUCTS, total="products", sorts=PRODUCT_SORTS, opens={"product": "product_id"}
        )


def sentence(catalogs: list[dict], figures: dict, currency: str) -> str:
    sold = [row for row in catalogs if row["revenue"] > 0 and row["margin_rate"] is not None]
    if not sold:
        return text(
            "{number} products sold {revenue}",
            number=format.value(figures["products_sold"], "count"),
            revenue=format.value(figures["revenue"], "money", currency),
        )
    best = max(sold, key=lambda row: (row["margin_rate"], row["catalog_id"]))
    return text(
        "{catalog} keeps the highest margin of {number} catalogs: {rate} of {revenue} from {segment}",
        catalog=format.literal(best["catalog"]),
        number=len({row["catalog_id"] for row in sold}),
        rate=format.value(best["margin_rate"], "ratio"),
        revenue=format.value(best["revenue"], "money", currency),
        segment=labels.code(best["segment"]).lower(),
    )


def one_product(f: filters.Filters, product: str) -> None:
    filters.back(text("All products"), "product")
    found = fetch("catalogs.product", f, product=product)
    if not len(found):
        cards.not_found()
        return
    cards.headline(format.literal(found.one()["product"]), beside=filters.compared(f))
    cards.facts(found, ("sku", "category", "brand", "stock"))
    cards.numbers(found, ("revenue", "margin_rate", "price_realisation", "quantity"))
    left, right = st.columns(2, gap="medium")
    with left:
        months = fetch("catalogs.product_months_trend", f, product=product)
        cards.title(text("Revenue by month, the last one still open"))
        charts.trend(months, y="revenue", key="product-months", height=260)
        lists.origin(found, months)
    with right:
        cards.title(text("Who buys it"))
        lists.browse("catalogs.product_buyers", f, BUYERS, total="buyers", rows_shown=8, product=product)


frame.show("catalogs", body)
