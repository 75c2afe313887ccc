"""Whatever a list, a filter or a choice can name has words, and every unit has a form, in both languages."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import queries
from data import contract
from data.settings import PROJECT
from pages.ui import grid
from pages.ui.data_admin import review
from presentation import format, labels, words

QUERIES = [queries.load(name) for folder in queries.page_folders() for name in queries.names(folder)]
PAGES = PROJECT / "pages"
# What a page shows alone, the pages themselves, the printed sheet and the sentences; what pages share is machinery, and
# names no column.
MODULES = sorted(
    {*PAGES.glob("*.py"), *PAGES.glob("ui/*/*.py"), *(PROJECT / "presentation").glob("sentences/*.py")}
    - {*PAGES.glob("ui/charts/*.py")}
    | {PROJECT / "presentation" / "account_sheet.py"}
)
# Parameters that no list is narrowed to by a choice of its own: searched, sorted, drilled into, or switched above it.
NEVER_CHOSEN_IN_A_LIST = {
    "search", "sort", "order", "negotiation", "grade", "metric", "programme", "places", "leaking", "by", "granularity",
    "cohort_step",
}  # fmt: skip
# Strings in lists that are shown to nobody: keys of the link, of the session and of marks in a chart.
NEVER_SHOWN = {
    # Steps of loading, columns of a mended file, and settings that a reader asks for under the names it has for them.
    "data_admin/load.py": {"load", "mend", "back"},
    "data_admin/outcome.py": {"source_file", "source_line"},
    "data_admin/review.py": {"file", "column", "examples", *review.READ_AS}
    | {each for choices in review.READ_AS.values() for each in choices},
    "catalogs/discounts.py": {"customer_id", "product_id"},
    "catalogs/personal.py": {"name"},
    "customers/account.py": {"negotiation"},
    "negotiations/pipeline.py": {"negotiation"},
    "presentation/sentences/decisions.py": {"estimate", "low", "high"},
    "negotiations/under_way.py": {"negotiations-orders_under_way-status"},
    "team/due.py": {"of"},
}  # fmt: skip
CLASSES_OF_A_LETTER = {*"ABCXYZ"}
SAMPLES: dict[str, Any] = {
    "text": "Bolt", "label": "won", "labels": "won,late", "id": "C17",
    "money": Decimal("1234567.8"), "cents": Decimal("1234.5"), "price": Decimal("3.20"),
    "ratio": 0.123, "factor": 1.5, "count": 1234, "quantity": Decimal("12.5"), "days": 21, "date": dt.date(2026, 5, 14),
    "month": dt.date(2026, 5, 1), "moment": "2026-05-14T09:00", "flag": True, "score": 7.25,
}  # fmt: skip


METRICS = [queries.load(name) for name in queries.names("metrics")]


@pytest.mark.parametrize("query", [*QUERIES, *METRICS], ids=lambda query: query.name)
def test_title_and_definition_name_no_column(query: queries.Query) -> None:
    named = {*re.findall(r"[a-z]+(?:_[a-z]+)+", re.sub("`[^`]*`", "", f"{query.title} {query.definition}"))}
    assert named - {table.name for table in contract.TABLES} == set()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_filter_of_a_list_can_name_every_parameter(query: queries.Query) -> None:
    choices = {param for param, kind in query.params.items() if kind == "text"} - NEVER_CHOSEN_IN_A_LIST
    assert choices - labels.COLUMNS.keys() == set()


def test_what_no_list_is_narrowed_to_is_still_a_parameter() -> None:
    assert {param for query in QUERIES for param in query.params} >= NEVER_CHOSEN_IN_A_LIST
    assert NEVER_CHOSEN_IN_A_LIST - labels.COLUMNS.keys() == NEVER_CHOSEN_IN_A_LIST


def listed(module: Path) -> Iterator[str]:
    """Every string in a list, tuple or mapping that a module names, or in a list that it hands to a call.

    Not the keys of a mapping to words: those have them beside them.
    """
    tree = ast.parse(module.read_text(encoding="utf-8"))
    values = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            values += [argument for argument in [*node.args, *(word.value for word in node.keywords)]
                       if isinstance(argument, ast.List | ast.Tuple)]  # fmt: skip
    for value in values:
        for node in ast.walk(value):
            elements: list[Any] = []
            if isinstance(node, ast.List | ast.Tuple):
                elements = node.elts
            elif isinstance(node, ast.Dict):
                elements = [key for key, value in zip(node.keys, node.values, strict=True) if not _is_said(value)]
            yield from (e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str))


def _is_said(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "N_"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PROJECT)))
def test_every_column_and_choice_has_words(module: Path) -> None:
    named = labels.COLUMNS.keys() | labels.CODES.keys() | {table.name for table in contract.TABLES}
    place = str(module.relative_to(PROJECT)).removeprefix("pages/").removeprefix("ui/")
    assert {*listed(module)} - named - CLASSES_OF_A_LETTER == NEVER_SHOWN.get(place, set())


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("unit", queries.UNITS)
def test_every_unit_has_a_form_in_text_and_in_a_list(unit: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: language)
    sample = SAMPLES[unit]
    said = format.value(sample, unit, "EUR")
    assert said
    assert not any(odd in said for odd in ("None", "nan", "Decimal", "datetime"))
    assert format.value(None, unit) == format.NOTHING
    assert grid._column("customer", unit, "EUR", pa.chunked_array([[sample, None]]))["label"].strip()
    assert len(grid._cells(pa.chunked_array([[sample, None]]), unit)) == 2
