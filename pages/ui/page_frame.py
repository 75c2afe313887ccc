"""What every page shares: freshness, who is looking, missing inputs, errors as one card."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.errors import FragmentHandledException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import settings
from data.errors import AccessDenied, NothingLoaded, OrderbeatError, note, unforeseen
from data.loading import runs
from data.people import person as people
from data.people import uploads
from data.people.permissions import allowed, require
from data.people.person import Person
from data.warehouse import access
from pages.ui import cards, filters, language, links, looking, take_along, views
from pages.ui.source import begin, person, snapshot
from presentation import coverage, format, words
from presentation.pages import BY_NAME
from presentation.sentences import coverage as sentences
from presentation.sentences import refreshes
from presentation.words import N_, text

ROLES = {
    "admin": N_("Administrator"),
    "director": N_("Sales director"),
    "ecommerce": N_("E-commerce manager"),
    "lead": N_("Team lead"),
    "rep": N_("Rep"),
}
STALE_AFTER_DAYS = 7
_LOOK_AT_SOURCES_EVERY = 10  # seconds


def show(page: str, body: Callable[..., None], *names: str) -> None:
    """Shows a page: the named filters, then its body, which gets what is chosen in them if there are any.

    What goes wrong becomes one card, with an id where it was not foreseen.
    """
    with _failing(f"page {page}"):
        require(person(), "read", page)
        missing = [table for table in BY_NAME[page].needs if table not in snapshot().loaded_tables]
        if missing:
            st.session_state["links"]()
            _missing(missing)
            return
        if names:
            with filters.bar(names):
                views.show(page)
        _body(page, body, names)


# A choice in a filter runs this alone: what stands above it is neither computed nor drawn again.
@st.fragment(key=filters.BODY)
def _body(page: str, body: Callable[..., None], names: tuple[str, ...]) -> None:
    if access.snapshot() != snapshot() or looking.has_changed():
        st.rerun()  # new data were published since the top was drawn, or who looks may see something else now
    language.settle()
    st.session_state["links"]()
    with _failing(f"page {page}"):
        if not names:
            body()
            return
        dated = BY_NAME[page].dated
        chosen = filters.current(names, dated)
        for feed in coverage.stopped(snapshot().coverage, dated, chosen.segment):
            cards.warning(sentences.stopped(feed))
        body(chosen)
        take_along.show(page, chosen, {name: st.session_state[name] for name in names}, session())


@contextmanager
def _failing(where: str) -> Iterator[None]:
    try:
        yield
    except FragmentHandledException:
        raise  # its card is shown
    except Exception as error:  # noqa: BLE001 - whatever it is, a person sees a card, and the log the rest
        _show(error, where)


def failed(error: Exception) -> bool:
    """Makes a card of an error that nobody caught, such as one in a callback of a widget; Streamlit calls it."""
    _show(error, "a callback or the frame of a page")
    return True


def _show(error: Exception, where: str) -> None:
    if isinstance(error, OrderbeatError):
        cards.failure(error)
        return
    identifier = note(error, where)
    with st.container(key="unforeseen"):
        cards.failure(
            OrderbeatError(
                N_("This page could not be shown."),
                text("The log holds the details under id {identifier}.", identifier=identifier),
                N_("Reload the page; if it stays, give that id to your administrator."),
            )
        )


def unforeseen_errors() -> None:
    """How many unforeseen errors this server met since it started, and which line of the log tells of the last one."""
    met = unforeseen()
    if met.last_at is None:
        cards.note(text("No unforeseen error since this server started at {since} UTC.", since=_moment(met.since)))
        return
    cards.note(
        words.plural(
            "{count} unforeseen error since this server started at {since} UTC. "
            "The last: {moment} UTC, id {identifier} in the log.",
            "{count} unforeseen errors since this server started at {since} UTC. "
            "The last: {moment} UTC, id {identifier} in the log.",
            met.count,
            since=_moment(met.since),
            moment=_moment(met.last_at),
            identifier=met.last_id,
        )
    )


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def top() -> None:
    """The first row of every page: how fresh the data are, who looks, and in which language."""
    begin()
    scopes = access.scopes()
    everyone = {who.key: who for who in people.view_as(scopes)}
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="top"):
        place = st.container(width="stretch")
        language.settle()
        names = {key: _title(who) for key, who in everyone.items()}
        viewed = links.named("view_as", names)
        looks = looking.who(scopes, viewed)
        st.session_state["person"] = looks
        _viewer(looks, names, viewed)
    uploads.settle(session(), looks)
    with place:
        _freshness()


def _viewer(looks: Person, names: dict[str, str], viewed: str | None) -> None:
    """Who looks, and behind it what they may change about that."""
    is_view = looking.signs_in() and viewed in names and looks != looking.signed_in()
    if looking.signs_in():
        shown = text("As {view}", view=names[viewed or ""]) if is_view else looks.name
    else:
        shown = names[viewed or "director"]
    icon = ":material/account_circle:" if looking.signs_in() and not is_view else ":material/visibility:"
    with st.popover(format.literal(shown), icon=icon, type="tertiary", key="viewer", on_change="rerun") as popover:
        if popover.open:
            _switches(names)
    if is_view:
        banner = text("You look as {view} does. What you write is signed with your name.", view=names[viewed or ""])
        st.session_state["banner"] = banner
    else:
        st.session_state.pop("banner", None)


def _switches(names: dict[str, str]) -> None:
    """Drawn only when open: a closed select would keep its choice in the browser and undo what Back leads to."""
    if not looking.signs_in():
        view = links.linked("view_as", names, default="director")
        st.selectbox(text("View as"), list(names), format_func=names.__getitem__, **view)
    elif allowed(looking.signed_in(), "manage_people"):
        own = {"": text("Myself"), **names}
        view = links.linked("view_as", own, default="")
        st.selectbox(text("View as"), list(own), format_func=own.__getitem__, **view)
    spoken = links.linked("language", words.LANGUAGES, default=language.of_the_browser())
    st.selectbox(text("Language"), list(words.LANGUAGES), format_func=words.LANGUAGES.__getitem__, **spoken)
    if looking.signs_in():
        st.caption(format.literal(_title(looking.signed_in())))
        st.link_button(text("Where I am signed in"), "/sign-in/sessions", type="tertiary")
        st.link_button(text("Sign out"), "/sign-out", type="tertiary")
    else:
        st.caption(text("Demonstration without sign-in: anyone at this computer may switch views."))


def shut_out(error: AccessDenied) -> None:
    """Somebody for whom there is nothing to see, and the way out."""
    language.settle()
    cards.failure(error)
    st.link_button(text("Sign out"), "/sign-out", type="tertiary")


def no_access() -> None:
    """A page that is not for whoever is looking."""
    st.session_state["links"]()
    cards.empty(
        text("This page is not part of your view."),
        text("Your role does not include it. Ask your administrator if you need it."),
    )


def nothing_loaded(error: NothingLoaded, load: Callable[[], None], *, is_open: bool) -> None:
    """The first screen of an empty house, where files are loaded, or of one whose data are of another release."""
    if error in access.OF_ANOTHER_RELEASE.values():
        cards.failure(error)
        return
    language.settle()
    # In an empty demonstration nobody is known yet: whoever opens it is the one who loads.
    try:
        looks = looking.who({}, "admin")
    except AccessDenied as denied:
        shut_out(denied)
        return
    st.session_state["person"] = looks
    uploads.settle(session(), looks)
    if not allowed(looks, "load"):
        cards.empty(text("Nothing is loaded yet"), text("Your administrator loads the data; look in again later."))
        return
    if is_open and not looking.signs_in():
        links.go(view_as=looks.key)  # so that what was loaded is shown to who loaded it
    with st.container(key="first-steps"):
        st.markdown(f"### {text('Nothing is loaded yet')}")
        st.markdown(text("Load your own files here, or look at a generated company first: `python -m data demo`."))
        with _failing("the first load"):
            load()


def session() -> str:
    """The session of whoever looks, as the address of its uploads names it."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _title(who: Person) -> str:
    """The roles of somebody, and the name of whoever has one of their own."""
    roles = ", ".join(text(title) for role, title in ROLES.items() if role in who.roles)
    return f"{roles}: {who.name}" if who.name != who.key else roles


def _freshness() -> None:
    if banner := st.session_state.get("banner"):
        cards.warning(banner)
    shown = snapshot()
    as_of = dt.date.fromisoformat(shown.as_of)
    age = (dt.datetime.now(dt.UTC).date() - as_of).days
    day = format.value(as_of, "date")
    parts = [
        text("Demo company, data to {day}", day=day) if shown.is_demo else text("Data to {day}", day=day),
        text("all amounts in {currency}", currency=shown.currency),
        text("snapshot {name}", name=shown.name),
    ]
    if age > STALE_AFTER_DAYS:
        parts.insert(1, f":orange[{_old(age)}]")
    if shown.quarantined:
        parts.append(words.plural("{count} row quarantined", "{count} rows quarantined", shown.quarantined))
    # Not a caption: its paleness would take the contrast from the coloured part.
    st.markdown(f":small[{' · '.join(part if part.startswith(':') else f':gray[{part}]' for part in parts)}]")
    if shown.behind:
        st.warning(text(_BEHIND[shown.why], name=shown.behind))
    for standing in _flawed(settings.current().home, int(time.time() // _LOOK_AT_SOURCES_EVERY)):
        cards.warning(refreshes.banner(standing))


# Every run of every page asks, and the answer changes by the minute at most.
@lru_cache(maxsize=1)
def _flawed(home: Path, _when: int) -> tuple[runs.Standing, ...]:
    """The sources that are out of date, or failed when they were refreshed last."""
    found = runs.standings(home, dt.datetime.now(dt.UTC))
    return tuple(each for each in found if each.flaw)


def _old(days: int) -> str:
    """An age as people say it: in days up to two years, then in years."""
    years = days // 365
    return (
        words.plural("{count} year old", "{count} years old", years)
        if years >= 2
        else words.plural("{count} day old", "{count} days old", days)
    )


_BEHIND: dict[access.Flaw, str] = {
    "damaged": N_("Snapshot {name} is damaged, so you see the one before it. Ask your administrator to build again."),
    "older": N_(
        "Snapshot {name} was made by an earlier release and cannot be shown, so you see the one before it. "
        "Ask your administrator to build again."
    ),
    "newer": N_(
        "Snapshot {name} was made by a newer release, so you see the one before it. "
        "Ask your administrator to start that release."
    ),
}


def _missing(tables: list[str]) -> None:
    cards.empty(
        text("This page needs {tables}, which has not been loaded.", tables=", ".join(f"`{t}`" for t in tables)),
        text(
            "Run `python -m data template FOLDER` for empty files to fill, "
            "then `python -m data import FOLDER`. docs/loading.md says more."
        ),
    )
