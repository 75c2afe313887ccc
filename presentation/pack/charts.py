"""Charts of a pack as pictures: Vega-Lite drawn without a browser, without the network, in our own fonts."""

import json
from functools import cache
from typing import Any

import vl_convert

from presentation import format
from presentation.pack.contents import Bars
from presentation.paper import FONTS, clean

MAIN, BESIDE, INK, RULE = "#1f5fa8", "#d5711a", "#0f1820", "#cdd2d8"
_FAMILY = "DejaVu Sans"
_PIXELS = 3.0  # of the drawing to a millimetre
_SCALE = 2.0
_LONGEST = 34  # letters of a name on an axis


def picture(bars: Bars, width: float, height: float) -> bytes:
    """The chart as PNG for so many millimetres."""
    _fonts()
    spec = {
        "width": width * _PIXELS, "height": height * _PIXELS, "autosize": {"type": "fit", "contains": "padding"},
        "background": "white", "config": _CONFIG, **(_months(bars) if bars.kind == "months" else _ranked(bars)),
    }  # fmt: skip
    drawn: bytes = vl_convert.vegalite_to_png(spec, scale=_SCALE, allowed_base_urls=[])
    return drawn


@cache
def _fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))


_CONFIG: dict[str, Any] = {
    "font": _FAMILY, "view": {"stroke": None},
    "axis": {"labelFont": _FAMILY, "titleFont": _FAMILY, "labelFontSize": 11, "labelColor": INK, "gridColor": RULE,
             "domainColor": RULE, "tickColor": RULE},
    "text": {"font": _FAMILY, "fontSize": 11, "color": INK},
    "legend": {"labelFont": _FAMILY, "labelFontSize": 11, "orient": "top", "title": None},
}  # fmt: skip


def _ranked(bars: Bars) -> dict[str, Any]:
    """Bars below each other with their values, and a tick at what they are measured against."""
    besides = list(bars.beside) or [None] * len(bars.names)
    rows = [
        {"place": place, "value": value, "beside": beside, "said": format.value(value, bars.unit)}
        for place, (value, beside) in enumerate(zip(bars.values, besides, strict=True))
    ]
    names = {str(place): _short(clean(name)) for place, name in enumerate(bars.names)}
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 190, "labelExpr": _named(names)}
    y = {"field": "place", "type": "ordinal", "sort": None, "axis": axis}
    x = {"field": "value", "type": "quantitative", "axis": None}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "bar", "color": MAIN, "height": {"band": 0.62}}, "encoding": {"y": y, "x": x}},
        {"mark": {"type": "text", "align": "left", "dx": 4},
         "encoding": {"y": y, "x": x, "text": {"field": "said", "type": "nominal"}}},
        {"transform": [{"calculate": "max(datum.value, datum.beside) * 1.3", "as": "end"}],
         "mark": {"type": "point", "opacity": 0}, "encoding": {"x": {"field": "end", "type": "quantitative"}}},
    ]  # fmt: skip
    if bars.beside:
        tick = {"type": "tick", "color": BESIDE, "thickness": 2.5, "height": {"band": 0.85}}
        layers.append({"mark": tick, "encoding": {"y": y, "x": {"field": "beside", "type": "quantitative"}}})
    return {"data": {"values": rows}, "layer": layers}


def _months(bars: Bars) -> dict[str, Any]:
    """Bars side by side: what was, and beside it in another colour what is expected."""
    rows = []
    for place in range(len(bars.names)):
        for kind, values in ((bars.title, bars.values), (bars.beside_title, bars.beside)):
            if place < len(values) and values[place] is not None:
                said = format.value(values[place], bars.unit)
                rows.append({"place": place, "kind": kind, "value": values[place], "said": said})
    kinds = [each for each in (bars.title, bars.beside_title) if each]
    names = {str(place): clean(name) for place, name in enumerate(bars.names)}
    axis = {"title": None, "ticks": False, "labelAngle": 0, "labelOverlap": True, "labelExpr": _named(names)}
    y_axis = {"title": None, "tickCount": 4, "domain": False, "format": "~s"}
    return {
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "place", "type": "ordinal", "sort": None, "axis": axis},
            "y": {"field": "value", "type": "quantitative", "axis": y_axis},
            "xOffset": {"field": "kind", "sort": kinds},
            "color": {"field": "kind", "type": "nominal", "scale": {"domain": kinds, "range": [MAIN, BESIDE]}},
        },
    }  # fmt: skip


def _named(names: dict[str, str]) -> str:
    """An expression that gives each place its name; names are texts in it, whatever they hold."""
    return f"{json.dumps(names)}[datum.value]"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
