"""The steps of one load, in their order, and what they share.

reading        files -> staged text -> rows of contract columns
checking       which of these rows can be loaded, and why the others cannot
comparing      what the load adds, changes, removes and answers for; what must not be published
setting_aside  the rows that cannot be loaded become a quarantine
entering       what was prepared is written and entered in the ledger
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from data import contract
from data.loading import statements
from data.loading.closing import Closed
from data.loading.engine import Engine
from data.loading.inputs import Draft, Load
from data.loading.mappings import Source
from data.loading.plan import File, Plan
from data.loading.report import Report
from data.loading.sources import Staged
from data.loading.validate import Format, Mapped
from data.settings import Settings

TRACES = ("source_file", "source_line", "reason")


@dataclass
class Loading:
    """One load at work: all of its steps share an engine and a folder, and write into one report.

    What a step finds is here for the next: the files as they were read (`parts`), the rows made of them (`mapped`,
    with the number of each one's source in `sources`), the tables to which the diary adds (`observed`), those of which
    rows may go that no new row replaces (`removing`), the loads that will be entered (`new`) and the quarantines, by
    number, that this load answers for (`closed`). `head` is the quarantine that is mended, '' where none is.
    """

    work: Plan
    draft: Draft
    engine: Engine
    folder: Path
    settings: Settings
    today: date
    report: Report
    progress: Callable[[str, float], None]
    head: str = ""
    parts: list[tuple[Source, list[File], list[Staged]]] = field(default_factory=list)
    mapped: list[tuple[Mapped, Format]] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)
    observed: list[str] = field(default_factory=list)
    removing: set[str] = field(default_factory=set)
    new: list[Load] = field(default_factory=list)
    closed: dict[str, Closed] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where everything lies that was loaded."""
        return self.settings.home

    @property
    def is_counted(self) -> bool:
        """Whether the ledger counts rows of the quarantine that is mended: it was not mended before."""
        return bool(self.head) and any(load.quarantine == self.head for load in self.draft.ledger)

    def shapes(self) -> list[contract.Table]:
        """The shapes of rows that are loaded: tables in contract order, then those of rows to delete."""
        given = {mapped.table.name: mapped.table for mapped, _ in self.mapped}
        tables = [table for table in contract.TABLES if table.name in given or table.name in self.observed]
        return [*tables, *(shape for shape in given.values() if shape not in tables)]

    def tables(self) -> list[contract.Table]:
        """The tables that rows are loaded into."""
        return [shape for shape in self.shapes() if shape in contract.TABLES]

    def not_loaded(self, shape: contract.Table, how: Format | None = None) -> str:
        """SQL for the rows that cannot be loaded: their raw text and TRACES; of one way of writing where `how` is."""
        texts = [
            (mapped.number, statements.raw_text(mapped.rows, mapped.native, shape.column_names, form.decimal))
            for mapped, form in self.mapped
            if mapped.table == shape and how in (None, form)
        ]
        if not texts:  # what the diary adds is never refused
            return statements.no_open_rows(shape.column_names)
        return statements.quarantined(shape.name, texts, shape.column_names)
