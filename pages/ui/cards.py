"""Headline, figures, notes, and the cards of the states in which there are none."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.errors import OrderbeatError
from data.warehouse.access import Result
from presentation import figures, format, labels, needs
from presentation.filters import Filters
from presentation.format import literal
from presentation.words import text

_CARD_WIDTH = 150


def headline(sentence: str, beside: str = "") -> None:
    """The one sentence that answers the page's question. Names from data must come through format.literal.

    `beside` stands quietly at the end of the row, such as what is compared with what.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="headline"):
        st.markdown(f"### {sentence}", width="content")
        if beside:
            st.caption(beside, width="content")


def two_columns() -> Sequence[DeltaGenerator]:
    """The columns of a page: what is drawn on the left, and on the right, wider, the list it belongs to."""
    return st.columns([2, 3], gap="medium")


def note(sentence: str) -> None:
    """A quiet line below something."""
    st.caption(sentence)


def warning(sentence: str) -> None:
    """What a page cannot be read without, such as a feed that stopped."""
    st.warning(sentence)


def numbers(
    result: Result,
    columns: Sequence[str],
    beside: tuple[Result, str] | None = None,
    compared: Result | None = None,
) -> None:
    """At most five figures of a one-row result in one row, each with its change against `<column>_base`.

    `beside` adds one figure of another one-row result. Where the days of `result` cannot all be compared, the change
    is that of `compared`, the same figures of the days that can. What nothing was loaded for says what to load.
    """
    shown = [(result, column) for column in columns] + ([beside] if beside else [])
    with st.container(key=f"cards-{result.query.name.replace('.', '-')}"):
        grid = st.grid(len(shown), min_column_width=_CARD_WIDTH, gap="small")
        for source, column in shown:
            row, unit = source.one(), source.query.units[column]
            value, help_ = row[column], literal(text(source.query.definition)) + f"\n\n`{source.query.path}`"
            beneath = figures.change(compared if compared and source is result else source, column)
            is_flat = beneath is not None and not any(digit in beneath for digit in "123456789")
            if fact := needs.of_column(column, source.query.name, source.snapshot):
                value, beneath, is_flat = None, needs.in_short(fact), True
                help_ = f"{needs.to_load([fact])}\n\n{help_}"
            grid.metric(
                labels.column(column),
                format.value(value, unit, source.snapshot.currency),
                beneath,
                delta_color="off" if is_flat else "normal",
                delta_arrow="off" if is_flat else "auto",
                help=help_,
                border=True,
                height="stretch",
            )


def failure(error: OrderbeatError) -> None:
    """What happened, why, and what to do, on one card."""
    with st.container(border=True, key="failure"):
        st.markdown(f"**{literal(text(error.what))}**")
        for sentence in filter(None, (error.cause, error.remedy)):
            st.markdown(literal(text(sentence)))


def empty(sentence: str, way_out: str = "") -> None:
    """Nothing to show, and what to do about it."""
    with st.container(border=True):
        st.markdown(f"**{sentence}**")
        if way_out:
            st.markdown(way_out)


def comparing(f: Filters) -> Filters | None:
    """The filters over the days that can be compared, for what is a comparison as a whole.

    Where these are fewer than the period it says which; where there are none it says why, and the rest is left out.
    """
    shared = f.comparable
    if shared is None:
        empty(text("Nothing to compare with."), text("There is {why}.", why=f.uncompared()))
    elif not f.is_compared:
        note(shared.compared())
    return shared


def not_found() -> None:
    """A link to something that is not in the data of whoever looks; whether it exists elsewhere is not told."""
    empty(text("Not found."), text("It does not exist, or it is not part of what you may see."))


def title(words: str) -> None:
    """The question a chart or list answers."""
    st.markdown(f"**{words}**")


def facts(result: Result, columns: Sequence[str]) -> None:
    """Master data in one quiet line; what is not known is left out."""
    row = result.one()
    shown = [
        f"{labels.column(c)}: {literal(format.value(row[c], result.query.units[c], result.snapshot.currency))}"
        for c in needs.known(columns, result.query.name, result.snapshot)
        if row[c] is not None
    ]
    note(" · ".join(shown))
