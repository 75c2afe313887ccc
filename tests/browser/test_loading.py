"""The whole way on screen: drop, look, preview, load, mend, take back; what came in is what an import brings."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from data.loading import inputs, kept
from tests import slowly
from tests.browser import chromium
from tests.browser.chromium import DESKTOP, PHONE, Visit
from tests.browser.test_screens import violations
from tests.data.loading.layouts import LAYOUTS

MOST_CLICKS = 8
HOSTILE = "**x** ![x](http://192.0.2.1/x.png) :red[x] <b>x</b>"
WORDS = {
    "en": {"preview": "Preview", "load": "Load and publish", "currency": "Currency of amounts",
           "seen": "columns were recognised", "published": "is published", "undo": "Take this load back",
           "mend": "Load the mended rows", "more": "Load more files", "back": "is loaded again"},
    "ru": {"preview": "Предпросмотр", "load": "Загрузить и опубликовать", "currency": "Валюта сумм",
           "seen": "распознано столбцов", "published": "опубликован снимок", "undo": "Отменить эту загрузку",
           "mend": "Загрузить исправленные строки", "more": "Загрузить ещё файлы", "back": "Снова загружено"},
}  # fmt: skip


class Loading:
    """One administrator who loads; `clicks` counts what it took, dropping the files included."""

    def __init__(self, window: Visit, language: str = "en") -> None:
        self.window, self.page, self.words, self.clicks = window, window.page, WORDS[language], 0
        self.troubles: list[str] = []
        self.seen = ""
        window.open("data_admin", view_as="admin", section="load_files", language=language)

    def drop(self, folder: Path) -> Page:
        self.clicks += 2  # the section, and the files
        self.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(sorted(folder.iterdir()))
        self.page.get_by_text(self.words["seen"]).wait_for()
        page = self._look("seen")
        self.seen = self.window.text()
        return page

    def choose(self, label: str, option: str) -> None:
        self.clicks += 2
        self.page.get_by_role("combobox", name=label).click()
        self.page.keyboard.type(option)
        self.page.keyboard.press("Enter")
        self.window.settle()

    def click(self, name: str, until: str) -> Page:
        self.clicks += 1
        self.page.get_by_role("button", name=self.words[name]).click()
        self.page.get_by_text(until).first.wait_for()
        return self._look(name)

    def _look(self, stage: str) -> Page:
        """What no stage may have: more than the screen is wide, and what axe finds."""
        page = self.window.settle()
        self.window.shot(f"loading-{stage}-{page.viewport_size['width']}")  # type: ignore[index]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            self.troubles.append(f"{stage} scrolls sideways")
        self.troubles += [f"{stage}: {found}" for found in violations(page)]
        return page

    def load(self, layout: str, folder: Path) -> Page:
        """Everything from the dropped files to the published snapshot."""
        self.drop(folder)
        if LAYOUTS[layout].currency and self.page.get_by_text(self.words["currency"]).count():
            self.choose(self.words["currency"], LAYOUTS[layout].currency)
        self.click("preview", until=self.words["load"])
        return self.click("load", until=self.words["published"])


def written(layout: str, folder: Path) -> Path:
    """The files of a layout."""
    folder.mkdir()
    for name, content in LAYOUTS[layout].files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def totals(home: Path) -> dict[str, tuple[int, int, int]]:
    loaded = inputs.current(home)
    assert loaded is not None
    return {row["table"]: (row["rows_in"], row["loaded"], row["quarantined"]) for row in loaded.totals()}


@pytest.mark.parametrize(
    "case",
    slowly.after(
        1,
        [("odoo", "en", DESKTOP), ("one_c", "ru", PHONE)]
        + [(name, "en", DESKTOP) for name in LAYOUTS if name not in ("odoo", "one_c")],
        every=7,
    ),
)
def test_files_of_a_common_layout_are_loaded_in_few_clicks_with_the_counts_of_an_import(
    case: tuple[str, str, dict[str, int]], demo_home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    layout, language, size = case
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    folder = written(layout, tmp_path / "files")
    with chromium.served(home) as address:
        window = visit(address=address, size=size)
        loading = Loading(window, language)
        page = loading.load(layout, folder)
        assert loading.clicks <= MOST_CLICKS
        assert page.locator(".st-key-failure").count() == 0
        assert loading.troubles == []
        window.close()
    (name,) = kept.names(home)
    again = tmp_path / "again"
    chromium.run(again, "import", str(folder), "--mapping", str(kept.root(home) / f"{name}.yaml"), "--no-build")
    assert totals(home) == totals(again)
    assert {table: loaded for table, (_, loaded, _) in totals(home).items() if loaded} == LAYOUTS[layout].loaded


def test_refused_rows_are_mended_in_place_and_a_load_is_taken_back(
    demo_home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    folder = written("hubspot", tmp_path / "files")
    deals = next(folder.iterdir()).rename(folder / f"{HOSTILE.replace('/', '')}.csv")
    content = deals.read_text(encoding="utf-8").replace("250.5", "250.5.7").replace("Trial order", HOSTILE)
    deals.write_text("".join(f"{line},{HOSTILE}\n" for line in content.splitlines()), encoding="utf-8")
    with chromium.served(home) as address:
        window = visit(address=address)
        loading = Loading(window)
        page = loading.load("hubspot", folder)
        assert HOSTILE in loading.seen
        assert "1 row quarantined" in page.locator(".st-key-headline").inner_text()
        assert totals(home)["quotes"] == (3, 2, 1)
        editor = page.locator(".st-key-load-mend [data-testid=stDataFrame]")
        heads = editor.locator("canvas th").all_text_contents()
        box = editor.bounding_box()
        assert box is not None
        assert heads[0] == "Why it is refused"
        mend_cell(window, heads.index("Amount"), "250.50")
        loading.click("mend", until="none refused")
        assert totals(home)["quotes"] == (3, 3, 0)
        assert "!_x_(http_192.0.2.1x.png)" in window.text()
        loading.click("undo", until=WORDS["en"]["back"])
        assert loading.troubles == []
        assert totals(home)["quotes"] == (3, 2, 1)
        window.close()


def test_whoever_may_not_load_can_send_no_file(own_demo: str, tmp_path: Path, visit: Callable[..., Visit]) -> None:
    window = visit(address=own_demo)
    loading = Loading(window)
    page = window.page
    with page.expect_request(lambda asked: "/upload_file/" in asked.url and asked.method == "PUT") as upload:
        loading.drop(written("hubspot", tmp_path / "files"))
    send = """async url => {
        const file = new FormData();
        file.append('file', new Blob(['a,b']), 'a.csv');
        const token = document.cookie.match(/_xsrf=([^;]+)/);
        const headers = token ? {'X-Xsrftoken': token[1]} : {};
        return (await fetch(url, {method: 'PUT', body: file, headers})).status;
    }"""
    assert page.evaluate(send, upload.value.url) == 204
    window.open("data_admin", view_as="director")
    assert page.get_by_text("This page is not part of your view.").is_visible()
    assert page.locator("[data-testid=stFileUploaderDropzone]").count() == 0
    assert page.evaluate(send, upload.value.url) == 403
    window.troubles = [said for said in window.troubles if "403" not in said]  # the browser tells of it, too
    window.close()


def mend_cell(window: Visit, column: int, text: str) -> None:
    """Writes into a cell of the first row, found by going there with the keys, as people without a mouse do."""
    page = window.page
    editor = page.locator(".st-key-load-mend [data-testid=stDataFrame]").first
    editor.scroll_into_view_if_needed()
    box = editor.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 40, box["y"] + 48)
    for _ in range(column):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    field = page.locator("#portal textarea")
    field.wait_for()  # what is typed before it is open is lost
    page.wait_for_timeout(500)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)
    page.wait_for_timeout(300)  # as long as a hand takes to the next key
    page.keyboard.press("Enter")
    field.wait_for(state="detached")
    window.settle()
