"""Loading on screen without a browser: what is said where files cannot be loaded as they are."""

import datetime as dt
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import settings
from data.loading import desk, kept, quarantine
from data.warehouse import build
from tests.data.loading.layouts import LAYOUTS
from tests.loading_help import GOOD, load, write
from tests.pages.screen import opened, said


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Something is loaded and published, for a page to be shown."""
    place = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(place))
        load(place, write(place / "in", GOOD))
        build.build(settings.current())
        yield place


def dropped(home: Path, files: dict[str, str]) -> tuple[AppTest, Path]:
    """The section after files were dropped and looked at."""
    place = desk.begin(home)
    for name, content in files.items():
        desk.put(place, name, io.BytesIO(content.encode()))
    desk.start(place, "look")
    app = opened("admin", "data_admin", section="load_files")
    app.session_state["desk"] = str(place)
    return waited(app, place), place


def waited(app: AppTest, place: Path) -> AppTest:
    """The page once the step at work has ended."""
    wait(place)
    app.run()
    assert not app.exception
    return app


def wait(place: Path) -> None:
    end = time.monotonic() + 60
    while desk.is_at_work(place):
        assert time.monotonic() < end, "it did not end"
        time.sleep(0.1)


def test_of_a_file_that_is_about_nothing_it_is_said_what_it_lacks(house: Path) -> None:
    app, _ = dropped(house, {"deals.csv": "Product;Seller;Status\nA;S 1;Won\nB;S 2;Lost\nA;S 1;Won\n"})
    words = "\n".join(said(app))
    assert "Nothing of deals.csv is loaded: it comes nearest to Quotes" in words
    assert "Quotes: Number, Quotes: Requested" in words
    assert app.button(key="load-preview").disabled


def test_a_name_that_is_none_is_refused_where_it_stands_and_nothing_is_loaded(house: Path) -> None:
    app, place = dropped(house, LAYOUTS["hubspot"].files)
    app = waited(app.button(key="load-preview").click().run(), place)
    app.text_input(key="mapping-name").set_value("../x")
    app.button(key="load-publish").click().run()
    assert "'../x' is no name for a mapping." in "\n".join(said(app))
    assert kept.names(house) == []
    assert desk.read(place, "step") == "rehearse"


def test_what_is_missing_can_be_mended_in_its_cell(house: Path) -> None:
    place = desk.begin(house)
    desk.put(
        place,
        "orders.csv",
        io.BytesIO(b"order_id,ordered_on,customer_id,currency\nO9,2026-01-20,C1,EUR\n,2026-01-21,C1,EUR\n"),
    )
    (place / "mapping.yaml").write_text("reporting_currency: EUR\ntables: {orders: orders.csv}\n", encoding="utf-8")
    desk.start(place, "load")
    wait(place)
    app = opened("admin", "data_admin", section="load_files")
    app.session_state["desk"] = str(place)
    tables = [each.value for each in waited(app, place).dataframe]
    (cells,) = [each for each in tables if "reason" in each.columns]
    assert list(cells.columns) == [
        "reason",
        "order_id",
        "ordered_on",
        "customer_id",
        "currency",
        "source_file",
        "source_line",
    ]
    assert list(cells["order_id"]) == [""]

    (folder,) = quarantine.root(house).glob("0*")
    assert quarantine.cut(house, dt.datetime.now(dt.UTC) + dt.timedelta(days=31), 30) == [folder.name]
    app.run()
    assert not app.exception
    assert "What was refused is kept for 30 days, and was removed." in "\n".join(said(app))
