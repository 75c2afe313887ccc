"""One catalogue of wording: every message translated, plural and placeholders kept, every column and code named."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import queries
from data import contract
from data.settings import PROJECT
from presentation import filters, labels, words

PAGES = sorted((PROJECT / "pages").rglob("*.py"))
SAYING = [*PAGES, *(p for room in ("presentation", "service/web") for p in sorted((PROJECT / room).rglob("*.py")))]
CATALOGUE = read_po((PROJECT / "presentation/locale/ru.po").open("rb"), locale="ru")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def said() -> Iterator[tuple[str, ...]]:
    """Every message shown to people: one string, or both forms of a plural. Those in f-strings count."""
    for path in SAYING:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                forms = {"text": 1, "N_": 1, "plural": 2}.get(called, 0)
                constants = [
                    a.value for a in node.args[:forms] if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                if forms and len(constants) == forms:
                    yield tuple(constants)


LABELS = [path for path in (PROJECT / "presentation/labels").glob("*.py") if path.stem != "__init__"]
MESSAGES = sorted({*said()})
TITLES = [queries.load(name) for folder in (*queries.page_folders(), "metrics") for name in queries.names(folder)]


def translation(message: str) -> Message:
    found = CATALOGUE.get(message)
    assert found is not None, f"not in ru.po: {message!r}"
    return found


def test_the_extraction_sees_the_pages() -> None:
    assert len(MESSAGES) > 150
    assert ("Nothing is loaded yet",) in MESSAGES
    assert ("{count} row", "{count} rows") in MESSAGES


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message[0][:50])
def test_every_message_is_translated_with_its_placeholders(message: tuple[str, ...]) -> None:
    found = translation(message[0])
    forms = [found.string] if isinstance(found.string, str) else [*(found.string or ())]
    assert len(forms) == (3 if len(message) == 2 else 1), "Russian has three plural forms"
    assert all(forms), "empty"
    for form in forms:
        assert {*_PLACEHOLDER.findall(form)} == {*_PLACEHOLDER.findall(message[-1])}
        assert form.count("`") == message[-1].count("`")


@pytest.mark.parametrize("query", TITLES, ids=lambda query: query.name)
def test_titles_and_definitions_of_queries_are_translated(query: queries.Query) -> None:
    assert translation(query.title).string
    assert translation(query.definition).string


def test_the_file_is_valid_and_says_nothing_in_vain() -> None:
    assert [error for message in CATALOGUE for error in message.check()] == []
    assert CATALOGUE.num_plurals == 3
    known = {form for message in MESSAGES for form in message} | {
        words for query in TITLES for words in (query.title, query.definition)
    }
    known |= {
        node.value
        for path in (PROJECT / "data").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    used = {message.id if isinstance(message.id, str) else message.id[0] for message in CATALOGUE if message.id}
    assert used - known == set(), "nobody says these any more"


def test_plurals_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "ru")
    said = [words.plural("{count} row", "{count} rows", n) for n in (0, 1, 2, 5, 11, 12, 21, 104, 111, 1234)]
    assert said == ["0 строк", "1 строка", "2 строки", "5 строк", "11 строк", "12 строк", "21 строка", "104 строки",
                    "111 строк", "1\u00a0234 строки"]  # fmt: skip


def strings(name: str) -> set[str]:
    """String constants in tuples of a page or, as columns, in its calls."""
    tree = ast.parse((PROJECT / "pages" / f"{name}.py").read_text(encoding="utf-8"))
    return {e.value for node in ast.walk(tree) if isinstance(node, ast.Tuple) for e in node.elts
            if isinstance(e, ast.Constant) and isinstance(e.value, str)}  # fmt: skip


@pytest.mark.parametrize(
    "page", [path.stem for path in PAGES if path.parent.name == "pages" and path.stem != "__init__"]
)
def test_every_column_and_choice_of_a_page_has_a_name(page: str) -> None:
    assert strings(page) - labels.COLUMNS.keys() - labels.CODES.keys() - contract_words() == set()


def contract_words() -> set[str]:
    return {table.name for table in contract.TABLES}


def test_every_code_of_the_contract_and_of_the_filters_has_words() -> None:
    codes = {
        *contract.SEGMENTS,
        *contract.CHANNELS,
        *contract.BUYING_JOBS,
        *filters.PERIODS,
        *filters.COMPARISONS,
    }
    assert codes <= labels.CODES.keys()


def test_words_of_a_filter_name_one_code_only() -> None:
    """A link may name a choice by its words, in any language."""
    for codes in (filters.PERIODS, filters.COMPARISONS, contract.SEGMENTS):
        for language in words.LANGUAGES:
            named = [words.text_in(language, labels.CODES[code]) for code in codes]
            assert len({*named}) == len(codes)


def test_a_column_or_code_is_named_once() -> None:
    subjects = [import_module(f"presentation.labels.{path.stem}") for path in LABELS]
    for names in ("COLUMNS", "CODES"):
        assert len(getattr(labels, names)) == sum(len(getattr(subject, names)) for subject in subjects)


def test_months_are_named_by_babel_in_every_language() -> None:
    words.settle("ru")
    assert (labels.column("target_05"), labels.code("december")) == ("Май", "Декабрь")
    words.settle("en")
    assert (labels.column("target_05"), labels.code("december")) == ("May", "December")
