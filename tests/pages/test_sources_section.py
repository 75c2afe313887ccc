"""Sources on screen: how they stand, their runs, and what every page says where one is out of date or failed."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import settings
from data.loading import runs, source_file
from pages.ui import page_frame
from service import refresh
from service.commands import main
from tests.loading_help import GOOD, write
from tests.pages.screen import opened, said


@pytest.fixture
def sources(home: Path) -> Path:
    """A source that is refreshed, one whose folder is not there, and one whose description cannot be read."""
    page_frame._flawed.cache_clear()
    folder = write(home.parent / "in", GOOD)
    described = {"shop": f"folder: {folder}\nevery: 1 hour", "away": f"folder: {home}/nowhere\nat: '02:00'"}
    described = {f"{name}.yaml": f"kind: folder\n{text}\n" for name, text in described.items()}
    write(source_file.root(home), described | {"[crm](x).yaml": "kind: oracle\n"})
    refresh.refresh(settings.current(), "shop", "schedule")
    assert main(["refresh", "away"]) == 3
    return home


def banners() -> list[str]:
    """What the frame around every page warns of."""
    app = AppTest.from_file(str(settings.PROJECT / "app.py"), default_timeout=60)
    return [warning.value for warning in app.run().warning]


def test_the_section_shows_how_sources_stand_and_their_runs(sources: Path) -> None:
    shown = opened("admin", "data_admin", section="sources")
    words = "\n".join(said(shown))
    assert "2 sources need attention" in words
    for part in ("up to date", "cannot be read", "every 60 minutes", "02:00", "A name is letters"):
        assert part in words
    shown.selectbox(key="source-shown").select("away").run()
    assert "nowhere" in "\n".join(said(shown))
    assert not shown.button(key="refresh-now").disabled
    shown.selectbox(key="source-shown").select("[crm](x)").run()
    assert shown.button(key="refresh-now").disabled
    shown.selectbox(key="source-shown").select("shop").run()
    words = "\n".join(said(shown))
    assert "its times" in words
    assert "0001" in words


def test_every_page_says_what_failed_and_only_administrators_why(sources: Path) -> None:
    words = banners()
    assert "The source away could not be refreshed yet." in words
    assert r"The source \[crm\]\(x\) cannot be read, so it is not refreshed." in words
    assert not any("shop" in banner or "nowhere" in banner for banner in words)


def test_refresh_now_runs_a_process_of_its_own(sources: Path) -> None:
    shown = opened("admin", "data_admin", section="sources")
    shown.selectbox(key="source-shown").select("shop").run()
    shown.button(key="refresh-now").click().run()
    end = time.monotonic() + 60
    while len(found := runs.history(sources, "shop")) < 2 or found[0].outcome == "running":
        assert time.monotonic() < end, "it did not run"
        time.sleep(0.1)
    assert (found[0].by, found[0].outcome) == ("page", "done")


def test_without_sources_it_says_how_to_describe_one(home: Path) -> None:
    page_frame._flawed.cache_clear()
    write(home.parent / "in", GOOD)
    assert main(["import", str(home.parent / "in")]) == 0
    shown = opened("admin", "data_admin", section="sources")
    words = "\n".join(said(shown))
    assert "No source refreshes itself yet" in words
    assert str(source_file.root(home)) in words.replace("\\", "")
    assert banners() == []
