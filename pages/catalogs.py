"""Catalogs: which catalog works for whom, and what its products earn."""

from data.warehouse.access import Result
from pages.ui import cards, charts, grid, links, lists, origin, page_frame
from pages.ui.catalogs import assortment, discounts, groups, matrix, personal
from pages.ui.catalogs import product as one_product
from pages.ui.loaded import loaded
from pages.ui.source import fetch, fetch_all, fetch_compared
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
    """One product where one is asked for, else the catalogs side by side."""
    if product := links.drill("product"):
        one_product.show(f, product)
    else:
        overview(f)


def overview(f: Filters) -> None:
    """The catalogs with the figures of all, and one of the lists."""
    catalogs, figures = fetch_all(f, "catalogs.comparison", "catalogs.kpis")
    alike = fetch("catalogs.like_for_like", f.comparable or f)
    cards.headline(sentences.best_catalog(alike, figures), beside=f.compared())
    cards.numbers(figures, ["revenue", "margin_rate", "price_realisation", "products_sold", "quantity"],
                  compared=fetch_compared("catalogs.kpis", f))  # fmt: skip
    shown = lists.switch(LISTS, figures, alike)
    if shown in PANELS:
        PANELS[shown](f)
        return
    left, right = cards.two_columns()
    with left:
        if loaded("catalogs.comparison"):
            compared_catalogs(f, catalogs)
        assortment.losses(f)
    with right:
        BESIDE[shown](f)


def compared_catalogs(f: Filters, catalogs: Result) -> None:
    """What each catalog brings, as a chart and a list."""
    if f.is_compared:
        cards.title(text("Revenue by catalog and target group, the tick marks the comparison"))
    else:
        cards.title(text("Revenue by catalog and target group"))
    if len(catalogs):
        charts.bullet(catalogs, by="catalog", value="revenue", target="revenue_base", key="catalogs", **groups.NARROWED)
        grid.drillable(catalogs, COMPARISON, "comparison", 5, **groups.NARROWED)
    else:
        way_out = text("Load `catalogs` and give each customer or order its catalog.")
        cards.empty(text("No catalogs are loaded."), way_out)
    origin.show(catalogs)


page_frame.show("catalogs", body, "period", "compare", "segment", "category", "catalog")
