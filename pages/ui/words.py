"""All wording: one catalogue of messages, in the language of the person who looks."""

import gettext
import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = {"en": "English", "ru": "Русский"}
_LOCALE = Path(__file__).parent / "locale"


_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language of this run: the chosen one, else the browser's, else English."""
    return _spoken.get() or _chosen()


def settle(language: str | None = None) -> None:
    """Settles the language of this run, by default the chosen one; it is asked for a few hundred times."""
    _spoken.set(language or _chosen())


def _chosen() -> str:
    chosen = st.session_state.get("language")
    return chosen if chosen in LANGUAGES else browser_language()


def browser_language() -> str:
    """The browser's language if it is one of ours, else English."""
    asked = (st.context.locale or "en").split("-")[0]
    return asked if asked in LANGUAGES else "en"


def text(message: str, **values: object) -> str:
    """The message in the current language, with `{name}` replaced by values."""
    translated = text_in(language(), message)
    return translated.format(**values) if values else translated


def text_in(language: str, message: str) -> str:
    """The message in a language of LANGUAGES; the empty message stays empty."""
    return _catalogue(language).gettext(message) if message else ""


def plural(one: str, many: str, count: int, **values: object) -> str:
    """The form of the message that goes with `count`, which is written as the language writes numbers."""
    written = format_decimal(count, locale=language())
    return _catalogue(language()).ngettext(one, many, count).format(count=written, **values)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    source = _LOCALE / f"{language}.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
