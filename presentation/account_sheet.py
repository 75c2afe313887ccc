"""One account on one sheet of A4: what somebody takes along to a visit, as a PDF."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from data.warehouse.access import Result
from data.warehouse.reading import Fetch
from presentation import format, labels, needs, words
from presentation.filters import Focus
from presentation.paper import ACCENT, INK, QUIET, RULE, Paper, clean, unmarked
from presentation.sentences import accounts as sentences
from presentation.words import N_, text

# Millimetres; the least rows of all lists together still end above the foot of the sheet.
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 14.0
_ROOM, _FOOT, _ABOVE_FOOT = _WIDTH - 2 * _MARGIN, _HEIGHT - _MARGIN, 4.0
_LINE, _STRIP, _HEADING, _NOTE_LINE = 4.5, 9.0, 7.0, 8.0
_MOST_ROWS, _MOST_LINES = 40, 4
_NEVER_CUT = ("email", "phone")  # what cannot be used with a part missing; it takes further lines
_MASTER_DATA = ("segment", "industry", "region", "owner", "outlets", "annual_turnover")
_FIGURES = ("revenue", "margin_rate", "orders", "order_days", "overdue_ratio", "likely_loss")


class Section(NamedTuple):
    """A list on the sheet: its heading, query, columns with their shares of the width, and the rows it has at least.

    One that is extra is left out where the others take the sheet.
    """

    heading: str
    query: str
    columns: dict[str, float]
    rows: int
    needs: str = "orders"
    is_extra: bool = False


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
        {"contact": 0.2, "role": 0.15, "site": 0.14, "phone": 0.19, "email": 0.32},
        6,
        "contacts",
    ),
    Section(
        N_("Last orders"),
        "customers.orders",
        {"ordered_on": 0.2, "order_id": 0.28, "channel": 0.2, "lines": 0.14, "revenue": 0.18},
        3,
        is_extra=True,
    ),
    Section(
        N_("Contracts"),
        "customers.account_contracts",
        {"contract_id": 0.28, "state": 0.2, "ends_on": 0.2, "review_on": 0.14, "annual_value": 0.18},
        1,
        "contracts",
        is_extra=True,
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
    sheet.sentence(unmarked(sentences.case(found, record, season)), lines=5)
    sheet.sentence(unmarked(sentences.relationship(known)), lines=3)
    sheet.sentence(_facts(found, _FIGURES), quiet=True)
    sheet.strip(fetch("customers.cadence", account), found)
    lists = []
    for section in SECTIONS:
        if section.needs in found.snapshot.loaded_tables:
            rows = fetch(section.query, account, **limits, page_start=0, page_rows=_MOST_ROWS)
            shown = needs.known(section.columns, section.query, found.snapshot)
            lists.append((section, rows, {column: section.columns[column] for column in shown}))
    sheet.lists(lists)
    sheet.foot(
        " · ".join(
            (
                text("Data to {day}", day=format.value(dt.date.fromisoformat(found.snapshot.as_of), "date")),
                account.filters.compared(),
                text("all amounts in {currency}", currency=found.snapshot.currency),
            )
        )
    )
    return sheet.content()


def _facts(found: Result, columns: Sequence[str]) -> str:
    row, currency = found.one(), found.snapshot.currency
    known = ((c, format.value(row[c], found.query.units[c], currency)) for c in columns if row[c] is not None)
    return " · ".join(f"{labels.column(column)}: {value}" for column, value in known)


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


class _Sheet(Paper):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pdf.set_margin(_MARGIN)
        self.pdf.add_page()
        self.pen(16, bold=True)
        self.cell(_ROOM, 8, name)
        self.pdf.ln(8.5)

    def sentence(self, words_: str, lines: int = 1, *, bold: bool = False, quiet: bool = False) -> None:
        """On at most that many lines; the last is cut where the room ends."""
        if words_:
            self.pen(8 if quiet else 9, QUIET if quiet else INK, bold=bold)
            for line in self.lines(words_, _ROOM, lines):
                self.cell(_ROOM, _LINE, line)
                self.pdf.ln(_LINE)
            self.pdf.ln(0.6)

    def strip(self, order_days: Result, profile: Result) -> None:
        """Two years of order days as ticks, the stretch in which the next is expected, and the last day known."""
        who, last = profile.one(), dt.date.fromisoformat(profile.snapshot.as_of)
        first, ends = last - dt.timedelta(days=730), who["expected_until"] or last
        top, days = self.pdf.get_y() + 1.5, (max(ends, last) - first).days

        def place(day: dt.date) -> float:
            return _MARGIN + _ROOM * min(max((day - first).days / days, 0), 1)

        if who["expected_from"] and who["expected_until"]:
            start, end = place(who["expected_from"]), place(who["expected_until"])
            self.pdf.set_fill_color(*RULE)
            self.pdf.rect(start, top, max(end - start, 0.5), _STRIP, style="F")
        self.pdf.set_draw_color(*INK)
        self.pdf.set_line_width(0.35)
        for row in order_days.rows():
            x = place(row["ordered_on"])
            self.pdf.line(x, top + 1.5, x, top + _STRIP - 1.5)
        self.pdf.set_draw_color(*ACCENT)
        self.pdf.set_line_width(0.6)
        self.pdf.line(place(last), top, place(last), top + _STRIP)
        self.pdf.set_y(top + _STRIP + 0.5)
        self.pen(7.5, QUIET)
        expected = format.span(who["expected_from"], who["expected_until"]) if who["expected_from"] else ""
        said = [text("Order days of two years"), expected and text("the next order is expected {span}", span=expected)]
        self.cell(_ROOM, 4, "; ".join(filter(None, said)))
        self.pdf.ln(4.5)

    def lists(self, found: Sequence[tuple[Section, Result, dict[str, float]]]) -> None:
        """Every list with its least rows, fewer where lines are many; extra ones and more rows while there is room.

        What still stays free below is ruled, for notes.
        """
        room = _FOOT - _ABOVE_FOOT - self.pdf.get_y()
        lists = [_List(self, *each) for each in found]
        shown = [each for each in lists if not each.section.is_extra]
        while sum(each.height() for each in shown) > room and any(each.rows_shown > 1 for each in shown):
            max(shown, key=lambda each: each.rows_shown).rows_shown -= 1
        for each in lists:
            if each.rows and each not in shown and sum(e.height() for e in shown) + each.height() <= room:
                shown.append(each)
        growing = list(shown)
        while growing:
            for each in list(growing):
                each.rows_shown += 1
                if each.rows_shown > len(each.rows) or sum(e.height() for e in shown) > room:
                    each.rows_shown -= 1
                    growing.remove(each)
        for each in shown:
            self._list(each)
        self._notes()

    def _list(self, each: "_List") -> None:
        """A list under its heading, or that there is nothing on it; figures stand at the right."""
        self._heading(text(each.section.heading))
        if not each.rows:
            self.pen(8, QUIET)
            self.cell(_ROOM, _LINE, text("None."))
            self.pdf.ln(_LINE)
            return
        self.pen(7.5, QUIET)
        self._row({name: [labels.column(name)] for name in each.columns}, each)
        self.pen(8)
        for row in each.rows[: each.rows_shown]:
            self._row(row, each)

    def _heading(self, words_: str) -> None:
        self.pdf.ln(2)
        self.pen(9.5, bold=True)
        self.cell(_ROOM, 5, words_)
        self.pdf.ln(5)
        self.pdf.set_draw_color(*RULE)
        self.pdf.set_line_width(0.2)
        self.pdf.line(_MARGIN, self.pdf.get_y(), _MARGIN + _ROOM, self.pdf.get_y())

    def _row(self, cells: Mapping[str, Sequence[str]], each: "_List") -> None:
        top, left = self.pdf.get_y(), _MARGIN
        for name, share in each.columns.items():
            is_figure = each.result.query.units[name] in ("money", "ratio", "count", "quantity")
            for number, line in enumerate(cells[name]):
                self.pdf.set_xy(left, top + number * _LINE)
                self.cell(_ROOM * share, _LINE, line, "R" if is_figure else "L")
            left += _ROOM * share
        self.pdf.set_xy(_MARGIN, top + _LINE * max(map(len, cells.values())))

    def _notes(self) -> None:
        free = _FOOT - _ABOVE_FOOT - self.pdf.get_y()
        if free < _HEADING + 2 * _NOTE_LINE:
            return
        self._heading(text("Notes"))
        for number in range(1, int((free - _HEADING) / _NOTE_LINE) + 1):
            y = self.pdf.get_y() + number * _NOTE_LINE
            self.pdf.line(_MARGIN, y, _MARGIN + _ROOM, y)

    def foot(self, words_: str) -> None:
        self.pdf.set_y(_FOOT)
        self.pen(7.5, QUIET)
        self.cell(_ROOM, 4, words_)


class _List:
    """A list with its cells as lines of text, and how many of its rows are shown."""

    def __init__(self, sheet: Paper, section: Section, result: Result, columns: dict[str, float]) -> None:
        self.section, self.result, self.columns = section, result, columns
        sheet.pen(8)
        self.rows = [self._cells(sheet, row) for row in result.rows()]
        self.rows_shown = min(section.rows, len(self.rows))

    def _cells(self, sheet: Paper, row: Mapping[str, Any]) -> dict[str, Sequence[str]]:
        units, currency = self.result.query.units, self.result.snapshot.currency
        shown = {c: format.value(row[c], units[c], currency) for c in self.columns}
        if "change" in self.columns:
            shown["change"] = format.change(row["revenue"], row["revenue_base"], "money") or format.NOTHING
        return {
            c: _unbroken(sheet, said, _ROOM * self.columns[c]) if c in _NEVER_CUT else [said]
            for c, said in shown.items()
        }

    def height(self) -> float:
        """Millimetres it takes with the rows shown."""
        if not self.rows:
            return _HEADING + _LINE
        lines = (max(map(len, row.values())) for row in self.rows[: self.rows_shown])
        return _HEADING + _LINE + _LINE * sum(lines)


def _unbroken(sheet: Paper, said: str, room: float) -> Sequence[str]:
    """In as many lines as it takes, up to a few: broken behind a sign of an address where one is near the end."""
    rest = clean(said)
    lines: list[str] = []
    while len(lines) < _MOST_LINES - 1 and sheet.width(rest) > room:
        fitting = max(1, len(sheet.fitting(rest, room)) - 1)
        end = max((rest.rfind(sign, fitting // 2, fitting) + 1 for sign in "@.-_ "), default=0) or fitting
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, rest]
