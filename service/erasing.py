"""python -m data erase-contact: a person at a customer goes from everything that is kept, and stays gone.

In this order, so that a command that was killed is finished by running it again: what was refused is scrubbed while the
inputs still tell what is known of the person; the next generation of inputs says nothing of them, and that they are
erased; a snapshot is published of it; what is older goes.
"""

import shutil
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from data import locks, publish
from data.errors import BadInput, NothingLoaded
from data.loading import desk, erased, erasing, inputs, runs, scrubbing
from data.loading.erased import Known
from data.loading.inputs import Inputs
from data.people.store import existing_store
from data.people.store.mentions import mentions
from data.settings import Settings
from data.warehouse import build
from data.warehouse.engine import open_engine
from service import publishing


@dataclass
class Outcome:
    """What was erased, or would be, in numbers, and what remains; `changed` where there was anything to do."""

    contact_id: str
    rehearsed: bool
    was_erased: bool = False
    loaded: int = 0
    refused: int = 0
    generations: int = 0
    snapshots: int = 0
    mirrors: int = 0
    unread: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    named: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    desks: int = 0
    is_known: bool = False

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return not self.was_erased or any((self.loaded, self.refused, self.generations, self.snapshots, self.mirrors))

    def as_text(self) -> str:
        """What was done and what remains, for people."""
        first = "would be erased" if self.rehearsed else "is erased" if self.changed else "was erased before"
        lines = [f"Contact {self.contact_id} {first}."]
        done = {
            "rows of what is loaded": self.loaded,
            "rows in quarantine": self.refused,
            "older generations of inputs, which are removed": self.generations,
            "older snapshots, which are removed": self.snapshots,
            "copies of databases, which are removed and read anew by the next refresh": self.mirrors,
        }
        lines += [f"{count:>8,}  {what}" for what, count in done.items() if count]
        lines += ["What remains:"]
        lines += [f"{count:>8,}  rows that name the id alone: {place}" for place, count in self.named.items()]
        words = "texts that hold a name, an address or a number"
        lines += [f"{count:>8,}  {words}: {place}" for place, count in self.written.items()]
        lines += [f"          {file} cannot be read: look into it, and delete it" for file in self.unread]
        lines += [f"          {file} holds a name, an address or a number" for file in self.files]
        if self.desks:
            lines += [f"{self.desks:>8,}  sets of files dropped on the page Data; a day later they are cleared away"]
        if "@" in self.contact_id:
            lines += ["          The id is an address itself, and stays: other tables name the person by it."]
        if not self.is_known:
            lines += ["          Nothing more is known of the person by which to look for them in texts."]
        lines += [
            "          The files and databases that were loaded hold the person still, and so does every backup made",
            "          before now. Whoever restores one erases again:",
            f"          python -m data erase-contact {self.contact_id}",
        ]
        return "\n".join(lines)


def erase_contact(where: Settings, contact_id: str, *, rehearse: bool = False) -> Outcome:
    """Erases a person at a customer; with `rehearse` nothing changes.

    Raises BadInput where nobody of that id is known, BuildInProgress while something is loaded or built, Damaged, and
    what a build raises; then some of it is done, and doing it again does the rest.
    """
    out = Outcome(erasing.require_id(contact_id), rehearse)
    with nullcontext() if rehearse else runs.lock(where.home):
        about = _rehearsed(where, out) if rehearse else _scrubbed(where, out)
        _count_what_remains(where, out, about)
        if not rehearse:
            _publish(where)
        generations, snapshots = _generations(where, out), _snapshots(where, out)
        mirrors = erasing.mirrors_of(where.home, about)
        out.generations, out.snapshots, out.mirrors = len(generations), len(snapshots), len(mirrors)
        if not rehearse:
            if out.changed:
                told = {"key": inputs.tombstone(out.contact_id)[:12], "rows": out.loaded, "refused": out.refused}
                publishing.record(where, "erased", "contact", told)
            _take_away(where, [*mirrors, *generations, *snapshots])
    return out


def _loaded(where: Settings, out: Outcome) -> Inputs:
    """What is loaded. Raises BadInput where it never held the person."""
    loaded = inputs.current(where.home)
    if loaded is None:
        raise build.NOTHING_LOADED
    out.was_erased = erasing.is_erased(loaded, out.contact_id)
    out.loaded = erased.says_more(erasing.rows_in(loaded.path, out.contact_id))
    if not (out.was_erased or erasing.is_known(where.home, out.contact_id)):
        raise BadInput(
            f"There is no contact {out.contact_id}.",
            "No row of contacts that is loaded, was loaded before or is in quarantine has this contact_id.",
            "Look for the id in the file the contacts come from; capitals count.",
        )
    return loaded


def _rehearsed(where: Settings, out: Outcome) -> Known:
    _loaded(where, out)
    about = erasing.known(where.home, out.contact_id)
    out.refused, out.unread = scrubbing.scrub(where.home, out.contact_id, about, rehearse=True)
    return about


def _scrubbed(where: Settings, out: Outcome) -> Known:
    """Takes the person out of what was refused, then out of what is loaded; gives what was known of them."""
    loaded = _loaded(where, out)
    if out.was_erased and not out.loaded:
        with publish.lock(inputs.root(where.home)):
            return _scrub(where, out)
    with inputs.next_generation(where.home) as draft:
        loaded.require_whole()
        about = _scrub(where, out)
        erasing.blank(draft, out.contact_id)
    return about


def _scrub(where: Settings, out: Outcome) -> Known:
    about = erasing.known(where.home, out.contact_id)
    out.refused, out.unread = scrubbing.scrub(where.home, out.contact_id, about)
    return about


def _count_what_remains(where: Settings, out: Outcome, about: Known) -> None:
    loaded = inputs.current(where.home)
    with open_engine(where) as engine:
        if loaded:
            out.named = erasing.rows_naming(engine, loaded, out.contact_id)
            out.written = erasing.rows_mentioning(engine, loaded, about.words)
    store = existing_store(where)
    if store is not None:
        out.written = {**out.written, **mentions(store, about.words)}
    kinds = (desk.DESKS, desk.COMPARISONS)
    out.desks = sum(bool(desk.names(each)) for kind in kinds for each in desk.root(where.home, kind).glob("*"))
    out.files = erasing.other_files(where.home, about)
    out.is_known = bool(about.words)


def _publish(where: Settings) -> None:
    try:
        publishing.publish(where)
    except NothingLoaded:
        if build.newest(where):  # which says who the person is, and nothing can take its place
            raise


def _generations(where: Settings, out: Outcome) -> list[Path]:
    """Generations of inputs that say who the person is, but the newest, unless a newer one would be made."""
    newest = inputs.current(where.home)
    stays = newest.path if newest and not out.rehearsed else None
    others = [path for path in erasing.generations(where.home) if path != stays]
    return [path for path in others if erasing.may_hold(path, out.contact_id)]


def _snapshots(where: Settings, out: Outcome) -> list[Path]:
    """Snapshots that say who the person is, in the same way."""
    stays = None if out.rehearsed else build.newest(where)
    others = [path for path in build.root(where).glob("[0-9]*") if path.name.isdigit() and path != stays]
    return [path for path in sorted(others) if build.may_tell_of_contact(where, path, out.contact_id, erased.NAME)]


def _take_away(where: Settings, doomed: list[Path]) -> None:
    """Removes these folders, and what processes left that were killed while they read or wrote the person."""
    for root in (inputs.root(where.home), build.root(where)):
        with publish.lock(root):
            for path in [*(each for each in doomed if each.parent == root), *root.glob("*.building")]:
                erasing.take_away(path)
            if root == inputs.root(where.home):
                shutil.rmtree(where.home / "loading", ignore_errors=True)
    for mirror in [each for each in doomed if each.is_dir()]:
        erasing.take_away(mirror)
    for landing in (where.home / "databases").glob("*.landing"):
        shutil.rmtree(landing)
    with suppress(OSError):
        if not locks.is_held(where.home / "backing_up" / "lock"):
            shutil.rmtree(where.home / "backing_up" / "files")
