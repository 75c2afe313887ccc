"""Where a number comes from: definition, SQL, parameters, rows and snapshot, one click away."""

from typing import Any

import streamlit as st

from data.warehouse.access import Result
from pages.ui import grid
from presentation import format
from presentation.words import text


def show(*results: Result, of: str = "") -> None:
    """How is this computed? Definition, SQL with its parameters, rows, exclusions, snapshot; filled when opened.

    `of` tells it from another of the same queries on the page.
    """
    key = "-".join(("origin", *(result.query.name.replace(".", "-") for result in results), *filter(None, [of])))
    with st.popover(text("How is this computed?"), type="tertiary", key=key, on_change="rerun") as popover:
        if popover.open:
            for result in results:
                _origin(result, of)


def _origin(result: Result, of: str) -> None:
    query = result.query
    st.markdown(f"**{format.literal(text(query.title))}**")
    st.markdown(format.literal(text(query.definition)))
    facts = {
        text("File"): query.path,
        text("Shared parts"): ", ".join(part.path for part in query.parts) or text("none"),
        text("Definitions called"): ", ".join(metric.path for metric in query.calls) or text("none"),
        text("One row is"): query.grain,
        text("Rows"): str(len(result)),
        text("Left out"): query.headers.get("excludes", text("nothing")),
        text("Parameters"): ", ".join(f"${name} = {_written(value)}" for name, value in result.shown_params.items())
        or text("none"),
        text("Computed further by"): ", ".join(result.steps) or text("nothing"),
        text("Snapshot"): f"{result.snapshot.name}, {result.snapshot.as_of}, {result.snapshot.currency}",
    }
    st.text("\n".join(f"{name}: {fact}" for name, fact in facts.items()))
    st.code(query.sql, language="sql", height=220)
    for metric in query.calls:
        st.markdown(f"**{format.literal(text(metric.title))}**: {format.literal(text(metric.definition))}")
        st.text(metric.path)
        st.code(metric.sql, language="sql")
    grid.plain(result, key="-".join(("twin", query.name, *filter(None, [of]))))


def _written(value: Any) -> str:
    return format.NOTHING if value is None else str(value)
