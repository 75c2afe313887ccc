"""What is said while files are loaded on screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from data.loading import modes
from data.loading.detection import Doubt, Seen
from data.loading.inputs import Inputs
from data.loading.proposal import Matched
from presentation import format
from presentation.sentences import inputs
from presentation.words import N_, plural, text

_SETTINGS = {
    "dmy": N_("day first: 31/12/2026"),
    "mdy": N_("month first: 12/31/2026"),
    "ymd": N_("year first: 2026-12-31"),
    ".": N_("decimal point: 1,234.50"),
    ",": N_("decimal comma: 1.234,50"),
}
_QUESTIONS = {
    "date_order": N_("How {file} writes dates"),
    "decimal": N_("How {file} writes decimals"),
    "encoding": N_("The encoding of {file}"),
    "delimiter": N_("What separates the columns of {file}"),
}
_SEPARATORS = {",": N_("a comma"), ";": N_("a semicolon"), "\t": N_("a tab"), "|": N_("a vertical bar")}
_DOUBTS: dict[Doubt, str] = {
    "date_order": N_("{file}: {examples} may be day first or month first, and no date decides it."),
    "mixed_dates": N_("{file}: some dates can only be day first, others only month first, such as {examples}."),
    "decimal": N_("{file}: {examples} may be thousands or a fraction, and no number decides it."),
    "mixed_decimals": N_("{file}: some numbers have a decimal point, others a decimal comma, such as {examples}."),
    "title_rows": N_("{file}: what stands above row {row} looks like a title; the headings are taken from there."),
    "no_rows": N_("{file} has headings and no rows."),
}
_MODES = {
    modes.ADD: N_("stays; these rows are added, and correct it where they have its keys"),
    modes.REPLACE_PERIOD: N_("is replaced in the days of these files, and stays otherwise"),
    modes.REPLACE: N_("is replaced in the tables of these files"),
}
_STEPS = {
    "look": N_("Looking at the files"),
    "rehearse": N_("Trying the load without keeping anything"),
    "load": N_("Loading"),
    "mend": N_("Loading the mended rows"),
    "back": N_("Going back to what was loaded before"),
    "compare": N_("Comparing with finance's file"),
}


def understood(seen: Sequence[Seen], matched: Sequence[Matched]) -> str:
    """How much of the files was recognised."""
    known = sum(bool(target) for one in matched for target in one.targets.values())
    every = sum(len(each.columns) for each in seen)
    rows = sum(each.rows for each in seen)
    files = plural("{count} file", "{count} files", len({each.file for each in seen}))
    return text(
        "{files} with {rows}: {known} of {every} columns were recognised; nothing is loaded yet",
        files=files,
        rows=plural("{count} row", "{count} rows", rows),
        known=known,
        every=every,
    )


def dates(seen: Seen) -> str:
    """How a file writes its dates, with examples."""
    if not seen.dates:
        return "–"
    how = text(_SETTINGS[seen.date_order]).partition(":")[0] if seen.date_order else text("not decided")
    return f"{how}: {', '.join(seen.dates)}"


def numbers(seen: Seen) -> str:
    """How a file writes its decimals, with an example."""
    if not seen.numbers:
        return "–"
    if seen.decimal:
        return f"{text(_SETTINGS[seen.decimal]).partition(':')[0]}: {', '.join(seen.numbers)}"
    undecided = {"decimal", "mixed_decimals"} & {*seen.doubts}
    return f"{text('not decided') if undecided else text('whole')}: {', '.join(seen.numbers)}"


def doubt(seen: Seen, what: Doubt) -> str:
    """A doubt about a file, with the values that give rise to it."""
    examples = ", ".join(seen.dates if what in ("date_order", "mixed_dates") else seen.numbers)
    named = {"file": format.literal(seen.file), "examples": format.literal(examples)}
    return text(_DOUBTS[what], row=seen.settings.get("header_row", ""), **named)


def not_taken(seen: Seen, table: str, lacking: Sequence[str]) -> str:
    """Why nothing of a file is loaded, and what to do: the table it comes nearest to ('': none), what it lacks."""
    file = format.literal(f"{seen.file} [{seen.sheet}]" if seen.sheet else seen.file)
    if not table:
        return text("Nothing of {file} is loaded: no column was recognised. Say in the table what they are.", file=file)
    return text(
        "Nothing of {file} is loaded: it comes nearest to {table}, and no column was recognised as {what}. "
        "If one is, say so in the table; if none is, add it to the file, for every row needs it.",
        file=file,
        table=inputs.table(table),
        what=", ".join(map(inputs.target, lacking)),
    )


def asked(seen: Seen, setting: str) -> str:
    """The question that settles a doubt."""
    return text(_QUESTIONS[setting], file=seen.file)


def setting(which: str, code: str) -> str:
    """An answer to it."""
    words = _SEPARATORS if which == "delimiter" else _SETTINGS
    return text(words[code]) if code in words else code


def mode(code: str) -> str:
    """What becomes of what was loaded before."""
    return text(_MODES[code])


def at_work(step: str) -> str:
    """What is being done."""
    return text(_STEPS[step])


def progress(step: str, what: str) -> str:
    """What is being done just now."""
    return text("Publishing") if what == "publish" else what or text(_STEPS[step])


def would_do(loads: Sequence[Mapping[str, Any]]) -> str:
    """What a load would do, in rows."""
    return _counted(
        N_("{loaded} would be loaded, {refused} would be quarantined"),
        N_("{loaded} would be loaded, none refused"),
        loads,
    )


def done(step: str, answer: Mapping[str, Any]) -> str:
    """What was done."""
    snapshot = answer.get("snapshot")
    if step == "back":
        said = text("What was loaded before is loaded again")
    elif not answer["changed"]:
        return text("Nothing has changed: these rows were loaded before")
    else:
        said = _counted(
            N_("{loaded} loaded, {refused} quarantined"), N_("{loaded} loaded, none refused"), answer["loads"]
        )
    return text("{what}; snapshot {snapshot} is published", what=said, snapshot=snapshot) if snapshot else said


def generation(name: str, loaded: Inputs) -> str:
    """A state of what is loaded that can be gone back to: its rows, and the file that came last."""
    rows = sum(load.loaded for load in loaded.ledger)
    last = text("Demo company") if loaded.is_demo else loaded.ledger[-1].source if loaded.ledger else "–"
    return text("{name}: {rows}, last {file}", name=name, rows=plural("{count} row", "{count} rows", rows), file=last)


def _counted(some: str, none: str, loads: Sequence[Mapping[str, Any]]) -> str:
    loaded, refused = (sum(int(load[key]) for load in loads) for key in ("loaded", "quarantined"))
    return text(
        some if refused else none,
        loaded=plural("{count} row", "{count} rows", loaded),
        refused=plural("{count} row", "{count} rows", refused),
    )
