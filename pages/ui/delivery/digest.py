"""One's own digest: whether, when and how it is sent, and how it would read now."""

from collections.abc import Sequence
from zoneinfo import available_timezones

import streamlit as st

from data.people import digests, ways
from data.people.store import channels, subscriptions
from data.people.store.subscriptions import Rhythm, Subscription, Wish
from data.settings import current
from data.warehouse.reading import reading
from pages.ui import cards, doing, filters, recorded
from pages.ui.source import person, snapshot
from presentation import addresses, labels, words
from presentation.digest import content, forms
from presentation.digest.memory import remembered
from presentation.format import literal
from presentation.words import N_, text

RHYTHMS: dict[Rhythm, str] = {"monday": "rhythm_monday", "daily": "rhythm_daily", "new": "rhythm_new"}
_HEIGHT = 620  # pixels of the preview, which is scrolled
_HOUR = 7
_HOURS = [f"{hour:02}:00" for hour in range(24)]


def show() -> None:
    """What is sent, the form that changes it, and the preview."""
    kept = subscriptions.of(doing.store(), person().key) if recorded.is_known() else None
    cards.headline(_standing(kept))
    doing.failure()
    if recorded.is_known():
        _form(kept)
    else:
        cards.note(
            text(
                "Nothing is sent from the demonstration: that needs people who sign in. ORDERBEAT_SIGN_IN turns "
                "sign-in on, as docs/operating.md says."
            )
        )
    _preview(kept)


def _standing(kept: Subscription | None) -> str:
    if kept is None:
        return text("Your list is not sent to you")
    wish = kept.wish
    return text(
        "{rhythm} at {hour}, {zone}", rhythm=labels.code(RHYTHMS[wish.rhythm]), hour=_HOURS[wish.hour], zone=wish.zone
    )


def _places() -> dict[str, str]:
    """Where it may go, in words: by mail, and into the channels of one's own, as far as these ways are open."""
    store, found = doing.store(), {}
    if ways.is_open(store, "mail", person()) and current().sends_mail:
        found[subscriptions.MAIL] = labels.code("mail")
    if ways.is_open(store, "messages", person()):
        found |= {
            each.id: f"{each.name}, {labels.code(each.program)}, {each.host}" for each in channels.own(store, person())
        }
    return found


def _form(kept: Subscription | None) -> None:
    places = _places()
    if not places:
        _closed()
    else:
        _fields(kept, places)
    if kept:
        if kept.wish.channel_id not in places:
            cards.warning(text("Nothing is sent at the moment: the way you chose is closed, or not set up any more."))
        st.button(
            text("Send it no longer"), key=f"digest-end-{doing.turn()}", on_click=doing.do, args=(subscriptions.end,)
        )


def _closed() -> None:
    """Why there is no way for it, and who mends that."""
    is_open = ways.is_open(doing.store(), "mail", person())
    if is_open and not current().sends_mail:
        cards.empty(
            text("No mail server is set up yet."),
            text("Your administrator sets ORDERBEAT_SMTP_HOST and ORDERBEAT_MAIL_FROM, as docs/operating.md says."),
        )
    elif ways.is_open(doing.store(), "messages", person()):
        cards.empty(text("No channel carries your list yet."), text("Your administrator sets one up for you."))
    else:
        cards.empty(
            text("Neither mail nor messages are open to you."), text("Your administrator opens them to your role.")
        )


def _fields(kept: Subscription | None, places: dict[str, str]) -> None:
    """A row of choices and a button; Streamlit keeps nothing of it until that is clicked."""
    wish = kept.wish if kept else None
    zones = sorted(available_timezones())
    zone = wish.zone if wish else st.context.timezone or "UTC"
    key = f"digest-{doing.turn()}"
    rhythms: list[Rhythm] = list(RHYTHMS)
    tongue = wish.language if wish else words.language()
    with st.form(key, border=False), st.container(horizontal=True, vertical_alignment="bottom", key="digest-form"):
        rhythm = st.selectbox(
            text("How often"), rhythms, index=_at(rhythms, wish.rhythm if wish else None),
            format_func=lambda each: labels.code(RHYTHMS[each]), key=f"{key}-rhythm", width=300,
        )  # fmt: skip
        hour = st.selectbox(text("At"), _HOURS, index=wish.hour if wish else _HOUR, key=f"{key}-hour", width=110)
        place = st.selectbox(text("Time zone"), zones, index=_at(zones, zone), key=f"{key}-zone", width=210)
        spoken = st.selectbox(
            text("Language"), list(words.LANGUAGES), format_func=words.LANGUAGES.__getitem__,
            index=_at(list(words.LANGUAGES), tongue), key=f"{key}-language", width=130,
        )  # fmt: skip
        by = st.selectbox(
            text("Sent by"), list(places), index=_at(list(places), wish.channel_id if wish else None),
            format_func=places.__getitem__, key=f"{key}-by", width=220,
        )  # fmt: skip
        if st.form_submit_button(text("Save") if kept else text("Send it to me"), key=f"{key}-save"):
            doing.do(digests.subscribe, Wish(rhythm, _HOURS.index(hour), place, spoken, by))
            st.rerun()
    if any(places):
        cards.note(text("Whoever reads a channel reads your list there."))


def _at(codes: Sequence[str], code: str | None) -> int:
    return codes.index(code) if code in codes else 0


def _preview(kept: Subscription | None) -> None:
    """The digest exactly as it would be sent now, against what was told last."""
    told = remembered(kept.told) if kept else None
    at = current().address
    made = content.digest(person(), reading(person(), snapshot()), snapshot(), told, at)
    stop = addresses.ending(kept.stop, at=at) if kept else ""
    form = filters.switch("form", N_("How it would read now"), FORMS)
    cards.note(text("Subject: {subject}", subject=literal(made.subject)))
    if told and not made.news.is_any:
        cards.note(text("Nothing has changed since the last one, so it would not be sent."))
    with st.container(border=True, key="digest-preview"):
        if form == "as_mail":
            st.iframe(forms.html(made, stop=stop), height=_HEIGHT, alt=text("As a mail"))
        else:
            st.code(forms.plain(made, stop=stop), language=None, wrap_lines=True)


FORMS = ["as_mail", "as_text"]
