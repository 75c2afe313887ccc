"""Which files a load takes: those of each source, and those that SQL speaks of. What is passed over is named."""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path, PurePath

from data.errors import BadInput
from data.loading import files, mappings, quarantine, sources
from data.loading.files import Place
from data.loading.mappings import Mapping, Source
from data.loading.modes import AS_MAPPED, Instead
from data.loading.report import Report
from data.loading.sources import archive, kinds


@dataclass(frozen=True)
class File:
    """A file to be read: where it lies, what it is called in messages, and its content's digest.

    Of an archive `member` is what is read, of a workbook `sheet`.
    """

    path: Path
    name: str
    sha256: str = ""
    member: str = ""
    sheet: str | None = None

    @property
    def shown(self) -> str:
        """Its name with the sheet."""
        return f"{self.name} [{self.sheet}]" if self.sheet else self.name


@dataclass(frozen=True)
class Plan:
    """What is to be loaded: sources with their files, and the files that joins may speak of, by name.

    Those come with a source of no table, which says how they are read.
    """

    mapping: Mapping
    parts: list[tuple[Source, list[File]]]
    helpers: dict[str, tuple[Source, list[File]]]

    @property
    def reads(self) -> int:
        """How many times a file is read."""
        return sum(map(len, [*(several for _, several in self.parts), *self.helpers.values()]))

    def called(self, file: File) -> str:
        """A file as the ledger and every message name it."""
        return f"quarantine {self.mapping.mends}/{file.shown}" if self.mapping.mends else file.shown

    def with_modes(self, instead: Instead) -> "Plan":
        """The same files, loaded as `instead` says."""
        if instead == AS_MAPPED:
            return self
        parts = [
            (replace(source, load=instead.mode(source.table, source.load)), files_) for source, files_ in self.parts
        ]
        digest = hashlib.sha256(f"{self.mapping.digest} {instead}".encode()).hexdigest()[:16]
        return replace(self, mapping=replace(self.mapping, digest=digest), parts=parts)


def plan(path: Path, wanted: str | None, also: Sequence[Path], report: Report) -> Plan:
    """What an import of a file or folder takes, with the mapping `wanted` (a preset, a YAML file, or None).

    `also` are folders outside that the mapping may read, too. What is passed over goes into the report.
    Raises BadInput where a file that is needed is missing, cannot be read or lies elsewhere.
    """
    with files.explained(str(path)):
        return _Planning(path, wanted, also, report).plan()


class _Planning:
    def __init__(self, path: Path, wanted: str | None, also: Sequence[Path], report: Report) -> None:
        if not files.exists(path):
            raise BadInput(
                f"There is no {path}.", "Neither a file nor a folder of that name exists.", "Check the path."
            )
        quarantine.require_there(path)
        self.path, self.wanted, self.report = path, wanted, report
        self.whole = path.is_dir()  # a folder, not one file out of it
        if not self.whole:
            files.require_regular(path, str(path))
            if not kinds.of(path.name):
                raise BadInput(f"{path} cannot be read.", *sources.not_read(path.name))
        folder = path if self.whole else path.parent
        self.place = Place(folder, (*also, *([] if self.whole else [path])))
        self.mapping_file = None if wanted else mappings.own(folder)
        if self.mapping_file:
            self.place.require_within(self.mapping_file)
        self.found = sorted(folder.iterdir()) if self.whole else [path]
        self.files = [
            each for path in self.found if self._is_readable(path) for each in self._files_in(path, path.name)
        ]

    def plan(self) -> Plan:
        mapping = mappings.read(self.wanted, self.place.folder)
        if self.mapping_file and mapping:
            self.report.notes.append(f"Read by the mapping {self.mapping_file.name} that lies beside the files.")
        if mapping is None:
            mapping = mappings.identity(_tables_in(self.files))
        parts = [(source, self._matching(source, mapping)) for source in mapping.sources]
        spoken_of = " ".join(source.sql for source, matched in parts if matched)
        helpers = self._helpers(mapping, spoken_of)
        taken = [each for _, several in [*parts, *helpers.values()] for each in several]
        used = {each.path for each in taken}
        for each in used:
            self.place.require_within(each)
        ours = (quarantine.KEPT,) if mapping.mends else ()
        self._name_what_is_passed_over(used, {(each.path, each.member) for each in taken}, ours)
        self.unheaded = {each.path for source, several in parts if source.header_row == 0 for each in several}
        filled = {each: _sha256(each) for each in sorted(used) if self._has_rows(each)}
        parts = [
            (source, [replace(each, sha256=filled[each.path]) for each in matched if each.path in filled])
            for source, matched in parts
        ]
        parts = [(source, matched) for source, matched in parts if matched]
        if not parts:
            raise self._nothing()
        others = sorted((stem, filled.get(each.path, "")) for stem, (_, several) in helpers.items() for each in several)
        digest = hashlib.sha256(repr([mapping.digest, others]).encode()).hexdigest()[:16]
        return Plan(replace(mapping, digest=digest), parts, helpers)

    def _is_readable(self, path: Path) -> bool:
        return bool(kinds.of(path.name)) and not kinds.is_lock(path.name) and not files.kind(path)

    def _matching(self, source: Source, mapping: Mapping) -> list[File]:
        named = (mapping.files or {}).get(source.file)
        pattern = named.file if named else source.file
        matched = self._here(pattern)
        if not matched and ("/" in pattern or self.whole):
            matched = self._elsewhere(pattern)
        # Of a quarantine, or for one file out of a folder, the rest of the mapping has nothing to do.
        if not matched and not mapping.mends and self.whole:
            there = ", ".join(each.name for each in self.files)
            raise BadInput(
                f"No file matches {source.file!r}, which {source.table} is to come from.",
                f"In {self.path} there are {there or 'no files that can be read'}.",
                "Correct `from` in the mapping, or add the file.",
            )
        return self._sheets(source, matched)

    def _here(self, pattern: str) -> list[File]:
        """The files of the folder, and of the archives in it, that a pattern names."""
        if exact := [each for each in self.files if each.name == pattern]:
            return exact
        wanted = _spelled(pattern)
        names = [(each, {each.name, PurePath(each.name).name, each.path.name}) for each in self.files]
        return [each for each, known in names if any(fnmatch(_spelled(name), wanted) for name in known)]

    def _files_in(self, path: Path, name: str) -> list[File]:
        """The file itself, or those in an archive that are read. The others in it are named in the report."""
        if kinds.of(name) != kinds.ARCHIVE:
            return [File(path, name)]
        found = []
        for member in archive.members(path, name):
            last = PurePath(member).name
            if kinds.holds_rows(last):
                found.append(File(path, f"{name}/{member}", member=member))
            elif last.casefold() not in kinds.NO_DATA:
                self.report.notes.append(f"Not read: {name}/{member}")
        return found

    def _sheets(self, source: Source, matched: list[File]) -> list[File]:
        """One file for each sheet that is read of a workbook; other files as they are."""
        found = []
        for each in matched:
            if not source.sheets or kinds.of(each.name) not in kinds.WORKBOOKS:
                found.append(each)
                continue
            shown = _sheets_of(each) if any(map(_is_wild, source.sheets)) else []
            for wanted in source.sheets:
                by_pattern = [sheet for sheet in shown if fnmatch(sheet.casefold(), wanted.casefold())]
                sheets = by_pattern if _is_wild(wanted) else [wanted]
                if not sheets:
                    raise BadInput(
                        f"{each.name} has no sheet like {wanted!r}.",
                        f"Those shown are {', '.join(shown)}.",
                        "Correct `sheet` in the mapping.",
                    )
                found += [replace(each, sheet=sheet) for sheet in sheets]
        return list(dict.fromkeys(found))

    def _elsewhere(self, pattern: str) -> list[File]:
        """Files that a pattern finds below the folder or in one named beside it; whatever else it finds is said."""
        matched = self.place.matching(pattern)
        readable = [each for each in matched if self._is_readable(each)]
        for each in matched:
            what = files.kind(each)
            if each in readable or (what and _is_wild(pattern)):
                continue
            if what:
                raise BadInput(f"{pattern} cannot be read.", f"It is {what}, not a file.", "Name a file.")
            if not kinds.is_lock(each.name):
                raise BadInput(f"{each.name} cannot be read.", *sources.not_read(each.name))
        return [file for each in readable for file in self._files_in(each, self._name(each))]

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self.place.folder) and ".." not in path.parts
        return str(path.relative_to(self.place.folder)) if inside else str(path)

    def _helpers(self, mapping: Mapping, sql: str) -> dict[str, tuple[Source, list[File]]]:
        """The files that SQL speaks of, by the name it has for them. Raises BadInput where two have the same."""
        named = {name.casefold() for name in mapping.files or {}}
        found: dict[str, tuple[Source, list[File]]] = {}
        for each in self.files:
            stem = kinds.stem(each.name)
            if stem.casefold() in named or not _speaks_of(sql, stem):
                continue
            if twin := next((other for other in found if other.casefold() == stem.casefold()), None):
                raise BadInput(
                    f"Two files are called {stem}.",
                    f"SQL of the mapping speaks of it, and there are {found[twin][1][0].name} and {each.name}.",
                    "Give one of them another name with `files` in the mapping.",
                )
            found[stem] = (mapping.others, self._sheets(mapping.others, [each]))
        for name, source in (mapping.files or {}).items():
            several = self._sheets(source, self._here(source.file) or self._elsewhere(source.file))
            if not several:
                raise BadInput(
                    f"No file matches {source.file!r}.", f"The mapping calls it {name}.", "Correct it, or add the file."
                )
            if _speaks_of(sql, name):
                found[name] = (source, several)
        return found

    def _name_what_is_passed_over(self, used: set[Path], members: set[tuple[Path, str]], ours: Sequence[str]) -> None:
        for file in self.files:
            if file.member and file.path in used and (file.path, file.member) not in members:
                self.report.notes.append(f"Ignored: {file.name}")
        for each in self.found:
            if each in used or each == self.mapping_file or each.name.casefold() in (*kinds.NO_DATA, *ours):
                continue
            what = files.kind(each)
            if what == "a folder":
                if not any(each in path.parents for path in used):
                    note = f"Not read: the folder {each.name} ({files.size_of_folder(each):,} files); import it too, "
                    self.report.notes.append(f"{note}or name its files in a mapping as {each.name}/*.csv.")
            elif what:
                self.report.notes.append(f"Not read: {each.name} is {what}.")
            elif kinds.is_lock(each.name):
                self.report.notes.append(f"Ignored: {each.name} says that somebody has a file open.")
            elif not kinds.of(each.name) and kinds.other(each.name)[0]:
                self.report.notes.append(f"Not read: {each.name}. {' '.join(sources.not_read(each.name))}")
            else:
                self.report.notes.append(f"Ignored: {each.name}")

    def _has_rows(self, path: Path) -> bool:
        """False, with a note, for a file of nothing but a heading: templates are made of these."""
        ending = kinds.of(path.name)
        headed = ending in kinds.TEXT and path not in self.unheaded
        if headed and not kinds.is_packed(ending) and 0 < path.stat().st_size < 4096:
            lines = path.read_bytes().splitlines()
            if len([line for line in lines if line]) == 1 and lines[0].isascii() and not kinds.disguised(lines[0]):
                self.report.notes.append(f"No rows: {path.name}")
                return False
        return True

    def _nothing(self) -> BadInput:
        left = [each for each in self.found if not files.kind(each) and not kinds.of(each.name)]
        left = [each for each in left if kinds.other(each.name)[0]]
        what = f"Nothing in {self.path} can be loaded."
        if left and not self.files:
            why, remedy = sources.not_read(left[0].name)
            return BadInput(what, f"{left[0].name} cannot be read. {why}", remedy)
        by = f" or by the mapping {self.wanted}." if self.wanted else "."
        return BadInput(
            what,
            "No file has rows and is named as one of the tables" + by + "".join(f" {note}" for note in self._folders()),
            "Name files like orders.csv (`python -m data template DIR` writes them), or use --mapping.",
        )

    def _folders(self) -> list[str]:
        return [note for note in self.report.notes if note.startswith("Not read: the folder")]


def _spelled(name: str) -> str:
    """A file's name as names are compared: some systems store an umlaut as two signs."""
    return unicodedata.normalize("NFC", name).casefold()


def _is_wild(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _speaks_of(sql: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE) is not None


def _tables_in(found: Iterable[File]) -> Iterator[tuple[str, str | None]]:
    """Files and sheets that may be named as a table."""
    for each in found:
        sheets = _sheets_of(each) if kinds.of(each.name) in kinds.WORKBOOKS else []
        tables: list[str | None] = [sheet for sheet in sheets if mappings.table_of(sheet)]
        yield from ((each.name, sheet) for sheet in tables or [None])


def _sheets_of(file: File) -> list[str]:
    from data.loading.sources import workbook  # noqa: PLC0415 (most loads read no workbook)

    if not file.member:
        return workbook.sheets(file.path, file.name)
    with tempfile.TemporaryDirectory() as folder:
        return workbook.sheets(
            archive.extracted(file.path, file.name, file.member, Path(folder) / "workbook"), file.name
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
