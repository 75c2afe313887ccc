"""Writes docs/architecture.md: the rooms and, drawn from the imports, which room knows which (`make docs`)."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data.settings import PROJECT

# Each room with what it is for, from top to bottom: imports may only run downwards.
ROOMS = {
    "app": "the ASGI app: who comes in, and which pages there are",
    "pages": "one short file a page: filters, queries, cards, charts, lists",
    "pages.ui": "the only code that knows Streamlit, with a folder for what one page shows alone",
    "service": "what runs without a page: the command line, the generated documents",
    "presentation": "numbers in words without a screen: words, labels, formats, filters as values, sentences, files",
    "data.demo": "a generated company with planted truths",
    "data.warehouse": "DuckDB: builds and publishes snapshots, and the one door to read them",
    "data.people": "what people write: store, permissions, deeds on alerts, targets, saved views",
    "data.loading": "files become checked inputs and a quarantine",
    "data": "the basis every room may use: contract, settings, errors, publishing a directory",
    "analytics": "statistics: table in, table out; no screen, no engine, no file",
    "queries": "every SQL statement, one named file each, and what reads their headers",
}

_TEXT = """# Architecture

Generated from the imports (`make docs`). An arrow means "imports"; all run downwards, and a test holds them to it
(`tests/architecture.ini`). Where one would have to run up, the thing is handed in as an argument.

```mermaid
flowchart TD
{picture}
```

| room | what it is for | modules |
|---|---|---|
{rooms}

From a number to its source: the popover beside it names its file below `queries/`; that file names the tables and
definitions it reads. A write goes from a page through `data/people`, which asks `permissions`, into the store. A load
goes from files through `data/loading` to a new generation of inputs, and from there through `data/warehouse` to one
published file a scope; what a person may not see is not in the person's file.
"""


def text() -> str:
    """The page in Markdown."""
    edges = sorted(imports(), key=lambda edge: [list(ROOMS).index(room) for room in edge])
    boxes = [f'    {_node(room)}["{_folder(room)}"]' for room in ROOMS]
    arrows = [f"    {_node(upper)} --> {_node(lower)}" for upper, lower in edges]
    sizes = Counter(room for room, _ in _modules())
    rooms = [f"| `{_folder(room)}` | {purpose} | {sizes[room]} |" for room, purpose in ROOMS.items()]
    return _TEXT.format(picture="\n".join([*boxes, *arrows]), rooms="\n".join(rooms))


def imports() -> set[tuple[str, str]]:
    """Which room imports which, as pairs of names of ROOMS."""
    return {
        (room, other)
        for room, path in _modules()
        for name in _imported(path)
        if (other := _room(name)) is not None and other != room
    }


def _modules() -> Iterator[tuple[str, Path]]:
    tops = sorted({room.partition(".")[0] for room in ROOMS})
    for path in sorted(found for top in tops for found in [PROJECT / f"{top}.py", *(PROJECT / top).rglob("*.py")]):
        name = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        # `python -m data` is an entrance beside app.py, no part of the basis.
        if path.is_file() and path.name != "__main__.py" and (room := _room(name)) is not None:
            yield room, path


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(module: str) -> str | None:
    """The room a module stands in: the longest name of ROOMS that it begins with."""
    fitting = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return max(fitting, key=len, default=None)


def _folder(room: str) -> str:
    return "app.py" if room == "app" else room.replace(".", "/")


def _node(room: str) -> str:
    return room.replace(".", "_")


if __name__ == "__main__":
    sys.stdout.write(text())
