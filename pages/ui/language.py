"""The language of the person who looks: the one in the link, else the browser's, else English."""

import streamlit as st

from pages.ui import links
from presentation import words


def settle() -> None:
    """Settles the language of this run; it is asked for a few hundred times."""
    words.settle(current())


def current() -> str:
    """The language the link names, else the browser's."""
    return links.named("language", words.LANGUAGES) or of_the_browser()


def of_the_browser() -> str:
    """The browser's language if it is one of ours, else English."""
    asked = (st.context.locale or words.DEFAULT).split("-")[0]
    return asked if asked in words.LANGUAGES else words.DEFAULT


# Streamlit runs callbacks and fragments without the top of the page, which settles the language of a run.
words.ask_where_unsettled(current)
