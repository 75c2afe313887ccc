"""Real pages in a real browser: servers of their own homes, and pages that notice everything that goes wrong."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from data.settings import PROJECT

SHOTS = Path(__file__).parent / "shots"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
              "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions")  # fmt: skip
_PATIENCE_SECONDS = 120
# A page below the root looks for its server there first; charts announce an empty scale while they mount; Streamlit
# allows the frame of a mail's preview more than a browser knows, and scripts, which our policy forbids in it.
_HARMLESS = (
    "/_stcore/health", "/_stcore/host-config", "Infinite extent", "Unrecognized feature",
    "both allow-scripts and allow-same-origin",
)  # fmt: skip


def found() -> str | None:
    """The browser to drive."""
    names = (
        os.environ.get("CHROMIUM"),
        "chromium-headless-shell",
        "/usr/bin/chromium",
        "chromium",
        "chromium-browser",
        "google-chrome",
    )
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the app over that home."""
    port = free_port()
    with starting(home, "--server.port", str(port)) as server:
        address = f"http://127.0.0.1:{port}"
        wait_until_listening(server, address)
        yield address


def starting(home: Path, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """`streamlit run app.py` with those options, stopped at the end."""
    return started(home, "streamlit", "run", "app.py", *options)


@contextmanager
def started(home: Path, module: str, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A server as `python -m module` starts it over that home, told these ORDERBEAT_* settings, stopped at the end."""
    server = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, "ORDERBEAT_HOME": str(home), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield server
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def wait_until_listening(server: subprocess.Popen[str], address: str) -> None:
    for _ in range(10 * _PATIENCE_SECONDS):
        if server.poll() is not None:
            assert server.stdout is not None
            raise RuntimeError(f"The server ended: {server.stdout.read()}")
        try:
            urllib.request.urlopen(f"{address}/_stcore/health").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(home: Path, *arguments: str) -> None:
    """`python -m data` on that home."""
    subprocess.run(
        [sys.executable, "-m", "data", *arguments],
        cwd=PROJECT,
        env={**os.environ, "ORDERBEAT_HOME": str(home)},
        check=True,
        capture_output=True,
    )


class Visit:
    """One person's browser window on one server; `troubles` collects what no page may cause."""

    def __init__(self, browser: Browser, address: str, size: dict[str, int] = DESKTOP) -> None:
        self.address, self.troubles = address, list[str]()
        # One context for all, so that Streamlit's scripts are loaded and compiled once; a session is a page's own.
        context = browser.contexts[0] if browser.contexts else browser.new_context(locale="en-GB")
        self.page: Page = context.new_page()
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.set_default_timeout(1000 * _PATIENCE_SECONDS)
        self.page.on("console", lambda said: self._heard(said.type, said.text, said.location.get("url", "")))
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def open(self, place: str, **query: str) -> Page:
        """Goes to /place?query, the first time by loading it, then as the browser's Back does, and waits for it."""
        if self.page.url.startswith(self.address):
            self.page.evaluate(AS_BACK, f"/{place}?{urlencode(query)}")
        else:
            self.page.goto(f"{self.address}/{place}?{urlencode(query)}")
        self.page.locator(".st-key-top, .st-key-first-steps").first.wait_for()
        return self.settle()

    def go(self, name: str) -> Page:
        """Follows the link of that name to another page."""
        self.page.get_by_role("link", name=name, exact=True).click()
        return self.settle()

    def click_cell(self, list_key: str, row: int = 0, column_offset: int = 60) -> Page:
        """Clicks into a row of a list, as a hand with a mouse does."""
        found = self.page.locator(f".st-key-{list_key} [data-testid=stDataFrame]").first
        found.scroll_into_view_if_needed()
        box = found.bounding_box()
        assert box is not None
        x, y = box["x"] + column_offset, box["y"] + 30 * (row + 1) + 18
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(200)
        self.page.mouse.click(x, y)
        self.page.wait_for_timeout(300)
        return self.settle()

    def settle(self) -> Page:
        """Waits until the run is over, every chart is drawn and nothing moves any more."""
        self.page.wait_for_timeout(100)  # what was clicked must have had time to begin
        self.page.evaluate("() => { window.stillFor = 0; window.seenBefore = 0; }")
        self.page.wait_for_function(_SETTLED, polling=100)
        return self.page

    def text(self) -> str:
        """Everything readable, cells of lists included."""
        return self.page.locator("[data-testid=stMain]").evaluate(_ALL_TEXT)

    def cells(self, list_key: str) -> list[str]:
        return self.page.locator(f".st-key-{list_key} canvas td").all_text_contents()

    def rows_found(self) -> int:
        """The number below the only list on the page."""
        (number,) = re.findall(r"^([\d,]+) rows?$", self.text(), re.MULTILINE)
        return int(number.replace(",", ""))

    def query(self) -> dict[str, str]:
        """What stands behind the question mark."""
        return self.page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def close(self) -> None:
        self.page.close()

    def _heard(self, kind: str, words: str, url: str) -> None:
        if kind in ("error", "warning") and not any(known in words + url for known in _HARMLESS):
            self.troubles.append(f"console: {words} {url}")

    def _asked(self, url: str) -> None:
        host = urlsplit(url).hostname
        if host and host not in ("127.0.0.1", "localhost"):
            self.troubles.append(f"request: {url}")


# Much quicker than loading a page anew, and what Streamlit answers in the same session.
AS_BACK = """place => {
    history.pushState(history.state, '', place);
    window.dispatchEvent(new PopStateEvent('popstate', {state: history.state}));
}"""
_SETTLED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const busy = app?.dataset.testScriptState !== 'notRunning' || app.dataset.testConnectionState !== 'CONNECTED'
        || document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
        || [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].some(e => !e.querySelector('canvas, svg'))
        || [...document.querySelectorAll('[data-testid=stDataFrame]')].some(e => !e.querySelector('canvas td'));
    const seen = document.body.innerHTML.length;
    const still = !busy && window.seenBefore === seen;
    window.seenBefore = seen;
    window.stillFor = still ? (window.stillFor || 0) + 1 : 0;
    // A list writes what it shows into the page's readable text a fifth of a second after it has drawn it.
    return window.stillFor > (document.querySelector('[data-testid=stDataFrame]') ? 4 : 1);
}"""
_ALL_TEXT = """main => [main.innerText,
    ...[...main.querySelectorAll('canvas td, canvas th')].map(cell => cell.textContent),
    ...[...main.querySelectorAll('input')].map(input => input.value),
    ...[...main.querySelectorAll('[aria-label]')].map(e => e.ariaLabel)].join('\\n')"""
