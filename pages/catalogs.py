"""Catalogs: which catalog works for whom, and what its products earn."""

import streamlit as st

from pages.ui import cards, charts, filters, lists, page_frame
from pages.ui.catalogs import assortment, discounts, groups, matrix, personal
from pages.ui.catalogs import product as one_product
from pages.ui.source import together
from presentation.filters import Filters
from presentation.sentences import catalogs as sentences
from presentation.words import text

# Lists that take the whole width, and those beside the catalogs.
PANELS = {"groups": groups.show, "discounts": discounts.show, "matrix": matrix.show, "proposals": personal.show}
BESIDE = {"products": assortment.products, "pairs": assortment.pairs}
LISTS = ["products", "groups", "discounts", "matrix", "pairs", "proposals"]
COMPARISON = [
    "catalog", "segment", "revenue", "change", "margin_rate", "price_realisation", "buyers", "penetration", "breadth",
    "order_frequency",
]  # fmt: skip


def body(f: Filters) -> None:
    if product := filters.drill("product"):
        one_product.show(f, product)
    else:
        overview(f)


def overview(f: Filters) -> None:
    catalogs, figures, alike = together(f, "catalogs.comparison", "catalogs.kpis", "catalogs.like_for_like")
    cards.headline(sentences.best_catalog(alike, figures), beside=f.compared())
    cards.numbers(figures, ["revenue", "margin_rate", "price_realisation", "products_sold", "quantity"])
    shown = lists.chosen(LISTS, figures, alike)
    left, right = st.columns([2, 3], gap="medium")
    if shown in PANELS:
        PANELS[shown](f, left, right)
        return
    with left:
        cards.title(text("Revenue by catalog and target group, the tick marks the comparison"))
        if len(catalogs):
            charts.bullet(
                catalogs, by="catalog", value="revenue", target="revenue_base", key="catalogs", **groups.NARROWED
            )
            lists.drillable(catalogs, COMPARISON, "comparison", 5, **groups.NARROWED)
        else:
            way_out = text("Load `catalogs` and give each customer or order its catalog.")
            cards.empty(text("No catalogs are loaded."), way_out)
        lists.origin(catalogs)
        assortment.losses(f)
    with right:
        BESIDE[shown](f)


page_frame.show("catalogs", body, "period", "compare", "segment", "category", "catalog")
