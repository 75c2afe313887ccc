"""What people keep and take along: a list as a file, a view under a name, theirs or everybody's."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdf
import pytest
from playwright.sync_api import expect
from pptx import Presentation

from tests.browser.chromium import Visit


def taken(window: Visit, list_key: str, ending: str) -> bytes:
    page = window.page
    page.locator(f".st-key-export-{list_key} button").first.click()
    button = page.locator(f".st-key-export-{list_key}-{ending} button")
    button.wait_for()
    with page.expect_download() as download:
        button.click()
    page.keyboard.press("Escape")
    window.settle()
    assert download.value.suggested_filename == f"{list_key}.{ending}"
    return Path(download.value.path()).read_bytes()


def test_a_rep_takes_the_whole_of_the_own_list_along(demo: str, visit: Callable[..., Visit]) -> None:
    window = visit()
    window.open("customers", list="accounts", view_as="rep:R006")
    found = window.rows_found()
    rows = list(csv.reader(io.StringIO(taken(window, "customers-book", "csv").decode("utf-8-sig"), newline="")))
    about = taken(window, "customers-book", "txt").decode("utf-8-sig")
    assert "Data to" in about
    assert "queries/customers/book.sql" in about
    assert "Book" in about
    assert len(rows[1:]) == found
    book = openpyxl.load_workbook(io.BytesIO(taken(window, "customers-book", "xlsx")))
    assert [cell.value for cell in book["Data"][1]] == rows[0]
    assert book["Data"].max_row == found + 1
    owners = {row[rows[0].index("Owner")] for row in rows[1:]}
    assert len(owners) == 1


@pytest.mark.slow
def test_a_view_is_kept_shared_opened_by_another_and_deleted(own_demo: str, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    page = window.open("customers", list="accounts", segment="dealer")
    page.locator(".st-key-views button").first.click()
    page.get_by_role("textbox", name="Keep this view as").fill("My *dealers* <b>")
    page.get_by_text("Others may use it").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    window.settle()

    rep = visit(address=own_demo)
    page = rep.open("customers", view_as="rep:R006")
    page.locator(".st-key-views button").first.click()
    shared = page.get_by_role("button", name="My *dealers* <b> (shared)")
    shared.wait_for()
    assert page.get_by_role("button", name="Delete").count() == 0
    shared.click()
    rep.settle()
    asked = rep.query()
    assert asked["view_as"] == "rep:R006"
    assert asked["segment"] == "dealer"
    assert asked["list"] == "accounts"

    again = visit(address=own_demo)
    page = again.open("customers")
    page.locator(".st-key-views button").first.click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("None is kept yet.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(("view", "language"), [("director", "en"), ("rep:R006", "ru")])
def test_what_a_page_gives_for_a_meeting_is_made_of_one_s_own(
    view: str, language: str, demo: str, visit: Callable[..., Visit]
) -> None:
    window = visit()
    page = window.open("customers", view_as=view, language=language, segment="dealer")
    page.locator(".st-key-take-along button").first.click()
    files = {}
    for key in ("workbook-customers", "pack-pdf", "pack-pptx"):
        button = page.locator(f".st-key-{key} button")
        button.wait_for()
        with page.expect_download() as download:
            button.click()
        files[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    assert {*files} == {"customers.xlsx", "pack.pdf", "pack.pptx"}
    book = openpyxl.load_workbook(io.BytesIO(files["customers.xlsx"]))
    assert len(book.sheetnames) >= 8
    said = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(files["pack.pdf"])).pages)
    assert {"en": "Headline figures", "ru": "Главные показатели"}[language] in said
    assert "queries/customers/kpis.sql" in said
    slides = Presentation(io.BytesIO(files["pack.pptx"])).slides
    assert any(shape.has_chart for slide in slides for shape in slide.shapes)
    page.keyboard.press("Escape")
