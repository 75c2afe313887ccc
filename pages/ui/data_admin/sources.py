"""Sources that refresh themselves: how each stands, its runs, and refreshing one now."""

import datetime as dt

import pyarrow as pa
import streamlit as st

from data.loading import runs, source_file
from data.loading.runs import Standing
from data.people.permissions import require
from data.settings import current
from pages.ui import cards, grid, recorded
from pages.ui.source import person
from presentation import format
from presentation.sentences import refreshes as sentences
from presentation.words import text

_EVERY_SECONDS = 2.0
_ASKED = "refresh-asked"  # the source and the run it had last, between the click and the beginning of its run
_SHOWN = 12


def show() -> None:
    """How the sources stand, and the history of one of them."""
    require(person(), "load")
    standings = runs.standings(current().home, dt.datetime.now(dt.UTC))
    if not standings:
        cards.headline(text("No source refreshes itself yet"))
        cards.note(
            text(
                "Describe one in {folder}: a folder where files arrive, or a database. docs/loading.md shows how.",
                folder=format.literal(str(source_file.root(current().home))),
            )
        )
        return
    cards.headline(sentences.headline(standings))
    _going_on()
    left, right = cards.two_columns()
    with left:
        cards.title(text("Sources"))
        _list("sources", text("Sources"), [_source(each) for each in standings])
    with right:
        _one({each.name: each for each in standings})


def _source(standing: Standing) -> dict[str, str]:
    return {
        text("Source"): standing.name,
        text("State"): sentences.state(standing),
        text("Last refreshed"): sentences.moment(standing.last_done),
        text("Next"): sentences.moment(standing.due),
        text("Times"): sentences.times(standing),
    }


def _one(standings: dict[str, Standing]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="one-source"):
        chosen = st.selectbox(text("Source"), list(standings), key="source-shown", width=260)
        is_running = runs.is_locked(current().home)
        st.button(
            text("Refresh now"), key="refresh-now", icon=":material/sync:", on_click=_ask, args=(chosen,),
            disabled=is_running or standings[chosen].connection is None,
        )  # fmt: skip
    shown = standings[chosen]
    if shown.error:
        st.text(shown.error)
    cards.title(text("Runs"))
    if shown.runs:
        _list("runs", text("Runs"), [_run(each) for each in shown.runs])
    else:
        cards.note(text("It has not been refreshed yet."))


def _run(run: runs.Run) -> dict[str, str]:
    return {
        text("Began"): sentences.moment(run.began),
        text("Outcome"): sentences.outcome(run),
        text("Seconds"): "" if run.took is None else format.value(run.took, "count"),
        text("Rows in"): format.value(run.rows_in, "count"),
        text("Loaded"): format.value(run.loaded, "count"),
        text("Quarantined"): format.value(run.quarantined, "count"),
        text("Snapshot"): run.snapshot,
        text("Started by"): sentences.by(run),
        text("Error"): run.error,
    }


def _ask(name: str) -> None:
    require(person(), "load")
    last = runs.history(current().home, name, limit=1)
    recorded.done(person(), "refreshed", name)
    runs.start(name)
    st.session_state[_ASKED] = (name, last[0].run if last else "", dt.datetime.now(dt.UTC))


def _going_on() -> None:
    """The run that goes on, looked at again and again until it has ended."""
    if runs.is_locked(current().home) or _is_asked():
        st.fragment(_progress, run_every=_EVERY_SECONDS)()


def _progress() -> None:
    going_on = runs.progress(current().home)
    if going_on is None and not _is_asked():
        st.rerun()  # it ended: history, state and the data shown are others
    _, step, share = going_on or ("", "", 0.0)
    st.progress(share, sentences.step(step))


def _is_asked() -> bool:
    """Whether a run that was asked for has not begun yet; it is given up after a while."""
    if _ASKED not in st.session_state:
        return False
    name, before, at = st.session_state[_ASKED]
    last = runs.history(current().home, name, limit=1)
    has_begun = bool(last) and last[0].run != before
    if has_begun or dt.datetime.now(dt.UTC) - at > dt.timedelta(seconds=30):
        del st.session_state[_ASKED]
        return False
    return True


def _list(key: str, alt: str, shown: list[dict[str, str]]) -> None:
    """A list of texts by its own headings. Names and errors come from outside: they are text and nothing else."""
    table = pa.table({head: pa.array([row[head] for row in shown], pa.string()) for head in shown[0]})
    st.dataframe(
        table, hide_index=True, key=key, height=(min(_SHOWN, len(shown)) + 1) * grid.ROW_HEIGHT + 8,
        row_height=grid.ROW_HEIGHT, placeholder=format.NOTHING, alt=alt,
    )  # fmt: skip
