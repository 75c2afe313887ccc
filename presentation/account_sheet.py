"""One account on one sheet of A4: what somebody takes along to a visit, as a PDF."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fpdf import FPDF

from data.warehouse.access import Result
from data.warehouse.reading import Fetch
from presentation import format, labels, needs, words
from presentation.filters import Focus
from presentation.sentences import accounts as sentences
from presentation.words import N_, text

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "DejaVu"
_INK, _QUIET, _ACCENT, _RULE = (15, 24, 32), (96, 104, 112), (213, 113, 26), (205, 210, 216)
# Millimetres; the most rows of all lists together still end above the foot of the sheet.
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 14.0
_ROOM = _WIDTH - 2 * _MARGIN
_LINE, _STRIP = 4.5, 9.0
_MASTER_DATA = ("segment", "industry", "region", "owner", "outlets", "annual_turnover")
_FIGURES = ("revenue", "margin_rate", "orders", "order_days", "overdue_ratio", "likely_loss")


class Section(NamedTuple):
    """A list on the sheet: its heading, query, columns with their shares of the width, and its most rows."""

    heading: str
    query: str
    columns: dict[str, float]
    rows: int
    needs: str = "orders"


SECTIONS = (
    Section(
        N_("Buys"),
        "customers.account_products",
        {"product": 0.46, "revenue": 0.18, "change": 0.16, "price_realisation": 0.2},
        8,
    ),
    Section(
        N_("At risk"),
        "customers.category_risks",
        {"category": 0.34, "verdict": 0.16, "at_stake": 0.18, "last_bought_on": 0.18, "loss_probability": 0.14},
        5,
    ),
    Section(
        N_("Could buy"),
        "customers.account_growth",
        {"product": 0.36, "growth_potential": 0.14, "probability": 0.16, "because": 0.34},
        5,
    ),
    Section(
        N_("Open quotes"),
        "customers.account_quotes",
        {"negotiation_id": 0.24, "amount": 0.18, "issued_on": 0.2, "valid_until": 0.2, "is_past_validity": 0.18},
        5,
        "quotes",
    ),
    Section(
        N_("Contacts"),
        "customers.account_contacts",
        {"contact": 0.28, "role": 0.18, "site": 0.16, "phone": 0.16, "email": 0.22},
        6,
        "contacts",
    ),
)


def page(fetch: Fetch, account: Focus, language: str, limits: Mapping[str, Any]) -> bytes:
    """The sheet as a PDF of exactly one page; what does not fit a line is cut with an ellipsis.

    `limits` are those below which nothing is proposed, as `growth_limits.in_force` gives them.
    """
    words.settle(language)
    found = fetch("customers.profile", account)
    record = fetch("customers.track_record", kind=found.one()["rhythm"], grade=found.one()["grade"])
    season = fetch("customers.account_season", account)
    sheet = _Sheet(found.one()["customer"])
    known = fetch("customers.account_relationship", account)
    sheet.sentence(_facts(found, _MASTER_DATA), lines=2, quiet=True)
    sheet.sentence(_sentence(sentences.rhythm(found)), bold=True)
    sheet.sentence(_plain(sentences.case(found, record, season)), lines=3)
    sheet.sentence(_plain(sentences.relationship(known)), lines=3)
    sheet.sentence(_facts(found, _FIGURES), quiet=True)
    sheet.strip(fetch("customers.cadence", account), found)
    for section in SECTIONS:
        if section.needs in found.snapshot.loaded_tables:
            rows = fetch(section.query, account, **limits, page_start=0, page_rows=section.rows)
            shown = needs.known(section.columns, section.query, found.snapshot)
            sheet.rows(text(section.heading), rows, {column: section.columns[column] for column in shown})
    sheet.foot(
        " · ".join(
            (
                text("Data to {day}", day=format.value(dt.date.fromisoformat(found.snapshot.as_of), "date")),
                account.filters.compared(),
                text("all amounts in {currency}", currency=found.snapshot.currency),
            )
        )
    )
    return bytes(sheet.pdf.output())


def _facts(found: Result, columns: Sequence[str]) -> str:
    row, currency = found.one(), found.snapshot.currency
    known = ((c, format.value(row[c], found.query.units[c], currency)) for c in columns if row[c] is not None)
    return " · ".join(f"{labels.column(column)}: {value}" for column, value in known)


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _plain(markdown: str) -> str:
    """A sentence as it shows: without what guards names against Markdown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace("\u2060", ""))


class _Sheet:
    def __init__(self, name: str) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(_MARGIN)
        for style, file in (("", "DejaVuSansCondensed.ttf"), ("B", "DejaVuSansCondensed-Bold.ttf")):
            self.pdf.add_font(_FAMILY, style, _FONTS / file)
        self.pdf.set_title(_clean(name))
        self.pdf.add_page()
        self._pen(16, bold=True)
        self._cell(_ROOM, 8, name)
        self.pdf.ln(8.5)

    def sentence(self, words_: str, lines: int = 1, *, bold: bool = False, quiet: bool = False) -> None:
        """On at most that many lines; the last is cut where the room ends."""
        if words_:
            self._pen(8 if quiet else 9, _QUIET if quiet else _INK, bold=bold)
            for line in self._wrapped(words_, lines):
                self._cell(_ROOM, _LINE, line)
                self.pdf.ln(_LINE)
            self.pdf.ln(0.6)

    def _wrapped(self, words_: str, most: int) -> list[str]:
        lines = [""]
        for word in _clean(words_).split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if len(lines) < most and self.pdf.get_string_width(longer) > _ROOM - 2 * self.pdf.c_margin:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def strip(self, order_days: Result, profile: Result) -> None:
        """Two years of order days as ticks, the stretch in which the next is expected, and the last day known."""
        who, last = profile.one(), dt.date.fromisoformat(profile.snapshot.as_of)
        first, ends = last - dt.timedelta(days=730), who["expected_until"] or last
        top, days = self.pdf.get_y() + 1.5, (max(ends, last) - first).days

        def place(day: dt.date) -> float:
            return _MARGIN + _ROOM * min(max((day - first).days / days, 0), 1)

        if who["expected_from"] and who["expected_until"]:
            start, end = place(who["expected_from"]), place(who["expected_until"])
            self.pdf.set_fill_color(*_RULE)
            self.pdf.rect(start, top, max(end - start, 0.5), _STRIP, style="F")
        self.pdf.set_draw_color(*_INK)
        self.pdf.set_line_width(0.35)
        for row in order_days.rows():
            x = place(row["ordered_on"])
            self.pdf.line(x, top + 1.5, x, top + _STRIP - 1.5)
        self.pdf.set_draw_color(*_ACCENT)
        self.pdf.set_line_width(0.6)
        self.pdf.line(place(last), top, place(last), top + _STRIP)
        self.pdf.set_y(top + _STRIP + 0.5)
        self._pen(7.5, _QUIET)
        expected = format.span(who["expected_from"], who["expected_until"]) if who["expected_from"] else ""
        said = [text("Order days of two years"), expected and text("the next order is expected {span}", span=expected)]
        self._cell(_ROOM, 4, "; ".join(filter(None, said)))
        self.pdf.ln(4.5)

    def rows(self, heading: str, result: Result, columns: dict[str, float]) -> None:
        """A list under its heading, or that there is nothing on it; figures stand at the right."""
        self.pdf.ln(2)
        self._pen(9.5, bold=True)
        self._cell(_ROOM, 5, heading)
        self.pdf.ln(5)
        self.pdf.set_draw_color(*_RULE)
        self.pdf.set_line_width(0.2)
        self.pdf.line(_MARGIN, self.pdf.get_y(), _MARGIN + _ROOM, self.pdf.get_y())
        if not len(result):
            self._pen(8, _QUIET)
            self._cell(_ROOM, _LINE, text("None."))
            self.pdf.ln(_LINE)
            return
        units = result.query.units
        self._pen(7.5, _QUIET)
        self._row({name: labels.column(name) for name in columns}, columns, units)
        self._pen(8)
        for row in result.rows():
            currency = result.snapshot.currency
            shown = {c: format.value(row[c], units[c], currency) for c in columns}
            if "change" in columns:
                shown["change"] = format.change(row["revenue"], row["revenue_base"], "money") or format.NOTHING
            self._row(shown, columns, units)

    def _row(self, cells: dict[str, str], columns: dict[str, float], units: dict[str, str]) -> None:
        for name, share in columns.items():
            is_figure = units[name] in ("money", "ratio", "count", "quantity")
            self._cell(_ROOM * share, _LINE, cells[name], "R" if is_figure else "L")
        self.pdf.ln(_LINE)

    def foot(self, words_: str) -> None:
        self.pdf.set_y(_HEIGHT - _MARGIN)
        self._pen(7.5, _QUIET)
        self._cell(_ROOM, 4, words_)

    def _pen(self, points: float, colour: tuple[int, int, int] = _INK, *, bold: bool = False) -> None:
        self.pdf.set_font(_FAMILY, "B" if bold else "", points)
        self.pdf.set_text_color(*colour)

    def _cell(self, width: float, height: float, words_: str, align: str = "L") -> None:
        """One line of text as it is, cut with an ellipsis where the room ends."""
        said, room = _clean(words_), width - 2 * self.pdf.c_margin
        if self.pdf.get_string_width(said) > room:
            low, high = 0, len(said)
            while low < high:
                middle = (low + high + 1) // 2
                fits = self.pdf.get_string_width(said[:middle].rstrip() + "…") <= room
                low, high = (middle, high) if fits else (low, middle - 1)
            said = said[:low].rstrip() + "…"
        self.pdf.cell(width, height, said, align=align)


def _clean(words_: str) -> str:
    """In one line, without characters that steer instead of showing."""
    return re.sub(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]", "", re.sub(r"\s+", " ", words_))
