"""A real Chromium that clicks filters and tells when the last thing was painted (probe.js does the telling)."""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import psutil
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from bench.figures import CHROMIUM, spread
from bench.serve import BENCH, Server
from bench.workload import Click

_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]
# Vega says so while a chart is mounted without rows; Streamlit looks for its own addresses below a page's first.
_EXPECTED = ("Infinite extent for field", "/_stcore/")
_QUIET_MS = 350

_SETTLED = """([answered, quiet]) => {
  const probe = window.__probe, now = performance.now();
  return probe[answered] && !probe.pending && probe.painted >= probe.activity
    && now - Math.max(probe.activity, probe.finished) > quiet && { ...probe, trace: null };
}"""


class Driver(Protocol):
    """How to click in one kind of app, and which of the probe's counters says that the server has answered."""

    answered: str

    def choose(self, page: Page, click: Click) -> None:
        """Clicks the word of a filter."""
        ...


class Streamlit:
    """Our own pages: filters are rows of buttons and boxes to choose from."""

    answered = "finished"

    def choose(self, page: Page, click: Click) -> None:
        """Clicks the word of a filter."""
        name, word = click
        place = page.locator(f".st-key-{name}")
        if name in ("period", "compare", "list"):
            place.get_by_role("radio", name=word, exact=True).click()
        else:
            place.get_by_role("combobox").click()
            page.get_by_role("option", name=word, exact=True).click()


@dataclass(frozen=True)
class Measured:
    """One click: until the last thing was painted, until the server had finished, bytes, processor time."""

    milliseconds: float
    answered_milliseconds: float
    kilobytes: float
    server_cpu: float
    browser_cpu: float


@dataclass
class Tab:
    """One page in a browser window of its own."""

    page: Page
    server: Server
    driver: Driver
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> float:
        """Loads a page; milliseconds from asking for it to the last thing painted."""
        self.page.goto(self.server.url + path, wait_until="commit")
        return self._settled()["painted"]

    def click(self, click: Click) -> Measured:
        """Clicks a filter and waits until all is painted."""
        return self._measured(lambda: self.driver.choose(self.page, click))

    def lists(self) -> list[str]:
        """What the page's switch of lists offers, in words."""
        choices = self.page.locator(".st-key-list").get_by_role("radio")
        choices.first.wait_for()
        return [words.strip() for words in choices.all_inner_texts()]

    def navigate(self, title: str) -> Measured:
        """Goes to another page of the app by its link."""
        return self._measured(lambda: self.page.get_by_role("link", name=title, exact=True).click())

    def _measured(self, act: Any) -> Measured:
        server, browser = self.server.cpu_seconds(), _browser_cpu()
        act()
        seen = self._settled()
        failures = self.page.locator("[data-testid=stException], .st-key-failure").count()
        self.errors += ["the page shows a failure"] * failures
        return Measured(
            milliseconds=seen["painted"] - seen["t0"],
            answered_milliseconds=max(seen["finished"] - seen["t0"], 0),
            kilobytes=seen["bytes"] / 1000,
            server_cpu=(self.server.cpu_seconds() - server) * 1000,
            browser_cpu=(_browser_cpu() - browser) * 1000,
        )

    def _settled(self) -> dict[str, Any]:
        arguments = [self.driver.answered, _QUIET_MS]
        return self.page.wait_for_function(_SETTLED, arg=arguments, polling=100, timeout=30_000).json_value()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without sandbox, window and network of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tab(browser: Browser, server: Server, driver: Driver | None = None, cookies: Sequence[Any] = ()) -> Iterator[Tab]:
    """A window with nothing cached but these cookies, whose errors are kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.add_cookies(cookies)
    context.add_init_script(path=BENCH / "probe.js")
    opened = Tab(context.new_page(), server, driver or Streamlit())

    def keep(text: str) -> None:
        if not any(expected in text for expected in _EXPECTED):
            opened.errors.append(text[:300])

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            keep(message.text)

    def answered(response: Response) -> None:
        if response.status >= 400:
            keep(f"{response.status} {response.url}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            keep(f"failed: {request.url}")

    opened.page.on("console", said)
    opened.page.on("pageerror", lambda error: keep(str(error)))
    opened.page.on("requestfailed", failed)
    opened.page.on("response", answered)
    try:
        yield opened
    finally:
        context.close()


def summary(clicks: list[Measured]) -> dict[str, Any]:
    """The figures of some clicks of one kind."""
    return {
        "milliseconds": spread([c.milliseconds for c in clicks]),
        "answered_milliseconds": spread([c.answered_milliseconds for c in clicks]),
        "kilobytes": spread([c.kilobytes for c in clicks]),
        # The kernel counts in steps of 10 ms, so only the mean of many clicks means something.
        "server_cpu_ms": round(statistics.fmean(c.server_cpu for c in clicks), 1),
        "browser_cpu_ms": round(statistics.fmean(c.browser_cpu for c in clicks), 1),
    }


def _browser_cpu() -> float:
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                total += sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return total
