"""A board pack as a PDF: lying sheets of A4, one a section, the definitions at the end."""

import io
from collections.abc import Sequence

from presentation.pack import layout
from presentation.pack.charts import picture
from presentation.pack.contents import Section, Table
from presentation.pack.cover import Cover, Definition
from presentation.paper import INK, QUIET, RULE, Paper, clean
from presentation.words import plural, text

_WIDTH, _HEIGHT, _MARGIN = 297.0, 210.0, 13.0
_ROOM, _FOOT = _WIDTH - 2 * _MARGIN, _HEIGHT - 11.0
_ROW, _TALLEST = 6.4, 8.8  # heights of a row
_CHART, _GAP = 0.4, 6.0  # share of the width that a chart takes, and the room beside it
_LARGEST, _LEAST = 10.0, 6.0


def draw(cover: Cover, sections: Sequence[Section]) -> bytes:
    """The whole pack."""
    sheets = _Sheets(cover)
    sheets.front(sections)
    for section in sections:
        sheets.section(section)
    sheets.definitions()
    return sheets.content()


class _Sheets(Paper):
    def __init__(self, cover: Cover) -> None:
        super().__init__(cover.title, is_lying=True)
        self.cover = cover
        self.pdf.set_margin(_MARGIN)

    def _sheet(self) -> None:
        self.pdf.add_page()
        self.pdf.set_xy(_MARGIN, _FOOT)
        self.pen(7.5, QUIET)
        self.cell(_ROOM - 20, 4, self.cover.foot)
        self.cell(20, 4, str(self.pdf.page_no()), "R")
        self.pdf.set_xy(_MARGIN, _MARGIN)

    def _line(self, words: str, height: float, room: float = _ROOM, align: str = "L") -> None:
        left = self.pdf.get_x()
        self.cell(room, height, words, align)
        self.pdf.set_xy(left, self.pdf.get_y() + height)

    def front(self, sections: Sequence[Section]) -> None:
        """The first sheet: what it is, for which days, and the answer of each section."""
        self._sheet()
        if self.cover.logo:
            self.pdf.image(io.BytesIO(self.cover.logo), _WIDTH - _MARGIN - 60, _MARGIN, 60, 24, keep_aspect_ratio=True)
        self.pen(24, bold=True)
        for line in self.lines(self.cover.title, _ROOM - 66, 2):
            self._line(line, 11, _ROOM - 66)
        self.pen(11, QUIET)
        for line in self.cover.about:
            self._line(line, 6)
        self.pdf.set_y(max(self.pdf.get_y() + 6, 52))
        for section in sections:
            self.pen(8.5, QUIET)
            self._line(section.title, 4.5)
            self.pen(11.5)
            lines = self.lines(section.answer, _ROOM, 1 if len(sections) > 9 else 2)
            for line in lines if section.answer != section.title else []:
                self._line(line, 5.5)
            self.pdf.set_y(self.pdf.get_y() + 1.5)

    def section(self, section: Section) -> None:
        """A sheet of one section."""
        self._sheet()
        self.pen(9, QUIET)
        self._line(section.title, 5)
        self.pen(14, bold=True)
        for line in self.lines(section.answer, _ROOM, 3):
            self._line(line, 6.5)
        self.pen(8, QUIET)
        for line in self.lines(section.note, _ROOM, 2) if section.note else []:
            self._line(line, 4)
        self.pdf.set_y(self.pdf.get_y() + 4)
        if section.figures:
            self._figures(section)
        top = self.pdf.get_y()
        left = _MARGIN
        if section.bars:
            width = _ROOM * (_CHART if section.table else 1.0)
            height = min(_FOOT - 9 - top, 125.0)
            self.pdf.image(
                io.BytesIO(picture(section.bars, width, height)), left, top, width, height, keep_aspect_ratio=True,
                alt_text=clean(section.title),
            )  # fmt: skip
            if section.bars.kind == "ranked" and section.bars.beside:
                self.pdf.set_xy(left, top + height)
                self.pen(8, QUIET)
                self._line(text("Tick: {what}", what=section.bars.beside_title), 4, width)
            left += width + _GAP
        if section.table:
            self._table(section.table, left, top, _WIDTH - _MARGIN - left)

    def _figures(self, section: Section) -> None:
        top, width = self.pdf.get_y(), _ROOM / 5
        self.pdf.set_draw_color(*RULE)
        for place, figure in enumerate(section.figures[:5]):
            left = _MARGIN + place * width
            self.pdf.rect(left, top, width - 3, 22)
            self.pdf.set_xy(left + 1, top + 1.5)
            self.pen(8.5, QUIET)
            self._line(figure.name, 5, width - 5)
            self.pen(16, bold=True)
            self._line(figure.value, 8, width - 5)
            self.pen(8.5, QUIET)
            self._line(figure.change or "", 5, width - 5)
        self.pdf.set_xy(_MARGIN, top + 28)

    def _table(self, table: Table, left: float, top: float, room: float) -> None:
        self.pdf.set_xy(left, top)
        if not table.rows:
            self.pen(9, QUIET)
            self._line(text("None."), _ROW, room)
            return
        points = layout.size(self, table, room, _LARGEST, _LEAST)
        columns = layout.widths(self, table, room, points)
        self.pen(points - 0.5, QUIET)
        headed = [self.lines(heading, width, 3) for heading, width in zip(table.headings, columns, strict=True)]
        deepest = max(map(len, headed))
        x = left
        for lines, width, is_figure in zip(headed, columns, table.are_figures, strict=True):
            for number, line in enumerate(lines, start=deepest - len(lines)):
                self.pdf.set_xy(x, top + number * 4)
                self.cell(width, 4, line, "R" if is_figure else "L")
            x += width
        top += deepest * 4 + 0.5
        room_below = _FOOT - 8 - top
        height = min(max(room_below / len(table.rows), _ROW), _TALLEST)
        fitting = int(room_below / height)
        self.pdf.set_draw_color(*RULE)
        self.pdf.set_line_width(0.15)
        self.pen(points, INK)
        for row in table.rows[:fitting]:
            self.pdf.line(left, top, left + room, top)
            x = left
            for words, width, is_figure in zip(row, columns, table.are_figures, strict=True):
                self.pdf.set_xy(x, top)
                self.cell(width, height, words, "R" if is_figure else "L")
                x += width
            top += height
        if beyond := table.left_out + max(0, len(table.rows) - fitting):
            self.pdf.set_xy(left, top + 0.5)
            self.pen(8, QUIET)
            self._line(plural("{count} more row", "{count} more rows", beyond), 5, room)

    def definitions(self) -> None:
        """The last sheets: what every figure means, and which file computes it."""
        self._sheet()
        self.pen(14, bold=True)
        self._line(text("Definitions"), 8)
        self.pen(8.5)
        for line in self.cover.origin:
            for part in self.lines(line, _ROOM, 4):
                self._line(part, 4.5)
        self.pdf.set_y(self.pdf.get_y() + 3)
        for definition in self.cover.definitions:
            self._definition(definition)

    def _definition(self, definition: Definition) -> None:
        self.pen(8)
        body = self.lines(definition.meaning, _ROOM, 40)
        if self.pdf.get_y() + 5 + 3.8 * (len(body) + 1) > _FOOT - 3:
            self._sheet()
        self.pen(8.5, bold=True)
        self._line(definition.title, 4.5)
        self.pen(8)
        for line in body:
            self._line(line, 3.8)
        self.pen(7.5, QUIET)
        self._line(definition.file, 3.8)
        self.pdf.set_y(self.pdf.get_y() + 2)
