"""The comparison with finance on screen: a file is dropped, and the answer stands first, with causes and rows below."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import settings
from data.loading import desk
from data.warehouse import access, build, reconcile
from tests import companies
from tests.pages.screen import opened, said


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(place))
        companies.load(place, companies.random_company(3))
        build.build(settings.current())
        yield place


def dropped(content: str, **query: str) -> AppTest:
    app = opened("admin", "data_admin", section="matches_finance", **query)
    app.file_uploader[0].set_value(("finance.csv", content.encode(), "text/csv"))
    app.run()
    end = time.monotonic() + 60
    while next(desk.at_work(settings.current().home, desk.COMPARISONS), None):
        assert time.monotonic() < end, "it did not end"
        time.sleep(0.1)
    app.run()
    assert not app.exception
    return app


def invoices(without: int) -> str:
    rows = access.query(build.EVERYTHING, reconcile.DOCUMENTS, {}).rows()
    listed = [f"{row['order_id']},{row['ordered_on']},{row['revenue']}" for row in rows]
    return "\n".join(["Invoice,Date,Net", *listed[: len(listed) - without]])


def test_a_file_that_agrees_is_said_to_agree_and_remembered(house: Path) -> None:
    shown = " ".join(said(dropped(invoices(0))))
    assert "Ours and finance's agree to the cent" in shown
    assert "Last compared: finance.csv" in " ".join(said(opened("admin", "data_admin", section="matches_finance")))


def test_causes_and_rows_are_shown_in_the_readers_language(house: Path) -> None:
    shown = " ".join(said(dropped(invoices(2), language="ru")))
    assert "не объяснено 0,00" in shown
    assert "отсутствует" in shown


def test_a_file_that_cannot_be_compared_is_explained(house: Path) -> None:
    shown = " ".join(said(dropped("Colour,Shape\nred,round\n")))
    assert "finance.csv has no amount." in shown
    assert "Colour, Shape" in shown
