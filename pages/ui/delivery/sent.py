"""What was sent, what waits and what failed: one's own; for administrators everybody's, and the mail server tried."""

from collections.abc import Mapping

import pyarrow as pa
import streamlit as st

from data.people import reached, sending
from data.people.store import outgoing
from data.people.store.outgoing import Letter
from data.settings import current
from pages.ui import cards, doing, grid, recorded
from pages.ui.source import may, person
from presentation import labels
from presentation.sentences import sending as sentences
from presentation.sentences.people import moment
from presentation.words import plural, text

_ROWS_SHOWN = 12


def show() -> None:
    """The letters of whoever looks, or of everybody."""
    is_all = may("set_ways")
    letters = outgoing.everybodys(doing.store(), person()) if is_all else outgoing.own(doing.store(), person())
    cards.headline(_headline(letters))
    doing.failure()
    if is_all:
        _try_mail()
    if letters:
        _list(letters, is_all=is_all)
        cards.note(
            text(
                "What stood in a letter is kept until it is sent, who got it for {days}. Times are UTC.",
                days=plural("{count} day", "{count} days", current().keep_sent_days),
            )
        )
    else:
        cards.empty(
            text("Nothing was sent yet."),
            text("A digest is set up in the section Digest; an administrator opens the ways to it."),
        )


def _headline(letters: list[Letter]) -> str:
    failed = sum(each.state == "not_sent" for each in letters)
    waiting = sum(each.state in ("waiting", "sending") for each in letters)
    if failed:
        return plural("{count} letter was not sent", "{count} letters were not sent", failed)
    if waiting:
        return plural("{count} letter is on its way", "{count} letters are on their way", waiting)
    return text("What was sent")


def _list(letters: list[Letter], *, is_all: bool) -> None:
    names = _names() if is_all else {}
    rows = [_row(each, names, is_all=is_all) for each in letters]
    table = pa.table({head: pa.array([row[head] for row in rows], pa.string()) for head in rows[0]})
    height = (min(_ROWS_SHOWN, len(rows)) + 1) * grid.ROW_HEIGHT + 8
    st.dataframe(
        table, hide_index=True, height=height, row_height=grid.ROW_HEIGHT, key=f"sent-{doing.turn()}",
        alt=text("What was sent"),
    )  # fmt: skip


def _names() -> Mapping[str, str]:
    return {each.person.key: f"{each.person.name}, {each.email}" for each in reached.everybody(doing.store())}


def _row(letter: Letter, names: Mapping[str, str], *, is_all: bool) -> dict[str, str]:
    whom = {text("Recipient"): names.get(letter.account_id, text("somebody who is not let in"))} if is_all else {}
    is_over = letter.state in ("sent", "not_sent")
    return {
        text("Made"): moment(letter.made_at),
        **whom,
        text("What"): labels.code(f"letter_{letter.kind}"),
        text("Sent by"): labels.code("messages") if letter.channel_id else labels.code("mail"),
        text("Subject"): letter.subject,
        text("What became of it"): sentences.became(letter),
        text("When"): moment(letter.ended_at if is_over else letter.next_at),
        text("Why not"): sentences.why(letter.why, letter.said) if letter.why else "",
    }


def _try_mail() -> None:
    """Whether a mail server is set up, and a button that tries it."""
    if not current().sends_mail:
        cards.note(
            text(
                "No mail server is set up: ORDERBEAT_SMTP_HOST and ORDERBEAT_MAIL_FROM name it, as docs/operating.md "
                "says."
            )
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", key="sent-tools"):
        if recorded.is_known():
            st.button(
                text("Send me a test mail"), icon=":material/mail:", key=f"sent-test-{doing.turn()}", on_click=_test
            )
        st.button(
            text("Look again"), icon=":material/refresh:", type="tertiary", key="sent-again", on_click=doing.begin_anew
        )
        st.caption(text("Mails go out by {host}:{port}.", host=f"`{current().smtp_host}`", port=current().smtp_port))


def _test() -> None:
    doing.do(outgoing.ask_for_test)
    sending.begin()
