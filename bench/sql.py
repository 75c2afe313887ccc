"""The floor under each page: its queries alone, on an open connection, without the cache of results."""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from unittest import mock

from streamlit.testing.v1 import AppTest

from bench import building, figures, serve, warehouse, workload
from data.settings import PROJECT
from data.warehouse import access

REPEATED = 20
_DIRECTOR = "director"
Asked = tuple[str, Mapping[str, Any]]


def run(lines: int) -> None:
    """Times the queries of all pages at that size, and at ten million lines where such a home is there."""
    found = {}
    for size in (lines, building.FULL):
        if size == lines or serve.is_ready(size):
            warehouse.use(serve.home(size))
            found[str(size)] = {page: _page(page) for page in workload.PAGES}
            for page, times in found[str(size)].items():
                print(f"{size:,} {page}:", times["all_queries_ms"], flush=True)
    warehouse.use(serve.home(lines))
    figures.save("sql", found, [])


def _page(page: str) -> dict[str, Any]:
    lists = _asked(page)
    at_once: dict[str, list[float]] = {}
    times: dict[str, list[float]] = defaultdict(list)
    for shown, asked in lists.items():
        for name, params in asked:
            access.query(_DIRECTOR, name, params)
        turns = [[_milliseconds(name, params) for name, params in asked] for _ in range(REPEATED)]
        at_once[shown] = [sum(turn) for turn in turns]
        for turn in turns:
            for (name, _), taken in zip(asked, turn, strict=True):
                times[name].append(taken)
    first = workload.LISTS[page][0]
    return {
        "all_queries_ms": figures.spread(at_once[first]),
        "lists_ms": {shown: figures.spread(taken) for shown, taken in at_once.items()},
        "queries": {name: figures.spread(taken) for name, taken in times.items()},
    }


def _milliseconds(name: str, params: Mapping[str, Any]) -> float:
    started = time.perf_counter()
    access.query(_DIRECTOR, name, params)
    return (time.perf_counter() - started) * 1000


def _asked(page: str) -> dict[str, list[Asked]]:
    """What the page asks the warehouse when it opens, by the list it opens at, with the filters' own parameters."""
    asked: list[Asked] = []
    found: dict[str, list[Asked]] = {}
    query = access.query

    def note(scope: str, name: str, params: Mapping[str, Any], within: access.Snapshot) -> access.Result:
        asked.append((name, params))
        return query(scope, name, params, within)

    logging.getLogger("streamlit").setLevel(logging.CRITICAL)
    # The cache of results would hide what another page has asked for already.
    with mock.patch.object(access, "query", note):
        from data.warehouse import reading  # noqa: PLC0415 (must find the access that notes)

        for shown in workload.LISTS[page]:
            app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
            reading._fetch.cache_clear()
            asked.clear()
            app.query_params["list"] = shown
            app.switch_page(f"pages/{page}.py").run()
            if not asked or app.exception:
                raise SystemExit(f"The page {page} asked for nothing at {shown}: {app.exception}")
            found[shown] = list(asked)
    return found
