import ast
import logging
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

import queries
from data import contract
from data.settings import PROJECT
from presentation import pages

PAGES = sorted(path for path in (PROJECT / "pages").glob("*.py") if path.name != "__init__.py")
UI = PROJECT / "pages" / "ui"
LONGEST_PAGE = 80
READERS = "data.loading.sources"

# Raw HTML, caches of their own, and charts outside the grammar: for pages.ui alone, or for nobody.
FOR_UI_ALONE = ("cache_data", "cache_resource", "html", "line_chart", "bar_chart", "area_chart", "scatter_chart")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def ours(path: Path) -> set[str]:
    return {
        name
        for name in imports(path)
        if name.split(".")[0] in ("analytics", "data", "pages", "presentation", "queries", "service")
    }


@pytest.fixture
def loggers_stay() -> Iterator[None]:
    """The linter configures logging for itself, and thereby silences every logger there is."""
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    silent = {each for each in known if each.disabled}
    yield
    for each in known:
        each.disabled = each in silent


@pytest.mark.usefixtures("loggers_stay")
def test_who_may_import_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contracts = (PROJECT / "tests" / "architecture.ini").read_text(encoding="utf-8")
    assert contracts.count("    pages.EACH\n") == 2
    written_out = tmp_path / "architecture.ini"
    each = "".join(f"    pages.{page.name}\n" for page in pages.PAGES)
    written_out.write_text(contracts.replace("    pages.EACH\n", each), encoding="utf-8")
    result = lint_imports(config_filename=str(written_out), no_cache=True)
    assert result == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph(
        "analytics", "bench", "data", "pages", "presentation", "queries", "service", cache_dir=None
    )
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # It imports the reader of a kind of file when such a file comes.
    imported[READERS] = {module for module in imported[READERS] if not module.startswith(READERS)}
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the circle


def test_a_page_is_registered_in_one_place() -> None:
    """Its file, the folder of its queries and its title follow from that; who may open it does not."""
    names = [page.name for page in pages.PAGES]
    assert sorted(names) == [path.stem for path in PAGES]
    of_the_store = {"people"}  # shows what people write, which no query reads
    assert sorted({*names, "shared"} - of_the_store) == [*queries.page_folders()]
    tables = {table.name for table in contract.TABLES}
    assert all({*page.needs} <= tables for page in pages.PAGES)
    registers = [
        path.relative_to(PROJECT)
        for path in sorted(PROJECT.rglob("*.py"))
        if path.parts[len(PROJECT.parts)] in ("app.py", "pages", "service", "presentation", "data", "queries")
        and {f'"{name}"' for name in names} <= {*re.findall(r'"\w+"', path.read_text(encoding="utf-8"))}
    ]
    # Who may open a page is the table's of permissions; a page without a right is told by a test of that table.
    assert [str(path) for path in registers] == ["data/people/permissions.py", "presentation/pages.py"]


def test_app_registers_pages_and_nothing_else() -> None:
    assert ours(PROJECT / "app.py") == {"pages.ui", "service.web"}
    third_party = {name.split(".")[0] for name in imports(PROJECT / "app.py")} - set(sys.stdlib_module_names)
    assert third_party == {"pages", "service", "streamlit"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_imports_the_ui_and_presentation(page: Path) -> None:
    foreign = {name for name in imports(page) if name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith(("pages.ui", "presentation")) for name in foreign)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_is_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST_PAGE


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(PROJECT.glob("*.py")) + sorted((PROJECT / "pages").rglob("*.py"))
        if UI not in path.parents
    ],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_pages_use_none_of_what_is_for_the_ui_alone(path: Path) -> None:
    used = {
        node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert used.isdisjoint(FOR_UI_ALONE)


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "pages").rglob("*.py")), ids=lambda path: str(path.relative_to(PROJECT))
)
def test_nothing_shows_raw_html_or_loads_plotly_express(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "unsafe_allow_html" not in text
    assert "plotly.express" not in text
    assert "st.html" not in text


def test_the_server_listens_here_alone_and_collects_no_garbage_between_reruns() -> None:
    """With postScriptGC on, every rerun stops all other people's pages."""
    config = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["postScriptGC"] is False
    assert config["server"]["address"] == "127.0.0.1"


def test_charts_take_every_colour_from_the_palette() -> None:
    files = sorted({*(PROJECT / "pages").rglob("*.py")} - {UI / "charts" / "palette.py"})
    assert [path.name for path in files if re.search(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8"))] == []


def test_one_piece_alone_offers_files() -> None:
    """What goes wrong while a file is made is noted there; Streamlit would only log it."""
    offering = [
        path.relative_to(PROJECT)
        for path in sorted((PROJECT / "pages").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "st.download_button"
    ]
    assert [str(path) for path in offering] == ["pages/ui/export_button.py"]
