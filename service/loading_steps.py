"""The steps of loading and comparing on screen, each a process of its own: `python -m service.loading_steps STEP DESK`.

A step leaves what it found or did on the desk (data/loading/desk.py), or what went wrong, and never both.
"""

import datetime as dt
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data import private, settings
from data.errors import NothingCameIn, NothingLoaded, OrderbeatError, note
from data.loading import desk, detection, inputs, intake, kept, modes, proposal
from data.loading.report import Report
from data.loading.request import Request
from data.people.person import Author
from data.settings import Settings
from data.warehouse import access, build, reconcile
from data.warehouse.engine import open_engine
from service import publishing

Answer = dict[str, Any]
MOST_COMPARED_SECONDS = 15 * 60
_GIVEN_UP = {
    "failed": [
        "The comparison was given up.",
        f"It was not done after {MOST_COMPARED_SECONDS // 60} minutes: very many documents differ.",
        "Compare totals by month first, then the invoices of one month.",
    ]
}


def main(step: str, place: Path) -> int:
    """Takes one step and leaves its answer on the desk; 0 where it went well."""
    try:
        where = settings.current()
        private.begin(where.home)
        answer = STEPS[step](place, where)
    except OrderbeatError as error:
        answer = {"failed": [error.what, error.cause, error.remedy]}
    except Exception as error:  # noqa: BLE001 (whatever it is, whoever loads is told, and the log has the rest)
        number = note(error, f"loading on screen, step {step}")
        answer = {"failed": ["This step could not be finished.", f"Its log holds the details under id {number}.", ""]}
    desk.write(place, step, answer)
    return "failed" in answer


def _look(place: Path, where: Settings) -> Answer:
    """What was dropped, and which column is what: as the kept mapping of this shape says, else as proposed."""
    scratch = place / "scratch"
    scratch.mkdir(exist_ok=True)
    seen: list[detection.Seen] = []
    names, read_as = desk.names(place), desk.read(place, "read_as") or {}
    for number, name in enumerate(names):
        desk.write(place, "progress", [name, number / len(names)])
        seen += detection.look(place / "files" / name, scratch, read_as)
    desk.clear(scratch)
    before = inputs.current(where.home)
    loaded = {load.table for load in before.ledger} if before and not before.is_demo else set()
    known = kept.of_shape(where.home, seen)
    matched = known.matched if known else proposal.match(seen, loaded)
    return {
        "seen": [each.as_json() for each in seen],
        "matched": [asdict(each) for each in matched],
        "kept": known.name if known else "",
        "settled": known.settled if known else {},
        "currency": known.currency if known else "",
        "mode": known.mode if known else modes.ADD,
        "reporting_currency": before.reporting_currency if before and not before.is_demo else "",
    }


def _rehearse(place: Path, where: Settings) -> Answer:
    """What a load would do."""
    shown = intake.rehearse(_dropped(place), where, open_engine, _progress(place, 1.0))
    return {**_told(shown.report), "first": shown.first, "refused": shown.refused}


def _load(place: Path, where: Settings) -> Answer:
    """Loads what lies on the desk, and publishes it."""
    return _loaded(place, where, _dropped(place))


def _dropped(place: Path) -> Request:
    return Request(place / "files", str(place / "mapping.yaml"))


def _mend(place: Path, where: Settings) -> Answer:
    """Loads the mended rows of a quarantine, and publishes them."""
    return _loaded(place, where, Request(Path(desk.read(place, "asked"))))


def _loaded(place: Path, where: Settings, request: Request) -> Answer:
    before = inputs.current(where.home)
    report = intake.load(request, where, open_engine, _progress(place, 0.6))
    loaded = inputs.current(where.home)
    publishing.record(where, "loaded", loaded.path.name if loaded else "", publishing.rows_of(report), _by(place))
    return {**_told(report), **_published(place, where), "before": before.path.name if before else ""}


def _back(place: Path, where: Settings) -> Answer:
    """Goes back to an earlier generation of what was loaded, and publishes it."""
    name = desk.read(place, "asked")
    inputs.go_back(where.home, name)
    publishing.record(where, "loaded", name, {}, _by(place))
    return {**_published(place, where), "back": name}


def _by(place: Path) -> Author | None:
    """Whoever began the step."""
    by = desk.read(place, "by")
    return Author(**by) if by else None


def _compare(place: Path, where: Settings) -> Answer:
    """Holds finance's file against what is published, and writes down what came of it."""
    desk.write(place, "compare", _GIVEN_UP)  # stands where the process is ended before it has an answer
    signal.setitimer(signal.ITIMER_REAL, MOST_COMPARED_SECONDS)  # which ends it: nothing of it is worth keeping
    (name,) = desk.names(place)
    documents = access.query(build.EVERYTHING, reconcile.DOCUMENTS, {})
    found = reconcile.against(documents, place / "files" / name, where)
    signal.setitimer(signal.ITIMER_REAL, 0)
    reconcile.keep(found, where.home, dt.datetime.now(dt.UTC))
    return reconcile.hand_over(found, place)


def _published(place: Path, where: Settings) -> Answer:
    desk.write(place, "progress", ["publish", 0.6])
    try:
        publishing.require_rows(where)
        built = build.build(where)
    except (NothingLoaded, NothingCameIn) as nothing:  # it is loaded or quarantined, and there is nothing to show of it
        return {"snapshot": "", "unpublished": [nothing.what, nothing.cause, nothing.remedy]}
    return {"snapshot": built.path.name}


def _progress(place: Path, whole: float) -> Callable[[str, float], None]:
    return lambda step, share: desk.write(place, "progress", [step, share * whole])


def _told(report: Report) -> Answer:
    return {**asdict(report), "quarantine": str(report.quarantine) if report.quarantine else ""}


STEPS: Mapping[str, Callable[[Path, Settings], Answer]] = {
    "look": _look,
    "rehearse": _rehearse,
    "load": _load,
    "mend": _mend,
    "back": _back,
    "compare": _compare,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
