"""The customers page beside three others that show the same: a naive Streamlit page, Dash and Panel.

All read the director's file, are clicked in the same order by the same browser, and take turns of a few clicks.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Page

from bench import browser, figures, serve, workload
from bench.workload import Click

REPEATED = 32
TURN = 4


class Dash:
    """The page made with Dash."""

    answered = "requests"

    def choose(self, page: Page, click: Click) -> None:
        """Clicks the word of a filter."""
        name, word = click
        place = page.locator(f"#{name}")
        place.click() if name == "segment" else None
        (page.get_by_role("option", name=word) if name == "segment" else place.get_by_text(word, exact=True)).click()


class Panel:
    """The page made with Panel."""

    answered = "frames"

    def choose(self, page: Page, click: Click) -> None:
        """Clicks the word of a filter."""
        name, word = click
        place = page.locator(f".{name}")
        if name == "segment":
            place.locator("select").select_option(label=word)
        else:
            place.get_by_text(word, exact=True).click()


def run(lines: int) -> None:
    """Measures ours and all peers interleaved on the demo of that size."""
    home = serve.home(lines)
    choices = workload.filters("customers")
    clicks = {"first": workload.first_clicks(choices), "again": workload.repeated_clicks(choices, REPEATED)}
    with browser.chromium() as chromium, ExitStack() as stack:
        # The naive page runs in a folder without our configuration, as it would for its author.
        naive = stack.enter_context(serve.streamlit(home, _NAIVE, serve.BENCH / "peers"))
        tabs: dict[str, tuple[serve.Server, browser.Driver, str]] = {
            "ours": (stack.enter_context(serve.streamlit(home)), browser.Streamlit(), "/customers"),
            "naive": (naive, browser.Streamlit(), "/"),
            "dash": (stack.enter_context(serve.module(home, "bench.peers.dash_app")), Dash(), "/"),
            "panel": (stack.enter_context(serve.module(home, "bench.peers.panel_app")), Panel(), "/"),
        }
        opened: dict[str, browser.Tab] = {}
        found: dict[str, dict[str, Any]] = {}
        for name, (server, driver, path) in tabs.items():
            opened[name] = stack.enter_context(browser.tab(chromium, server, driver))
            found[name] = {"load_ms": round(opened[name].open(path))}
        for kind, those in clicks.items():
            measured = _interleaved(opened, those)
            for name in tabs:
                found[name][kind] = browser.summary(measured[name])
                print(kind, name, found[name][kind]["milliseconds"], flush=True)
        for name, tab in opened.items():
            if tab.errors:
                raise SystemExit(f"{name} failed, so nothing was compared: {tab.errors[:3]}")
            found[name]["server_megabytes"] = round(tab.server.megabytes())
    figures.save("peers", found, _goals(found), lines=lines)


_NAIVE = (
    "-m", "streamlit", "run", "naive.py", "--server.headless", "true", "--browser.gatherUsageStats", "false",
    "--server.fileWatcherType", "none",
)  # fmt: skip


def _interleaved(tabs: dict[str, browser.Tab], clicks: list[Click]) -> dict[str, list[browser.Measured]]:
    measured: dict[str, list[browser.Measured]] = {name: [] for name in tabs}
    for turn in _turns(clicks):
        for name, tab in tabs.items():
            tab.page.bring_to_front()
            measured[name] += [tab.click(click) for click in turn]
    return measured


def _turns(clicks: list[Click]) -> Iterator[list[Click]]:
    return (clicks[start : start + TURN] for start in range(0, len(clicks), TURN))


def _goals(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for peer in ("naive", "dash", "panel"):
        for kind, words in (("first", "first time"), ("again", "again")):
            ours, theirs = (found[name][kind]["milliseconds"]["p50"] for name in ("ours", peer))
            yield figures.goal(f"click to painted, {words}, ours over {peer}, p50", ours / theirs, 1, "×")
