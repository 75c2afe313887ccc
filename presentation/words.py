"""All wording: one catalogue of messages, in the language of whoever reads."""

import gettext
import io
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = {"en": "English", "ru": "Русский"}
DEFAULT = "en"
_LOCALE = Path(__file__).parent / "locale"

_settled: ContextVar[str | None] = ContextVar("language", default=None)
_unsettled: Callable[[], str] | None = None


def language() -> str:
    """The language that was settled here, else what the function given to `ask_where_unsettled` says, else English."""
    return _settled.get() or (_unsettled() if _unsettled else DEFAULT)


def settle(language: str | None) -> None:
    """Settles the language of this thread or task; None takes that back."""
    _settled.set(language)


def ask_where_unsettled(reader: Callable[[], str]) -> None:
    """From now on `reader` says the language wherever none was settled, such as a screen that knows who looks."""
    global _unsettled  # noqa: PLW0603 - a process has one screen, which says so once
    _unsettled = reader


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for marking a message without translating it yet
    """Marks a message for the catalogue."""
    return message


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


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence one after the other, the last joined by "and" as the language does."""
    return format_list(parts, locale=language())


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
