"""The audit tells what was loaded, by whom: a command, or whoever pressed the button on screen."""

from pathlib import Path

from data import settings
from data.loading import desk
from data.people.person import Author
from data.people.store import audit, existing_store, open_store
from service import loading_steps
from service.commands import main
from tests.loading_help import GOOD, write
from tests.people import ADMIN


def test_a_load_by_command_is_told_where_there_is_a_store_and_makes_none(home: Path) -> None:
    place = write(home.parent / "in", GOOD)
    assert main(["import", str(place), "--no-build"]) == 0
    assert existing_store(settings.current()) is None
    store = open_store(settings.current())
    assert main(["import", str(place), "--no-build", "--inputs", "none"]) == 0
    (entry,) = audit.read(store, ADMIN)
    assert (entry.did, entry.by, entry.about) == ("loaded", None, "in")
    assert entry.detail["rows_in"] == entry.detail["loaded"] + entry.detail["quarantined"] > 0


def test_going_back_on_screen_is_told_with_who_did(home: Path) -> None:
    place = write(home.parent / "in", GOOD)
    assert main(["import", str(place), "--no-build"]) == 0
    assert main(["import", str(place), "--no-build"]) == 0
    store = open_store(settings.current())
    where = desk.begin(home)
    desk.write(where, "asked", "0001")
    desk.write(where, "by", {"key": "a1", "name": "Ann"})
    assert loading_steps.main("back", where) == 0
    (entry,) = audit.read(store, ADMIN)
    assert (entry.did, entry.by, entry.about) == ("loaded", Author("a1", "Ann"), "0001")
