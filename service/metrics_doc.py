"""Writes docs/metrics.md, the dictionary of every number, from the headers of the queries (`make docs`)."""

import sys
from collections import defaultdict
from functools import cache

from data.warehouse import models
from presentation.pages import PAGES
from queries import Query, load, names

_SHARED = {"shared": "Filters"}


def text() -> str:
    """The dictionary in Markdown."""
    generated = "Generated from the headers of the SQL files (`make docs`); the popover shows the same."
    parts = [f"# Metric dictionary\n\n{generated}\n"]
    for folder, title in ({page.name: page.title for page in PAGES} | _SHARED).items():
        parts.append(f"\n## {title}\n")
        parts += [_entry(load(name)) for name in names(folder)]
    parts.append("\n## Definitions\n\nWhat figures mean, and formulae that several share, each once.\n")
    parts += [_entry(load(name)) for name in names("metrics")]
    parts.append("\n## Shared parts\n\nWhat several queries read; each stands in their statements.\n")
    parts += [_entry(load(name)) for name in names("parts")]
    parts.append("\n## Warehouse\n\nIn the order they are built.\n")
    parts += [_entry(model) for model in models.in_order()]
    parts.append("\n## Checks before publishing\n")
    parts += [_entry(load(name)) for name in names("checks")]
    return "".join(parts)


def _entry(query: Query) -> str:
    lines = [
        f"\n### {query.title}",
        "",
        query.definition,
        "",
        f"- file: `{query.path}`",
        f"- one row is: {query.grain}",
    ]
    if "excludes" in query.headers:
        lines.append(f"- leaves out: {query.headers['excludes']}")
    if "level" in query.headers:
        lines.append(f"- level: {query.headers['level']}")
    if query.parts:
        lines.append("- reads: " + ", ".join(f"`{part.path}`" for part in query.parts))
    if query.calls:
        lines.append("- calls: " + ", ".join(f"`{metric.path}`" for metric in query.calls))
    if readers := _readers().get(query.name):
        lines.append(
            ("- called by: " if query.name.startswith("metrics.") else "- read by: ")
            + ", ".join(f"`{reader}`" for reader in readers)
        )
    if query.units:
        lines.append("- gives: " + ", ".join(f"{column} ({unit})" for column, unit in query.units.items()))
    return "\n".join(lines) + "\n"


@cache
def _readers() -> dict[str, list[str]]:
    """Files that read a part or call a metric, by its name."""
    readers: dict[str, list[str]] = defaultdict(list)
    for query in map(load, names("")):
        for part in (*query.parts, *query.calls):
            readers[part.name].append(query.path)
    return readers


if __name__ == "__main__":
    sys.stdout.write(text())
