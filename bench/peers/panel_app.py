"""The customers page in Panel: parts made once and changed together, our SQL with results kept, fifty rows a page."""

import sys
from typing import Any

import panel as pn

from bench.peers import shared


def page() -> pn.Column:
    """The page: filters, headline, figures, chart and book."""
    period = pn.widgets.RadioButtonGroup(options=shared.CHOICES["period"], css_classes=["period"])
    compare = pn.widgets.RadioButtonGroup(options=shared.CHOICES["compare"], css_classes=["compare"])
    words = shared.CHOICES["segment"][1:]
    segment = pn.widgets.Select(options={"All segments": None} | {w: w for w in words}, css_classes=["segment"])
    number = pn.widgets.IntInput(value=1, start=1, width=80)
    headline = pn.pane.Markdown()
    cards = [pn.pane.Markdown(sizing_mode="stretch_width") for _ in range(5)]
    chart = pn.pane.ECharts({}, height=360, sizing_mode="stretch_width")
    table = pn.widgets.Tabulator(
        height=338, sizing_mode="stretch_width", show_index=False, disabled=True, titles=shared.HEADINGS
    )

    def show(*_: Any) -> None:
        view = shared.view(period.value, compare.value, segment.value, number.value)
        with pn.io.hold():
            headline.object = f"### {view['headline']}"
            for card, (label, value, change) in zip(cards, view["figures"], strict=True):
                card.object = f"{label}\n\n**{value}**\n\n{change}"
            chart.object = _bars(
                view["silent"]["customer"].tolist(), view["silent"]["likely_loss"].astype(float).tolist()
            )
            table.value = view["book"][list(shared.COLUMNS_SHOWN)]

    for widget in (period, compare, segment, number):
        widget.param.watch(show, "value")
    show()
    choices = pn.Row(period, compare, segment, number)
    return pn.Column(choices, headline, pn.Row(*cards), pn.Row(chart, table), sizing_mode="stretch_width")


def _bars(names: list[str], losses: list[float]) -> dict[str, Any]:
    label = {"show": True, "position": "right", "formatter": "{c}"}
    return {
        "animation": False,
        "grid": {"left": 190, "top": 10, "bottom": 30},
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "series": [{"type": "bar", "data": [round(loss) for loss in losses], "label": label}],
    }


if __name__ == "__main__":
    pn.extension("tabulator", "echarts")
    pn.serve(page, address="127.0.0.1", port=int(sys.argv[1]), show=False, title="Customers")
