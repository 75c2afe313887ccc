"""The customers page in Dash: one callback, our SQL with results kept, a figure as a plain dict, fifty rows a page."""

import sys
from typing import Any

import dash_ag_grid
import waitress
from dash import Dash, Input, Output, dcc, html

from bench.peers import shared

_COLUMNS = [{"field": name, "headerName": heading} for name, heading in shared.HEADINGS.items()]


def layout() -> html.Div:
    """The page: filters, headline, figures, chart and book."""
    return html.Div(
        [
            html.Div(
                [
                    dcc.RadioItems(shared.CHOICES["period"], shared.CHOICES["period"][0], id="period", inline=True),
                    dcc.RadioItems(shared.CHOICES["compare"], shared.CHOICES["compare"][0], id="compare", inline=True),
                    dcc.Dropdown(shared.CHOICES["segment"][1:], id="segment", placeholder="All segments"),
                    dcc.Input(1, type="number", min=1, id="page"),
                ]
            ),
            html.H3(id="headline"),
            html.Div(id="figures", style={"display": "grid", "gridTemplateColumns": "repeat(5, 1fr)"}),
            html.Div(
                [
                    dcc.Graph(id="silent", style={"height": 360}, config={"displayModeBar": False}),
                    dash_ag_grid.AgGrid(id="book", columnDefs=_COLUMNS, rowData=[], style={"height": 338}),
                ],
                style={"display": "grid", "gridTemplateColumns": "2fr 3fr"},
            ),
        ]
    )


app = Dash(__name__, title="Customers")
app.layout = layout


def show(period: str, compare: str, segment: str | None, page: int | None) -> tuple[Any, ...]:
    """What the page shows under these filters."""
    view = shared.view(period, compare, segment, page or 1)
    cards = [html.Div([html.Div(label), html.H4(value), html.Div(change)]) for label, value, change in view["figures"]]
    silent = view["silent"]
    losses = silent["likely_loss"].astype(float).tolist()
    bars = {"type": "bar", "orientation": "h", "x": losses, "y": silent["customer"].tolist()}
    bars["text"] = [f"{loss:,.0f}" for loss in losses]
    axes = {"yaxis": {"autorange": "reversed", "automargin": True}, "margin": {"t": 10, "b": 30, "r": 10}}
    rows = view["book"][list(shared.COLUMNS_SHOWN)].astype(object).where(view["book"].notna(), None)
    return view["headline"], cards, {"data": [bars], "layout": axes}, rows.to_dict("records")


app.callback(
    *(Output("headline", "children"), Output("figures", "children")),
    *(Output("silent", "figure"), Output("book", "rowData")),
    *(Input(name, "value") for name in ("period", "compare", "segment", "page")),
)(show)


if __name__ == "__main__":
    waitress.serve(app.server, host="127.0.0.1", port=int(sys.argv[1]), threads=8)
