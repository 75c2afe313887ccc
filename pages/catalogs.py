"""Catalogs: which catalog works for whom, and what its products earn."""

from pages.ui import cards, links, lists, page_frame
from pages.ui.catalogs import assortment, discounts, groups, matrix, personal
from pages.ui.catalogs import product as one_product
from pages.ui.loaded import loaded
from pages.ui.source import fetch, fetch_all, fetch_compared
from presentation.filters import Filters
from presentation.sentences import catalogs as sentences

# Lists that take the whole width, and those beside the catalogs.
PANELS = {"groups": groups.show, "discounts": discounts.show, "matrix": matrix.show, "proposals": personal.show}
BESIDE = {"products": assortment.products, "pairs": assortment.pairs}
LISTS = ["products", "groups", "discounts", "matrix", "pairs", "proposals"]


def body(f: Filters) -> None:
    """One product where one is asked for, else the catalogs side by side."""
    if product := links.drill("product"):
        one_product.show(f, product)
    else:
        overview(f)


def overview(f: Filters) -> None:
    """The catalogs with the figures of all, and one of the lists."""
    catalogs, figures = fetch_all(f, "catalogs.comparison", "catalogs.kpis")
    standings = fetch("catalogs.standings", f.comparable or f)
    cards.headline(sentences.best_catalog(standings, figures), beside=f.compared())
    cards.numbers(figures, ["revenue", "margin_rate", "price_realisation", "products_sold", "quantity"],
                  compared=fetch_compared("catalogs.kpis", f))  # fmt: skip
    shown = lists.switch(LISTS, figures, standings)
    if shown in PANELS:
        PANELS[shown](f)
        return
    left, right = cards.two_columns()
    with left:
        if loaded("catalogs.comparison"):
            groups.side_by_side(f, catalogs)
        assortment.losses(f)
    with right:
        BESIDE[shown](f)


page_frame.show("catalogs", body, "period", "compare", "segment", "category", "catalog")
