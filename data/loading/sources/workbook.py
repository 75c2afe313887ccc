"""Workbooks, read in a process of their own: a small file can ask for any amount of memory and time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.loading.sources import Options, Staged, kinds
from data.settings import PROJECT

MEMORY = 3 << 30  # bytes a workbook may take while it is read
SECONDS = 300
_SAVE = "Save it again as .xlsx or CSV."


def sheets(file: Path, name: str) -> list[str]:
    """Names of the sheets that are shown. Raises BadInput for what is no workbook or takes too much to read."""
    return [str(sheet) for sheet in _read(file, name, {})["sheets"]]


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads the sheet named in `options`, or the only one; the first row that is not blank heads it."""
    request = {key: getattr(options, key) for key in ("sheet", "header_row", "skip_footer")}
    found = _read(file, name, {"target": str(target), "decimal": options.decimal, **request})
    columns = tuple(found["columns"])
    notes, doubled = tuple(found["notes"]), tuple(found["doubled"])
    return Staged(
        name,
        target,
        columns,
        columns,
        found["found"],
        notes=notes,
        hint=found["hint"],
        doubled=doubled,
        numbers=found["numbers"],
    )


def _read(file: Path, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """What the reader answers. Raises BadInput with its reason, or with how it ended."""
    asked = json.dumps({"file": str(file.absolute()), "name": name, "memory": MEMORY, **request})
    command = [sys.executable, "-m", "data.loading.sources.workbook_reader"]
    env = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}  # the others set aside more than they use
    try:
        done = subprocess.run(  # noqa: S603 (our own reader)
            command, input=asked, cwd=PROJECT, env=env, timeout=SECONDS, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadInput(
            f"{name} was not read.", f"It took more than {SECONDS} seconds.", "Export its sheets as CSV."
        ) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        answer = {"error": "memory" if done.returncode < 0 else "It is damaged."}
    if "error" in answer:
        error = answer["error"]
        if error == "memory":
            error = _too_large(name)
        elif isinstance(error, str):
            error = _unreadable(name, file, error)
        raise BadInput(*error)
    return answer


def _too_large(name: str) -> list[str]:
    return [
        f"{name} was not read.",
        (
            f"It needs more than {MEMORY >> 30} GB of memory; often one stray cell far below or beside the table "
            "makes a workbook that large."
        ),
        "Delete the rows and columns behind the table, or export its sheets as CSV.",
    ]


def _unreadable(name: str, file: Path, why: str) -> list[str]:
    with file.open("rb") as handle:
        head = handle.read(1024)
    what = f"{name} is not a readable workbook."
    disguise = kinds.disguised(head)
    if not disguise and kinds.is_text(head):
        return [what, "It is text, whatever its name says.", "Give it the ending .csv, then import it again."]
    if not disguise or "workbook" in disguise or "Office" in disguise:
        return [what, f"It is damaged, or locked by a password: {why.rstrip('.')}.", _SAVE]
    return [what, f"It is {disguise}.", _SAVE]
