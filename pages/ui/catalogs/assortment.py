"""The assortment: how its products move, what is bought together, when in the year, and what loses customers."""

import streamlit as st

from pages.ui import cards, charts, grid, lists, origin
from pages.ui.source import fetch
from presentation.filters import Filters
from presentation.words import N_, plural, text

SHOWN = [
    "product", "movement", "revenue", "change", "abc", "xyz", "stock_cover_days", "margin_rate", "quantity", "category",
]  # fmt: skip
MENU = [
    "movement", "revenue", "revenue_base", "change", "abc", "xyz", "stock_cover_days", "margin", "margin_rate",
    "price_realisation", "quantity", "category", "brand", "sku",
]  # fmt: skip
SORTS = [
    "revenue", "revenue_least", "change", "gain", "margin", "margin_least", "margin_rate", "margin_rate_least",
    "quantity", "quantity_least", "stock_cover", "stock_cover_least", "product",
]  # fmt: skip
MOVEMENTS = ["new", "rising", "steady", "falling", "dying", "gone"]
PAIRS = ["product", "other_product", "lift", "lift_low", "lift_high", "orders_both", "support"]
PAIR_SORTS = ["lift_low", "orders_both"]
GOES_WITH = ["other_product", "lift", "lift_low", "lift_high", "confidence", "orders_both"]
LOSSES = ["category", "customers_stopped", "customers_declining", "at_stake"]
# What makes a product new, dying or gone.
MOVEMENT_RULE = N_(
    "Gone: sold in the comparison period, not in this one. New: first sold in this period or the last 180 days. "
    "Dying: in the last 90 days bought less than half as often as usual and as a year ago. Falling and rising: "
    "revenue 10% below or above the comparison."
)
# Where the lines between A, B and C are.
ABC_RULE = N_("By revenue of what is chosen. A: the products that bring the first 80%. B: up to 95%. C: the rest.")
# Where the lines between X, Y and Z are.
XYZ_RULE = N_(
    "By units of each of the last twelve full months in the whole company: deviation over mean up to 0.5 is X, up "
    "to 1 is Y, above is Z."
)


def products(f: Filters) -> None:
    """Every product with its movement: from the top or from the bottom, narrowed to a movement or a class."""
    lists.browse(
        lists.Listing(
            "catalogs.products",
            SHOWN,
            total="products",
            sorts=SORTS,
            opens={"product": "product_id"},
            narrows={
                "movement": lists.Narrowing(MOVEMENTS, MOVEMENT_RULE),
                "abc": lists.Narrowing(["A", "B", "C"], ABC_RULE),
                "xyz": lists.Narrowing(["X", "Y", "Z"], XYZ_RULE),
            },
            menu=MENU,
        ),
        f,
    )


def pairs(f: Filters) -> None:
    """What is bought together more often than chance, and when in the year what is chosen is bought."""
    lists.browse(
        lists.Listing(
            "catalogs.pairs",
            PAIRS,
            total="pairs",
            sorts=PAIR_SORTS,
            opens={"product": "product_id"},
            nothing=N_("No two products stand in ten common orders of five customers."),
        ),
        f,
        product=None,
    )
    seasons(f, None)


def goes_with(f: Filters, product: str) -> None:
    """What is bought together with one product."""
    cards.title(text("Bought together with it"))
    lists.browse(
        lists.Listing(
            "catalogs.pairs",
            GOES_WITH,
            total="pairs",
            rows_shown=5,
            opens={"product": "other_product_id"},
            nothing=N_("Nothing stands with it in ten common orders of five customers."),
        ),
        f,
        turn=product,
        product=product,
        search=None,
        sort=None,
    )


def seasons(f: Filters, product: str | None) -> None:
    """How a year's units spread over the months; of one product, or of all that is chosen."""
    shares = fetch("catalogs.seasonal_profile", f, product=product)
    if not len(shares):
        cards.note(text("It takes a full year of sales to tell a season."))
        return
    years = shares.table["years"][0].as_py()
    cards.title(
        plural(
            "Share of a year's units by month, over {years} full year",
            "Share of a year's units by month, over {years} full years",
            years,
            years=years,
        )
    )
    charts.season(shares, by="calendar_month", y="share", key="season", height=150)
    origin.show(shares)


def losses(f: Filters) -> None:
    """Categories that customers leave; a click shows who they are."""
    cards.title(text("Categories losing customers"))
    found = fetch("catalogs.category_losses", f)
    if len(found):
        grid.drillable(found, LOSSES, "category-losses", 4, "customers", "category_risks", category="category")
    else:
        st.markdown(text("None."))
    origin.show(found)
