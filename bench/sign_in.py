"""What signing in adds to a click: the same clicks in turns, in the demonstration and as somebody who came in."""

import math
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench import browser, figures, serve, workload
from bench.workload import Click
from data import settings
from data.people import cookie
from data.people.store import open_store
from data.people.store.accounts import coming_in, links

AT_MOST = 1.05  # of the time without
REPEATED = 96
_WAY = {"ORDERBEAT_SIGN_IN": "accounts"}
_PASSWORD = "a ladder over the quiet river"  # noqa: S105 (of a store that is gone after the bench)


def run(lines: int) -> None:
    """Measures every page on the demo of that size."""
    with tempfile.TemporaryDirectory() as folder, browser.chromium() as chromium:
        home = Path(folder) / "home"
        home.mkdir()
        for name in ("inputs", "snapshots"):
            shutil.copytree(serve.home(lines) / name, home / name, copy_function=_linked)
        token = _somebody_in(home)
        found = {}
        with serve.streamlit(home) as open_to_all, serve.streamlit(home, more=_WAY) as closed:
            for page in workload.PAGES:
                found[page] = _page(chromium, page, open_to_all, closed, token)
                print(page, {kind: found[page][kind]["times"] for kind in ("first", "again")}, flush=True)
    goals = []
    for page in workload.PAGES:
        for kind, words in (("first", "first time"), ("again", "again")):
            name = f"{page}: click to painted, {words}, signed in over not"
            goals.append(figures.goal(name, found[page][kind]["times"], AT_MOST, "times"))
        goals.append(figures.goal(f"{page}: errors, signed in or not", len(found[page]["errors"]), 0, "errors"))
    figures.save("sign_in", found, goals, lines=lines)


def _page(chromium: Browser, page: str, open_to_all: serve.Server, closed: serve.Server, token: str) -> dict[str, Any]:
    choices = workload.filters(page)
    signed_in = {"name": cookie.name(_signing_in()), "value": token, "url": closed.url}
    with browser.tab(chromium, open_to_all) as without, browser.tab(chromium, closed, cookies=[signed_in]) as within:
        for tab in (without, within):
            tab.open(f"/{page}")
        found: dict[str, Any] = {}
        for kind, clicks in (
            ("first", workload.first_clicks(choices)),
            ("again", workload.repeated_clicks(choices, REPEATED)),
        ):
            before, after = _in_turns(without, within, clicks)
            found[kind] = {
                "without": browser.summary(before),
                "signed_in": browser.summary(after),
                "times": round(_times(before, after), 3),
            }
        return {**found, "errors": without.errors + within.errors}


def _in_turns(
    without: browser.Tab, within: browser.Tab, clicks: Iterable[Click]
) -> tuple[list[browser.Measured], list[browser.Measured]]:
    """What each click took in either tab; they take turns to go first, since the first leaves the other some load."""
    before: list[browser.Measured] = []
    after: list[browser.Measured] = []
    for number, click in enumerate(clicks):
        sides = [(without, before), (within, after)]
        for tab, taken in sides if number % 2 == 0 else reversed(sides):
            taken.append(tab.click(click))
    return before, after


def _times(before: Sequence[browser.Measured], after: Sequence[browser.Measured]) -> float:
    """How many times as long the same click took signed in, by the middle of all neighbours.

    Clicks differ among themselves far more than the tabs do, and whoever goes second is slower: so each click is
    compared with itself, and two neighbours, in which either tab went first once, count as one.
    """
    logs = [math.log(with_.milliseconds / alone.milliseconds) for alone, with_ in zip(before, after, strict=True)]
    couples = [(one + other) / 2 for one, other in zip(logs[::2], logs[1::2], strict=False)]
    return math.exp(statistics.median(couples))


def _somebody_in(home: Path) -> str:
    """The token of a first administrator who came in."""
    store = open_store(replace(settings.current(), home=home, store=""))
    link = links.first_administrator(store, email="ada@example.com", name="Ada")
    token = coming_in.by_link(store, token=link.token, password=_PASSWORD).token
    store.engine.dispose()
    return token


def _signing_in() -> settings.Settings:
    return replace(settings.current(), sign_in=frozenset({"accounts"}), url="")


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
