"""A board pack as slides: charts and tables of PowerPoint's own, to be edited; text is text, and no cell a formula."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.util import Mm, Pt

from presentation import spreadsheet
from presentation.pack import layout
from presentation.pack.contents import Bars, Section, Table
from presentation.pack.cover import Cover
from presentation.paper import INK, QUIET, RULE, Paper, clean
from presentation.words import plural, text

_WIDTH, _HEIGHT, _MARGIN = 338.67, 190.5, 13.0
_ROOM, _FOOT = _WIDTH - 2 * _MARGIN, _HEIGHT - 10.0
_ROW, _CHART, _GAP = 7.0, 0.4, 6.0
_LARGEST, _LEAST = 10.0, 7.0
# Which fonts a reader has is not known: letters are taken to be wider than ours by so much.
_FONT, _SPARE = "Arial", 1.12
_MAIN, _BESIDE = RGBColor(0x1F, 0x5F, 0xA8), RGBColor(0xD5, 0x71, 0x1A)
_NUMBERS = {"ratio": "0.0%", "price": "#,##0.00"}
_BLANK = 6  # the layout without places of its own


def draw(cover: Cover, sections: Sequence[Section]) -> bytes:
    """The whole pack."""
    slides = _Slides(cover)
    slides.front(sections)
    for section in sections:
        slides.section(section)
    slides.definitions()
    return slides.content()


class _Slides:
    def __init__(self, cover: Cover) -> None:
        self.cover = cover
        self.ruler = Paper("")
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Mm(_WIDTH), Mm(_HEIGHT)
        self.deck.core_properties.title = clean(cover.title)
        self.deck.core_properties.author = "Orderbeat"

    def content(self) -> bytes:
        """The file."""
        file = io.BytesIO()
        self.deck.save(file)
        return file.getvalue()

    def _slide(self) -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_BLANK])
        number = len(self.deck.slides)
        self._words(slide, [self.cover.foot], _MARGIN, _FOOT, _ROOM - 20, 8, QUIET)
        self._words(slide, [str(number)], _WIDTH - _MARGIN - 20, _FOOT, 20, 8, QUIET, align=PP_ALIGN.RIGHT)
        return slide

    def _lines(self, words: str, room: float, points: float, most: int, *, bold: bool = False) -> list[str]:
        self.ruler.pen(points, bold=bold)
        return self.ruler.lines(words, room / _SPARE, most)

    def _words(
        self, slide: Any, lines: Iterable[str], left: float, top: float, room: float, points: float,
        colour: tuple[int, int, int] = INK, *, bold: bool = False, align: Any = PP_ALIGN.LEFT,
    ) -> float:  # fmt: skip
        """Lines that fit the room, each a paragraph; where the next may begin."""
        shown = [self._lines(line, room, points, 1, bold=bold)[0] for line in lines]
        if not shown:
            return top
        height = points * 0.353 * 1.25
        box = slide.shapes.add_textbox(Mm(left), Mm(top), Mm(room), Mm(height * len(shown)))
        frame = box.text_frame
        frame.word_wrap, frame.auto_size = False, MSO_AUTO_SIZE.NONE
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for number, line in enumerate(shown):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            self._said(paragraph, line, points, colour, bold=bold, align=align)
        return top + height * len(shown)

    def _said(
        self, paragraph: Any, words: str, points: float, colour: tuple[int, int, int], *, bold: bool, align: Any
    ) -> None:
        run = paragraph.add_run()
        run.text = clean(words)
        run.font.name, run.font.size, run.font.bold = _FONT, Pt(points), bold
        run.font.color.rgb = RGBColor(*colour)
        paragraph.alignment = align

    def front(self, sections: Sequence[Section]) -> None:
        """The first slide: what it is, for which days, and the answer of each section."""
        slide = self._slide()
        if self.cover.logo:
            picture = slide.shapes.add_picture(io.BytesIO(self.cover.logo), 0, Mm(_MARGIN), height=Mm(20))
            if picture.width > Mm(60):
                picture.height, picture.width = int(picture.height * Mm(60) / picture.width), Mm(60)
            picture.left = Mm(_WIDTH - _MARGIN) - picture.width
        room = _ROOM - 66
        title = self._lines(self.cover.title, room, 26, 2, bold=True)
        top = self._words(slide, title, _MARGIN, _MARGIN, room, 26, bold=True)
        top = self._words(slide, self.cover.about, _MARGIN, top + 2, room, 12, QUIET) + 5
        each = min((_FOOT - 4 - top) / max(1, len(sections)), 15.0)
        for section in sections:
            self._words(slide, [section.title], _MARGIN, top, _ROOM, 9, QUIET)
            most = 2 if each > 13 else 1
            lines = self._lines(section.answer, _ROOM, 12, most) if section.answer != section.title else []
            self._words(slide, lines, _MARGIN, top + 4, _ROOM, 11)
            top += each

    def section(self, section: Section) -> None:
        """A slide of one section."""
        slide = self._slide()
        top = self._words(slide, [section.title], _MARGIN, 9, _ROOM, 10, QUIET)
        answer = self._lines(section.answer, _ROOM, 16, 3, bold=True)
        top = self._words(slide, answer, _MARGIN, top, _ROOM, 16, bold=True)
        if section.note:
            top = self._words(slide, self._lines(section.note, _ROOM, 9, 2), _MARGIN, top + 0.5, _ROOM, 9, QUIET)
        top += 4
        if section.figures:
            self._figures(slide, section, top)
            top += 27
        left = _MARGIN
        if section.bars:
            width = _ROOM * (_CHART if section.table else 1.0)
            _chart(slide, section.bars, left, top, width, min(_FOOT - 4 - top, 120.0))
            left += width + _GAP
        if section.table:
            self._table(slide, section.table, left, top, _WIDTH - _MARGIN - left)

    def _figures(self, slide: Any, section: Section, top: float) -> None:
        width = _ROOM / 5
        for place, figure in enumerate(section.figures[:5]):
            left, room = _MARGIN + place * width, width - 3
            self._words(slide, [figure.name], left, top, room, 10, QUIET)
            self._words(slide, [figure.value], left, top + 5, room, 18, bold=True)
            self._words(slide, [figure.change] if figure.change else [], left, top + 14, room, 10, QUIET)

    def _table(self, slide: Any, table: Table, left: float, top: float, room: float) -> None:
        if not table.rows:
            self._words(slide, [text("None.")], left, top, room, 10, QUIET)
            return
        points = layout.size(self.ruler, table, room, _LARGEST, _LEAST, _SPARE)
        columns = layout.widths(self.ruler, table, room, points, _SPARE)
        head = 5.0 * 3
        fitting = max(1, int((_FOOT - 9 - top - head) / _ROW))
        rows = table.rows[:fitting]
        shape = slide.shapes.add_table(
            len(rows) + 1, len(columns), Mm(left), Mm(top), Mm(room), Mm(head + _ROW * len(rows))
        )
        drawn = shape.table
        for column, width in zip(drawn.columns, columns, strict=True):
            column.width = Mm(width)
        for number, row in enumerate(drawn.rows):
            row.height = Mm(_ROW if number else head)
        for place, (heading, is_figure) in enumerate(zip(table.headings, table.are_figures, strict=True)):
            lines = self._lines(heading, columns[place], points - 1, 3)
            self._cell(drawn.cell(0, place), lines, points - 1, QUIET, is_figure=is_figure, bold=False)
        for number, row in enumerate(rows, start=1):
            for place, (words, is_figure) in enumerate(zip(row, table.are_figures, strict=True)):
                said = self._lines(words, columns[place], points, 1)
                self._cell(drawn.cell(number, place), said, points, INK, is_figure=is_figure, bold=False)
        if beyond := table.left_out + len(table.rows) - len(rows):
            more = [plural("{count} more row", "{count} more rows", beyond)]
            self._words(slide, more, left, top + head + _ROW * len(rows) + 1, room, 9, QUIET)

    def _cell(
        self, cell: Any, lines: Sequence[str], points: float, colour: tuple[int, int, int], *, is_figure: bool,
        bold: bool,
    ) -> None:  # fmt: skip
        cell.margin_left = cell.margin_right = Mm(1)
        cell.margin_top = cell.margin_bottom = Mm(0.3)
        cell.vertical_anchor = MSO_ANCHOR.BOTTOM if colour == QUIET else MSO_ANCHOR.MIDDLE
        cell.fill.background()
        frame = cell.text_frame
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            align = PP_ALIGN.RIGHT if is_figure else PP_ALIGN.LEFT
            self._said(paragraph, line, points, colour, bold=bold, align=align)

    def definitions(self) -> None:
        """The last slides: what every figure means, and which file computes it."""
        slide = self._slide()
        top = self._words(slide, [text("Definitions")], _MARGIN, 9, _ROOM, 16, bold=True)
        for line in self.cover.origin:
            top = self._words(slide, self._lines(line, _ROOM, 9, 3), _MARGIN, top, _ROOM, 9)
        top += 3
        for definition in self.cover.definitions:
            body = self._lines(definition.meaning, _ROOM, 9, 30)
            if top + 4.5 * (len(body) + 2) > _FOOT - 3:
                slide, top = self._slide(), 10.0
            top = self._words(slide, [definition.title], _MARGIN, top, _ROOM, 9.5, bold=True)
            top = self._words(slide, body, _MARGIN, top, _ROOM, 9)
            top = self._words(slide, [definition.file], _MARGIN, top, _ROOM, 8, QUIET) + 2


def _chart(slide: Any, bars: Bars, left: float, top: float, width: float, height: float) -> None:
    """A chart of PowerPoint's own over these bars."""
    data = CategoryChartData(number_format=_NUMBERS.get(bars.unit, "#,##0"))
    data.categories = [clean(name) for name in bars.names]
    for title, values in _series(bars):
        data.add_series(clean(title), values)
    is_ranked = bars.kind == "ranked"
    kind = XL_CHART_TYPE.BAR_CLUSTERED if is_ranked else XL_CHART_TYPE.COLUMN_CLUSTERED
    chart = slide.shapes.add_chart(kind, Mm(left), Mm(top), Mm(width), Mm(height), data).chart
    # python-pptx lets XlsxWriter make formulas and links of names; the workbook behind the chart is our own instead.
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(bars))
    chart.font.size, chart.font.name = Pt(9), _FONT
    chart.has_title = False
    chart.has_legend = bool(bars.beside)
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 50, 0
    for series, colour in zip(plot.series, (_MAIN, _BESIDE), strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
        series.invert_if_negative = False
    chart.value_axis.has_major_gridlines = not is_ranked
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(*RULE)
    chart.value_axis.has_major_gridlines = not is_ranked
    if is_ranked:
        chart.category_axis.reverse_order = True
        chart.value_axis.visible = False
        plot.has_data_labels = True
        plot.data_labels.number_format = _NUMBERS.get(bars.unit, "#,##0")
        plot.data_labels.number_format_is_linked = False
        plot.data_labels.font.size = Pt(8)


def _series(bars: Bars) -> list[tuple[str, Sequence[float | None]]]:
    return [(bars.title, bars.values), *([(bars.beside_title, bars.beside)] if bars.beside else [])]


def _workbook(bars: Bars) -> bytes:
    """The cells behind a chart, where it looks for them: names in column A, each series in one to the right."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **spreadsheet.AS_TEXT}) as book:
        sheet = book.add_worksheet("Sheet1")
        for number, name in enumerate(bars.names, start=1):
            sheet.write_string(number, 0, spreadsheet.plain(clean(name)))
        for place, (title, values) in enumerate(_series(bars), start=1):
            sheet.write_string(0, place, spreadsheet.plain(clean(title)))
            for number, value in enumerate(values, start=1):
                if value is not None:
                    sheet.write_number(number, place, value)
    return file.getvalue()
