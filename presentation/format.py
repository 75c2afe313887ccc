"""Values to text: the unit decides how, the language decides with which signs."""

import datetime as dt
import re
import string
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from babel import dates, numbers

from data.errors import BadInput
from data.warehouse.access import Result
from presentation import labels, words

NOTHING = labels.NOTHING
# A percentage or share of fewer says more than is known.
SMALLEST_BASE = 5

_JOINER = "\u2060"
# Streamlit turns these into links, emoji and typographic signs even where each character is escaped.
_ALIVE = re.compile(r"(?=://)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[\w+-]+:)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


def value(amount: Any, unit: str, currency: str = "") -> str:
    """A value as plain text; money and large numbers are shortened, such as 1.2M EUR."""
    return NOTHING if amount is None else _value(amount, unit, currency, words.language())


def money(result: Result, amount: Any) -> str:
    """An amount of a result, in its currency."""
    return value(amount, "money", result.snapshot.currency)


@lru_cache(maxsize=50_000)
def _value(amount: Any, unit: str, currency: str, locale: str) -> str:
    form = _FORMS.get(unit)
    said = form(amount, locale) if form else str(amount)
    return f"{said} {currency}" if currency and unit in ("money", "cents", "price") else said


def editable(amount: Decimal | None) -> str | None:
    """An amount as people write it, which `written` understands; nothing where there is none."""
    return None if amount is None else numbers.format_decimal(amount, format="#,##0.##", locale=words.language())


def written(amount: str) -> Decimal | None:
    """The amount somebody wrote, nothing for blanks. Raises BadInput for what is no amount in the reader's language."""
    plain = re.sub(r"\s", "", amount)
    try:
        return numbers.parse_decimal(plain, locale=words.language(), strict=True) if plain else None
    except numbers.NumberFormatError:
        raise BadInput(
            words.text("{amount} is no amount.", amount=amount.strip()),
            words.text(
                "An amount is written like {example}.", example=numbers.format_decimal(12500.5, locale=words.language())
            ),
            words.text("Nothing was kept: correct it, and save again."),
        ) from None


def change(now: Any, base: Any, unit: str) -> str | None:
    """The change against a base: points for a rate, percent otherwise; None where it would say nothing.

    No percentage is given on a base of zero or, for counts, under five.
    """
    if now is None or base is None:
        return None
    locale = words.language()
    if unit == "ratio":
        points = numbers.format_decimal(round((now - base) * 100, 1) + 0.0, format="+0.0;-0.0", locale=locale)
        return words.text("{points} points", points=points)
    if not base or base < 0 or (unit in ("count", "quantity") and base < SMALLEST_BASE):
        return None
    return numbers.format_percent(float(now) / float(base) - 1, format="+0.0%;-0.0%", locale=locale)


def signed(rate: float) -> str:
    """A rate with the sign of its direction, such as +2.0% or −3.1%."""
    return ("+" if rate >= 0 else "−") + value(abs(rate), "ratio")


def span(first: dt.date, last: dt.date) -> str:
    """A stretch of days, such as 1 – 14 May 2026."""
    language = words.language()
    return dates.format_interval(first, last, "yMMMd", locale="en_GB" if language == "en" else language)


def literal(name: str | None) -> str:
    """Text that came from data, made safe for calls that understand Markdown: it shows exactly as it is.

    An invisible joiner parts what would come alive all the same.
    """
    plain = _ALIVE.sub(_JOINER, re.sub(r"\s+", " ", name or NOTHING))
    return _PUNCTUATION.sub(r"\\\g<0>", plain)


def _short(amount: Any, locale: str) -> str:
    if abs(amount) < 10_000:
        return numbers.format_decimal(round(amount), locale=locale)
    digits = 0 if 100_000 <= abs(amount) < 1_000_000 else 1
    return numbers.format_compact_decimal(amount, format_type="short", locale=locale, fraction_digits=digits)


def _count(amount: Any, locale: str) -> str:
    return _short(amount, locale) if abs(amount) >= 100_000 else _decimal(round(amount), locale)


def _decimal(amount: Any, locale: str, pattern: str | None = None) -> str:
    return numbers.format_decimal(amount, format=pattern, locale=locale)


# How a value of each unit is written in a language; units that are not here are text already.
_FORMS: dict[str, Callable[[Any, str], str]] = {
    "money": _short,
    "price": partial(_decimal, pattern="#,##0.00"),
    "cents": partial(_decimal, pattern="#,##0.00"),
    "count": _count,
    "quantity": _count,
    "ratio": lambda rate, locale: numbers.format_percent(
        rate, format="#,##0.0 %" if locale == "ru" else "#,##0.0%", locale=locale
    ),
    "score": partial(_decimal, pattern="#,##0.#"),
    "factor": lambda times, locale: f"{_decimal(times, locale, '#,##0.0')}×",
    "days": lambda days, _: words.plural("{count} day", "{count} days", round(days)),
    "date": lambda day, locale: dates.format_date(day, "d MMM y", locale=locale),
    "month": lambda day, locale: dates.format_date(day, "LLLL y", locale=locale),
    "short_month": lambda day, locale: dates.format_date(day, "LLL yy", locale=locale),
    "flag": lambda is_so, _: words.text("yes") if is_so else words.text("no"),
    "label": lambda code, _: labels.code(code),
    "labels": lambda codes, _: labels.codes(codes),
}
