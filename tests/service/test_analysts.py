"""The analysts' door: frames of one's own rows that say what they are, and the documents about it, run as written."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.errors import AccessDenied, BadInput
from data.people.store import audit, open_store
from data.people.store.accounts import people as accounts
from data.settings import PROJECT, current
from data.warehouse import access
from service.analysts import open_as
from tests import taking
from tests.data.people.store import accounts_help

DOCS = PROJECT / "docs"


@pytest.fixture(autouse=True)
def house(named_house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ORDERBEAT_HOME", str(named_house))
    yield named_house
    access._connections.clear()


def test_a_frame_says_what_it_is() -> None:
    found = open_as("director").frame("customers.book", period="quarter", sort="revenue")
    about = found.attrs
    assert about["units"]["revenue"] == "money"
    assert (about["currency"], about["as_of"], about["snapshot"]) == (
        "EUR",
        taking.AS_OF.isoformat(),
        access.snapshot().name,
    )
    assert about["file"] == "queries/customers/book.sql"
    assert about["definition"].startswith("Every account")
    assert (about["rows"], about["truncated"]) == (len(found), False)
    assert about["params"]["sort"] == "revenue"
    assert "decided" not in about["params"], "what people wrote is of other views, too"
    assert found["revenue"].dtype == float
    assert found["revenue"].is_monotonic_decreasing
    assert found["tier"].isin(["strategic", "mid", "long_tail", "without_revenue"]).all(), "codes stay codes"


def test_its_figures_are_those_of_the_query() -> None:
    shown = access.snapshot()
    silent = open_as("rep:R5").frame("customers.silent", limit=5)
    asked = {"segment": None, "owner": None, "limit": 5}
    rows = access.query("rep:R5", "customers.silent", asked, within=shown).rows()
    assert silent["likely_loss"].tolist() == [float(row["likely_loss"]) for row in rows]
    assert pd.api.types.is_datetime64_any_dtype(silent["last_order_on"])


@pytest.mark.parametrize("scope", ["rep:R5", "lead:R3"])
def test_it_opens_one_s_own_rows_alone(scope: str) -> None:
    door = open_as(scope)
    asks: dict[str, Any] = {"catalogs.discounts": {"by": "by_product"}, "team.attainment": {"metric": "revenue",
                            "by": "by_rep"}}  # fmt: skip
    for name in ("customers.book", "negotiations.open_list", "team.stages", *asks):
        found = door.frame(name, **asks.get(name, {}))
        assert len(found)
        assert taking.foreign(found.to_string() + str(found.attrs), scope) == set()


def test_a_page_that_is_not_theirs_is_neither_listed_nor_given() -> None:
    door = open_as("ecommerce")
    assert not [name for name in door.queries().index if name.startswith(("team.", "data_admin.", "people."))]
    for name in ("team.due", "data_admin.loads"):
        with pytest.raises(AccessDenied):
            door.frame(name)


def test_what_a_page_shows_to_few_is_given_to_few() -> None:
    for scope, is_open in (("director", True), ("lead:R3", False), ("rep:R5", False)):
        assert ("customers.holdout" in open_as(scope).queries().index) is is_open
    with pytest.raises(AccessDenied):
        open_as("rep:R5").frame("team.moves")


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("customers.nothing", {}, "no query"),
        ("checks.revenue_adds_up", {}, "no query"),
        ("../secrets", {}, "no query"),
        ("customers.silent", {"colour": "red"}, "takes no colour"),
        ("customers.book", {"period": "week"}, "no filters"),
        ("catalogs.discounts", {}, "asks for by"),
    ],
)
def test_what_is_misspelt_is_refused_with_what_there_is(name: str, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        open_as("director").frame(name, **asked)


def test_a_metric_comes_with_its_names_interval_and_comparison() -> None:
    found = open_as("director").metric("win_rate", of="team.closing")
    assert [*found.columns] == [*found.attrs["units"]]
    assert {"rep", "win_rate", "win_rate_low", "win_rate_high"} <= {*found.columns}
    assert "average_won" not in found.columns
    with pytest.raises(BadInput, match="Several queries tell 'win_rate'"):
        open_as("director").metric("win_rate")


def test_nobody_of_that_name_is_let_in() -> None:
    with pytest.raises(AccessDenied):
        open_as("rep:R99")


def test_where_people_sign_in_each_frame_is_told_to_the_audit_in_their_name(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(house, home)
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    store = open_store(current())
    first = accounts_help.first(store)
    rita = accounts_help.invited(store, first, "rep", email="Rita@example.org", rep="R5")
    accounts_help.come_in(store, first, rita)
    found = open_as("rita@EXAMPLE.org ").frame("customers.book")
    assert taking.foreign(found.to_string(), "rep:R5") == set()
    (told,) = audit.read(store, first, did="exported")
    assert told.by is not None
    assert (told.by.key, told.about) == (rita.id, "customers.book")
    assert told.detail == {"format": "frame", "rows": len(found)}
    for nobody in ("director", "rep:R5", "otto@example.org", ""):
        with pytest.raises(AccessDenied):
            open_as(nobody)
    accounts.deactivate(store, first, rita.id)
    with pytest.raises(AccessDenied):
        open_as("rita@example.org")


def run(cells: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells:
        exec(compile(cell, "cell", "exec"), names)  # noqa: S102 - our own documents
    capsys.readouterr()
    return names


def test_the_notebook_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    cells = json.loads((DOCS / "analysts.ipynb").read_text(encoding="utf-8"))["cells"]
    names = run(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"], capsys)
    assert len(names["silent"]) == names["headline"]["silent_customers"]
    assert 0 < names["share_of_largest_fifth"] <= 1
    assert not [cell for cell in cells if cell.get("outputs")], "figures of somebody's company"


def test_the_page_about_it_runs_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "analysts.md").read_text(encoding="utf-8")
    names = run(re.findall(r"```python\n(.*?)```", page, re.DOTALL), capsys)
    assert names["book"].attrs["units"]["revenue"] == "money"
    assert "win_rate" in names["rates"].columns
