"""Our pages in the browser: a filter clicked for the first time and again, cold starts, and going from page to page."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench import browser, figures, serve, workload
from presentation.pages import BY_NAME

P50_MS, P95_MS, KILOBYTES = 150, 220, 150
REPEATED = 32
COLD_STARTS = 3
ROUNDS = 5  # from page to page; the first is told apart


def run(lines: int) -> None:
    """Measures all pages on the demo of that size."""
    home = serve.home(lines)
    with browser.chromium() as chromium:
        found = {"cold_start": _cold_starts(home, chromium)}
        with serve.streamlit(home) as server:
            for page in workload.PAGES:
                found[page] = _page(chromium, server, page)
                found[page]["lists"] = _lists(chromium, server, page)
                print(page, found[page]["first"]["milliseconds"], found[page]["again"]["milliseconds"], flush=True)
            found["navigation"] = _navigation(chromium, server)
    goals = []
    for page in workload.PAGES:
        for kind, words in (("first", "first time"), ("again", "again")):
            painted = found[page][kind]["milliseconds"]
            goals.append(figures.goal(f"{page}: click to painted, {words}, p50", painted["p50"], P50_MS, "ms"))
            goals.append(figures.goal(f"{page}: click to painted, {words}, p95", painted["p95"], P95_MS, "ms"))
            slowest = max(shown[kind]["milliseconds"]["p50"] for shown in found[page]["lists"].values())
            goals.append(
                figures.goal(f"{page}: click to painted, {words}, p50 of the slowest list", slowest, P95_MS, "ms")
            )
        heaviest = max(found[page][kind]["kilobytes"]["p95"] for kind in ("first", "again"))
        goals.append(figures.goal(f"{page}: received a click, p95", heaviest, KILOBYTES, "KB"))
        goals.append(figures.goal(f"{page}: errors", len(found[page]["errors"]), 0, "errors"))
    figures.save("clicks", found, goals, lines=lines)


def _page(chromium: Browser, server: serve.Server, page: str) -> dict[str, Any]:
    choices = workload.filters(page)
    with browser.tab(chromium, server) as tab:
        loaded = tab.open(f"/{page}")
        first = [tab.click(click) for click in workload.first_clicks(choices)]
        again = [tab.click(click) for click in workload.repeated_clicks(choices, REPEATED)]
        return {
            "load_ms": round(loaded),
            "first": browser.summary(first),
            "again": browser.summary(again),
            "errors": tab.errors,
        }


def _lists(chromium: Browser, server: serve.Server, page: str) -> dict[str, Any]:
    """By list of the page: the click that opens it, and clicks on a filter while it is shown."""
    periods = workload.filters(page)["period"]
    back = [*periods[-2::-1], *periods[1:]]
    with browser.tab(chromium, server) as tab:
        tab.open(f"/{page}")
        found = {}
        for words in [*tab.lists()[1:], tab.lists()[0]]:
            opening = [tab.click(("list", words))]
            first = [tab.click(("period", str(period))) for period in periods[1:]]
            again = [tab.click(("period", str(period))) for period in back]
            for period in periods[-2::-1]:
                tab.click(("period", str(period)))
            found[words] = {
                kind: browser.summary(clicks)
                for kind, clicks in (("open", opening), ("first", first), ("again", again))
            }
        return found


def _cold_starts(home: Path, chromium: Browser) -> dict[str, Any]:
    health, painted = [], []
    for _ in range(COLD_STARTS):
        started = time.perf_counter()
        with serve.streamlit(home) as server, browser.tab(chromium, server) as tab:
            asked = time.perf_counter() - started
            painted.append(asked + tab.open("/customers") / 1000)
            health.append(server.seconds_to_health)
    return {"healthy_seconds": figures.spread(health), "painted_seconds": figures.spread(painted)}


def _navigation(chromium: Browser, server: serve.Server) -> dict[str, Any]:
    with browser.tab(chromium, server) as tab:
        tab.open("/customers")
        rounds = [
            [tab.navigate(BY_NAME[page].title) for page in (*workload.PAGES[1:], workload.PAGES[0])]
            for _ in range(ROUNDS)
        ]
        warm = [measured for turn in rounds[1:] for measured in turn]
        return {"first_visit": browser.summary(rounds[0]), "again": browser.summary(warm), "errors": tab.errors}
