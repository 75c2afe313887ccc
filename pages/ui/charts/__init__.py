"""One function a chart kind. A kind is built once in Altair and kept as a Vega-Lite dict; only data change."""

from pages.ui.charts.bars import bridge, bullet, ranked
from pages.ui.charts.over_time import cadence, incidence, months, outlook, season, stays, trend
from pages.ui.charts.rates import dots, matrix, pareto, quadrant

__all__ = [
    "bridge",
    "bullet",
    "cadence",
    "dots",
    "incidence",
    "matrix",
    "months",
    "outlook",
    "pareto",
    "quadrant",
    "ranked",
    "season",
    "stays",
    "trend",
]
