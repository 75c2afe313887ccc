"""Catalog against catalog: which works for whom, and what the difference to the comparison period is made of."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from data.warehouse.access import Result
from pages.ui import cards, charts, grid, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch_all
from presentation.filters import Filters
from presentation.words import text

STEPS = {"price_effect": 1, "volume_effect": 1, "mix_effect": 1}
EFFECTS = ["catalog", "revenue_base", *STEPS, "revenue", "price_change"]
ALIKE = [
    "catalog", "segment", "standing", "change", "change_low", "change_high", "others_change", "difference",
    "difference_low", "difference_high", "same_customers", "others", "revenue",
]  # fmt: skip
MATCHED = [
    "catalog", "segment", "standing", "difference_per_account", "difference_low", "difference_high",
    "revenue_per_account", "others_per_account", "accounts", "matched", "others",
]  # fmt: skip
COMPARISON = [
    "catalog", "segment", "revenue", "change", "margin_rate", "price_realisation", "buyers", "penetration", "breadth",
    "order_frequency",
]  # fmt: skip
NARROWED = {"catalog": "catalog_id", "segment": "segment"}


def show(f: Filters) -> None:
    """Price, volume and mix on the left; the same customers, and accounts of the same kind, on the right."""
    if not loaded("catalogs.price_volume_mix"):
        return
    shared = cards.comparing(f)
    if shared is None:
        return
    left, right = cards.two_columns()
    names = ("catalogs.price_volume_mix", "catalogs.like_for_like", "catalogs.matched")
    effects, alike, matched = fetch_all(shared, *names)
    with left:
        cards.title(text("Why revenue differs from the comparison: price, volume and mix"))
        if len(effects):
            charts.bridge(_summed(effects), "revenue_base", STEPS, "revenue", key="effects")
            grid.drillable(effects, EFFECTS, "effects-list", 6, catalog="catalog_id")
        else:
            cards.empty(text("Nothing was sold from a catalog."), text("Choose a longer period or widen the filters."))
        origin.show(effects)
    with right:
        cards.title(text("The same customers before and after"))
        _compared(alike, ALIKE, "like-for-like")
        cards.title(text("Accounts of the same segment and size in other catalogs"))
        if loaded("catalogs.matched"):
            _compared(matched, MATCHED, "matched")
        cards.note(
            text(
                "Ahead: ahead in one of the two lists and behind in neither. The intervals of all differences together "
                "hold nine of ten."
            )
        )
        origin.show(alike, matched)


def _compared(found: Result, columns: list[str], key: str) -> None:
    if len(found):
        grid.drillable(found, columns, key, 6, **NARROWED)
    else:
        cards.empty(text("No customers to compare in these periods."))


def _summed(effects: Result) -> Result:
    """All catalogs in one row; each adds up, so do they together."""
    sums = {column: [pc.sum(effects.table[column])] for column in ("revenue_base", *STEPS, "revenue")}
    return replace(effects, table=pa.table(sums))


def side_by_side(f: Filters, catalogs: Result) -> None:
    """What each catalog brings, as a chart and a list."""
    if f.is_compared:
        cards.title(text("Revenue by catalog and target group, the tick marks the comparison"))
    else:
        cards.title(text("Revenue by catalog and target group"))
    if len(catalogs):
        charts.bullet(catalogs, by="catalog", value="revenue", target="revenue_base", key="catalogs", **NARROWED)
        grid.drillable(catalogs, COMPARISON, "comparison", 5, **NARROWED)
    else:
        way_out = text("Load `catalogs` and give each customer or order its catalog.")
        cards.empty(text("No catalogs are loaded."), way_out)
    origin.show(catalogs)
