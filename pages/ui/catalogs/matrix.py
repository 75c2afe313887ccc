"""The assortment matrix: what role each product plays, and how it answers to its price."""

from pages.ui import cards, charts, lists
from pages.ui.catalogs import what_if
from pages.ui.loaded import loaded
from presentation.filters import Filters
from presentation.sentences import catalogs as sentences
from presentation.words import N_, text

COLUMNS = [
    "product", "role", "orders", "margin_rate", "elasticity", "elasticity_low", "elasticity_high", "is_published",
    "price_points", "price_source", "revenue", "margin", "quantity", "category", "sku",
]  # fmt: skip
SORTS = ["orders", "margin", "margin_rate", "elasticity", "revenue"]
ROLES = ["traffic", "profit", "niche", "drop_candidate", "cost_unknown"]
SPLITS = ["0.25", "0.33", "0.5", "0.67", "0.75", "0.9"]
MIDDLE = "0.5"
# What makes a product traffic, profit, niche or a drop candidate.
ROLE_RULE = N_(
    "Traffic: wanted, low margin rate. Profit: wanted and earning. Niche: earning, less wanted. Drop candidate: "
    "neither. Where the lines are is yours to choose."
)


def show(f: Filters) -> None:
    """Every product with its role on the right; on the left those listed against each other, and a change of price."""
    left, right = cards.two_columns()
    with right:
        found = lists.browse(
            lists.Listing(
                "catalogs.assortment",
                COLUMNS,
                total="products",
                sorts=SORTS,
                rows_shown=9,
                opens={"product": "product_id"},
                narrows={
                    "role": lists.Narrowing(ROLES, ROLE_RULE),
                    "demand_split": lists.Narrowing(
                        SPLITS, N_("Wanted: in more orders than this share of all."), MIDDLE
                    ),
                    "margin_split": lists.Narrowing(
                        SPLITS, N_("Earning: a higher margin rate than this share."), MIDDLE
                    ),
                },
            ),
            f,
        )
        cards.note(sentences.role_lines(found))
    with left:
        cards.title(text("Margin rate against elasticity of the products listed"))
        if not loaded("catalogs.what_if"):  # it needs costs, as a margin rate does
            return
        if any(row["elasticity"] is not None and row["margin_rate"] is not None for row in found.rows()):
            charts.quadrant(found, "margin_rate", "elasticity", "revenue", "role", key="matrix")
            cards.note(text("Grey: too few price changes of its own, so that its brand and category speak for it."))
        else:
            cards.empty(
                text("No elasticity is known for these products."),
                text("It takes several price changes in 36 months, bought by five customers or more."),
            )
        what_if.show(f)
