"""The board pack: what is read back is what pages tell, of one's own rows alone, and text is text."""

import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from PIL import Image
from pptx import Presentation

from data.errors import AccessDenied, BadInput
from data.people.store import audit, open_store
from data.settings import current
from data.warehouse import access, reading
from data.warehouse.access import Result
from presentation import format, pack, periods, words, workbook
from presentation.filters import parse
from presentation.pack import contents, logo
from presentation.pack.contents import Section
from presentation.pages import BY_NAME
from presentation.paper import clean
from tests import slowly, taking
from tests.people import ADMIN, DIRECTOR

VIEWS = ("director", "lead:R3", "rep:R5", "rep:R1", "ecommerce")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@pytest.fixture(autouse=True)
def house(named_house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ORDERBEAT_HOME", str(named_house))
    reading._fetch.cache_clear()
    yield named_house
    reading._fetch.cache_clear()
    access._connections.clear()


def states(count: int) -> list[tuple[str, str, contents.Stretch, dict[str, str | None]]]:
    """Somebody, a language, a stretch and filters, `count` of them, each view alike."""
    pick = random.Random(5)
    return [
        (
            VIEWS[number % len(VIEWS)],
            pick.choice(("en", "ru")),
            pick.choice(contents.STRETCHES),
            {
                "period": pick.choice(("month", "quarter", "year", "twelve_months")),
                "compare": pick.choice(("last_year", "previous")),
                "segment": pick.choice((None, None, "dealer", "b2b")),
                "owner": pick.choice((None, None, "R5", "R3")),
                "team": pick.choice((None, None, "Team R3")),
                "category": pick.choice((None, "All")),
                "catalog": pick.choice((None, "K1")),
            },
        )
        for number in range(count)
    ]


def asked(scope: str, stretch: contents.Stretch, codes: dict[str, str | None]) -> contents.Asked:
    shown, who = access.snapshot(), taking.viewer(scope)
    return contents.asked(who, reading.reading(who, shown), shown, codes, stretch, workbook.kept(shown))


def of_page(scope: str, found: Result, codes: dict[str, str | None], until: dt.date) -> Result:
    """The same query as its page asks it: under the filters of the page alone, on that person's file."""
    page = found.query.name.partition(".")[0]
    names = {"customers": ("segment", "owner"), "catalogs": ("segment", "category", "catalog"),
             "negotiations": ("segment", "owner"), "team": ("team",)}[page]  # fmt: skip
    within = {name: code for name, code in codes.items() if name in ("period", "compare", *names)}
    f = parse(until, within, found.snapshot.coverage, BY_NAME[page].dated)
    covered = f.comparable or f
    days = f.params() if found.params.get("date_from", f.window.date_from) == f.window.date_from else covered.params()
    asked_beside = {name: value for name, value in found.params.items() if name not in days}
    return access.query(scope, found.query.name, days | asked_beside)


def said_of(found: Result) -> set[str]:
    """Every value of a result as a page writes it, with its currency and without."""
    units, currency = found.query.units, found.snapshot.currency
    return {
        format.value(row[column], unit, known)
        for row in found.rows()
        for column, unit in units.items()
        for known in ("", currency)
    }


def numbers(said: str) -> set[str]:
    return {*NUMBER.findall(said)}


def words_of(section: Section) -> list[str]:
    table = section.table
    cells = [cell for row in table.rows for cell in row] if table else []
    return [*cells, *(part for figure in section.figures for part in figure if part)]


@pytest.mark.parametrize("state", slowly.after(4, states(50), every=6))
def test_every_figure_is_the_one_of_its_page(state: tuple[Any, ...]) -> None:
    scope, language, stretch, codes = state
    words.settle(language)
    given = asked(scope, stretch, codes)
    whole = contents.offered(given.who, given.shown)
    assert len(whole) >= (8 if scope == "ecommerce" else 10)
    until = dt.date.fromisoformat(given.shown.as_of)
    period = {"last_month": "month", "last_quarter": "quarter"}.get(stretch)
    if period:
        codes, until = codes | {"period": period}, periods.last_full(until, period)  # type: ignore[arg-type]
    for section in contents.sections(given, whole):
        fresh = [of_page(scope, found, codes, until) for found in section.results]
        for mine, theirs in zip(section.results, fresh, strict=True):
            assert mine.table.equals(theirs.table), mine.query.name
        told = set().union(*(said_of(found) for found in fresh)) | {words.text("Left the team")}
        if section.table:
            assert {cell for row in section.table.rows for cell in row} <= told
        assert {figure.value for figure in section.figures} <= told
        assert taking.foreign("\n".join([section.answer, *words_of(section)]), scope) == set()


def read_pdf(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def read_slides(content: bytes) -> list[str]:
    slides = []
    for slide in Presentation(io.BytesIO(content)).slides:
        said = []
        for shape in slide.shapes:
            if shape.has_text_frame:
                said.append("\n".join(paragraph.text for paragraph in shape.text_frame.paragraphs))
            elif shape.has_table:
                said += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
        slides.append("\n".join(said))
    return slides


@pytest.mark.parametrize("state", slowly.after(2, states(15), every=4))
@pytest.mark.parametrize("ending", pack.KINDS)
def test_what_is_read_back_is_what_was_put_in(ending: str, state: tuple[Any, ...]) -> None:
    scope, language, stretch, codes = state
    given = asked(scope, stretch, codes)
    usual = contents.usual(given.who, given.shown)
    content = pack.make(given, usual, ending, language, title="=1+1 <b>Review</b>")
    front, *pages = read_pdf(content) if ending == "pdf" else read_slides(content)
    assert front.splitlines()[0] == "=1+1 <b>Review</b>" or "=1+1 <b>Review</b>" in front
    sections = contents.sections(given, usual)
    assert len(sections) == len(usual)
    for section, page in zip(sections, pages, strict=False):
        said = re.sub(r"\s+", " ", page)
        for figure in section.figures:
            assert re.sub(r"\s+", " ", figure.value) in said
        if section.table:
            for row in section.table.rows[:8]:
                shown = [cell for cell, is_figure in zip(row, section.table.are_figures, strict=True) if is_figure]
                assert all(re.sub(r"\s+", " ", cell) in said for cell in shown), f"{section.code}: {row} was cut"
        # No number stands there that nobody put in; names are there to be told from figures by their letters.
        table = section.table
        headings = " ".join(table.headings) if table else ""
        names = " ".join(figure.name for figure in section.figures)
        foot = {*numbers(front), *(str(number) for number in range(200))}  # of pages and rows that are left out
        put_in = numbers(" ".join([section.answer, section.note, headings, names, *words_of(section)]))
        assert numbers(page) <= put_in | foot
    whole = "\n".join([front, *pages])
    assert taking.foreign(whole, scope) == set()
    assert all(result.query.path in whole for section in sections for result in section.results), "definitions"
    assert given.who.name in whole


def test_charts_of_slides_are_their_own_and_no_name_is_a_formula_or_a_link() -> None:
    words.settle("en")
    given = asked("director", "as_on_the_page", {})
    codes = contents.offered(given.who, given.shown)
    deck = Presentation(io.BytesIO(pack.make(given, codes, "pptx", "en")))
    bars = [section.bars for section in contents.sections(given, codes) if section.bars]
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == len(bars) >= 5
    names = []
    for drawn, chart in zip(bars, charts, strict=True):
        assert [*chart.plots[0].categories] == [clean(name) for name in drawn.names]
        assert [*chart.plots[0].series[0].values] == [*drawn.values]
        sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))["Sheet1"]
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
        texts = [cell.value for cell in cells if isinstance(cell.value, str)]
        assert not [each for each in texts if each.startswith(("=", "+", "-", "@"))]
        assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [*drawn.values]
        names += texts
    assert any("HYPERLINK" in name for name in names), "the hostile names are there"


def test_nothing_on_a_slide_reaches_beyond_it() -> None:
    words.settle("ru")
    given = asked("director", "last_quarter", {})
    deck = Presentation(io.BytesIO(pack.make(given, contents.offered(given.who, given.shown), "pptx", "ru", "Щ" * 200)))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height
            if shape.has_table:
                assert sum(column.width for column in shape.table.columns) <= shape.width + 1000


def test_a_filter_that_narrows_nothing_is_said() -> None:
    words.settle("en")
    given = asked("director", "as_on_the_page", {"segment": "dealer", "owner": "R5"})
    found = {section.code: section for section in contents.sections(given, ["silent", "team_attainment"])}
    assert "Segment: Dealers" in found["silent"].note
    assert "person-R5-0" in found["silent"].note
    assert "not narrowed by: Segment, Owner" in found["team_attainment"].note


def test_ecommerce_is_not_offered_the_team() -> None:
    given = asked("ecommerce", "last_month", {})
    assert not {"team_attainment", "deals_to_come"} & {*contents.offered(given.who, given.shown)}
    assert contents.sections(given, ["team_attainment"]) == []


@pytest.mark.usefixtures("home")
def test_a_logo_is_drawn_anew_and_nothing_of_its_file_is_kept() -> None:
    store, file = open_store(current()), io.BytesIO()
    picture = Image.new("RGB", (1200, 300), "red")
    picture.save(file, "JPEG", comment=b"SECRET", exif=b"Exif\x00\x00SECRET")
    logo.keep(store, ADMIN, file.getvalue())
    kept = logo.kept(store)
    assert kept is not None
    assert b"SECRET" not in kept
    with Image.open(io.BytesIO(kept)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (600, 150))
    assert [entry.did for entry in audit.read(store, ADMIN)] == ["setting_changed"]
    logo.keep(store, ADMIN, None)
    assert logo.kept(store) is None


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


NO_LOGOS = {
    "nothing": b"",
    "svg": b"<svg onload='x'/>",
    "no picture": b"\x89PNG\r\n\x1a\n" + b"0" * 99,
    "cut": png(9, 9)[:40],
    "too large": png(9, 9) + b"0" * (1 << 20),
    "a bomb": png(9_000, 9_000),
}


@pytest.mark.parametrize("name", NO_LOGOS)
@pytest.mark.usefixtures("home")
def test_what_is_no_small_picture_is_no_logo(name: str) -> None:
    with pytest.raises(BadInput, match="logo"):
        logo.keep(open_store(current()), ADMIN, NO_LOGOS[name])


@pytest.mark.usefixtures("home")
def test_a_logo_is_given_by_administrators_alone() -> None:
    with pytest.raises(AccessDenied):
        logo.keep(open_store(current()), DIRECTOR, png(9, 9))


@pytest.mark.parametrize("ending", pack.KINDS)
def test_the_logo_stands_on_the_front(ending: str) -> None:
    given = asked("rep:R5", "last_month", {})
    without, content = (pack.make(given, ["headline_figures"], ending, "en", logo=each) for each in (None, png(90, 30)))
    if ending == "pdf":
        found = [len(pypdf.PdfReader(io.BytesIO(file)).pages[0].images) for file in (without, content)]
    else:
        found = [sum("media" in name for name in zipfile.ZipFile(io.BytesIO(file)).namelist())
                 for file in (without, content)]  # fmt: skip
    assert found == [0, 1]
