"""The floor under each page: its queries alone, on an open connection, without the cache of results."""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from unittest import mock

from streamlit.testing.v1 import AppTest

from bench import building, figures, serve, warehouse, workload
from data import access
from data.settings import PROJECT

REPEATED = 20
_DIRECTOR = access.Viewer("", "director", "director")
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


def _page(page: str) -> dict:
    asked = _asked(page)
    times: dict[str, list[float]] = defaultdict(list)
    for name, params in asked:
        access.query(_DIRECTOR, name, params)
    for _ in range(REPEATED):
        for name, params in asked:
            started = time.perf_counter()
            access.query(_DIRECTOR, name, params)
            times[name].append((time.perf_counter() - started) * 1000)
    together = [sum(turn) for turn in zip(*times.values(), strict=True)]
    return {"all_queries_ms": figures.spread(together), "queries": {n: figures.spread(t) for n, t in times.items()}}


def _asked(page: str) -> list[Asked]:
    """What the page asks the warehouse when it opens, with the filters' own parameters."""
    asked: list[Asked] = []
    query = access.query

    def note(viewer: access.Viewer, name: str, params: Mapping[str, Any], within: access.Snapshot) -> access.Result:
        asked.append((name, params))
        return query(viewer, name, params, within)

    logging.getLogger("streamlit").setLevel(logging.CRITICAL)
    # The cache of results would hide what another page has asked for already.
    with mock.patch.object(access, "query", note):
        from pages.ui import source

        source._fetch.cache_clear()
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
        if page != workload.PAGES[0]:
            source._fetch.cache_clear()
            asked.clear()
            app.switch_page(f"pages/{page}.py").run()
    if not asked or app.exception:
        raise SystemExit(f"The page {page} asked for nothing: {app.exception}")
    return asked
