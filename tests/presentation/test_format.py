"""Values to words, in both languages."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from presentation import format, words

BLANK = "\N{NO-BREAK SPACE}"


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda language: monkeypatch.setattr(words, "language", lambda: language)


@pytest.mark.parametrize(
    ("amount", "unit", "english", "russian"),
    [
        (None, "money", "–", "–"),
        (Decimal("0.00"), "money", "0 EUR", "0 EUR"),
        (Decimal("-12.49"), "money", "-12 EUR", "-12 EUR"),
        (Decimal("9999.49"), "money", "9,999 EUR", "9 999 EUR"),
        (Decimal("12345.00"), "money", "12.3K EUR", "12,3 тыс. EUR"),
        (Decimal(184000), "money", "184K EUR", "184 тыс. EUR"),
        (Decimal("-1234567.89"), "money", "-1.2M EUR", "-1,2 млн EUR"),
        (7, "count", "7", "7"),
        (99_999, "count", "99,999", "99 999"),
        (100_000, "count", "100K", "100 тыс."),
        (Decimal("12.345"), "quantity", "12", "12"),
        (0.2936, "ratio", "29.4%", "29,4 %"),
        (-0.05, "ratio", "-5.0%", "-5,0 %"),
        (1.45, "factor", "1.4×", "1,4×"),
        (1, "days", "1 day", "1 день"),
        (2, "days", "2 days", "2 дня"),
        (5, "days", "5 days", "5 дней"),
        (11, "days", "11 days", "11 дней"),
        (21, "days", "21 days", "21 день"),
        (22.4, "days", "22 days", "22 дня"),
        (dt.date(2026, 5, 14), "date", "14 May 2026", "14 мая 2026"),
        (dt.date(2026, 5, 1), "month", "May 2026", "май 2026"),
        (True, "flag", "yes", "да"),
        (False, "flag", "no", "нет"),
        ("dealer", "label", "Dealers", "Дилеры"),
        ("something of theirs", "label", "something of theirs", "something of theirs"),
        ("C-17", "id", "C-17", "C-17"),
    ],
)
def test_value(amount: Any, unit: str, english: str, russian: str, speak: Any) -> None:
    for language, expected in (("en", english), ("ru", russian)):
        speak(language)
        assert format.value(amount, unit, "EUR").replace(BLANK, " ") == expected


@pytest.mark.parametrize(
    ("now", "base", "unit", "english", "russian"),
    [
        (0.30, 0.25, "ratio", "+5.0 points", "+5,0 п. п."),
        (0.25, 0.30, "ratio", "-5.0 points", "-5,0 п. п."),
        (0.25, 0.0, "ratio", "+25.0 points", "+25,0 п. п."),
        (Decimal(110), Decimal(100), "money", "+10.0%", "+10,0%"),
        (Decimal(0), Decimal(100), "money", "-100.0%", "-100,0%"),
        (Decimal(3), Decimal(0), "money", None, None),
        (Decimal(3), Decimal(-5), "money", None, None),
        (9, 4, "count", None, None),
        (10, 5, "count", "+100.0%", "+100,0%"),
        (10, 0, "count", None, None),
        (None, 5, "count", None, None),
        (5, None, "count", None, None),
    ],
)
def test_change(now: Any, base: Any, unit: str, english: str | None, russian: str | None, speak: Any) -> None:
    for language, expected in (("en", english), ("ru", russian)):
        speak(language)
        said = format.change(now, base, unit)
        assert (said and said.replace(BLANK, " ")) == expected


def test_span_says_day_before_month_in_both_languages(speak: Any) -> None:
    for language, expected in (("en", "1–14 May 2026"), ("ru", "1–14 мая 2026 г.")):
        speak(language)
        said = format.span(dt.date(2026, 5, 1), dt.date(2026, 5, 14))
        assert "".join(said.split()) == "".join(expected.split())


@given(some.text(alphabet=some.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip))
def test_a_literal_shows_exactly_as_it_is(name: str) -> None:
    for context in ("{}", "### {}", "**{}**", ":small[{}]", "before {} after"):
        block = MarkdownIt("commonmark").parse(context.format(format.literal(name)))
        (inline,) = [token for token in block if token.type == "inline"]
        assert {child.type for child in inline.children or []} <= {
            "text",
            "strong_open",
            "strong_close",
            "text_special",
        }
        said = "".join(child.content for child in inline.children or []).replace("\u2060", "")
        expected = " ".join(name.replace("\u2060", "").split())
        assert expected in " ".join(said.split()) or not expected


@given(some.sampled_from(["http://a.b", "https://a.b/c", "www.a.b", "x@y.zz", "HTTP://A.B", "WWW.a.b"]))
def test_an_address_in_a_name_becomes_no_link(address: str) -> None:
    lively = MarkdownIt("gfm-like", {"linkify": False}).render(format.literal(address))
    assert "<a" not in lively
    assert address not in lively


def test_nothing_is_a_dash() -> None:
    assert format.literal(None) == format.literal("") == "–"
