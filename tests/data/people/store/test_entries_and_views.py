"""Settings and views: the newest holds, and everybody sees what is theirs or shared."""

from collections.abc import Callable
from typing import Any

import pytest

from data.errors import AccessDenied, BadInput
from data.people.store import Item, Store, entries, views
from data.settings import Settings
from tests.data.people.store.help import ANNA, BORIS, LATE, TODAY, act, second, somebody

CLARA = somebody("clara", "Clara")


def test_the_newest_value_of_a_setting_holds_and_none_is_forgotten(opened: Store, place: Settings) -> None:
    assert entries.newest(opened, "held_share", 0.1) == 0.1
    for by, value in ((ANNA, 0.2), (BORIS, None), (ANNA, {"late": [1, 2.5, True]})):
        entries.enter(opened, by, "held_share", value)
        assert entries.newest(second(place), "held_share", "default") == value
    assert entries.newest(opened, "targets", "default") == "default"
    history = entries.history(opened, "held_share")
    assert [(entry.value, entry.by) for entry in history] == [
        ({"late": [1, 2.5, True]}, ANNA.author),
        (None, BORIS.author),
        (0.2, ANNA.author),
    ]
    assert sorted((entry.at for entry in history), reverse=True) == [entry.at for entry in history]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, TODAY])
def test_a_setting_holds_what_json_can(opened: Store, value: Any) -> None:
    with pytest.raises(BadInput):
        entries.enter(opened, ANNA, "targets", value)
    assert (entries.history(opened, "targets"), opened.generation()) == ([], 0)


def test_a_setting_that_is_not_in_the_table_of_permissions_is_nobodys_to_set(opened: Store) -> None:
    with pytest.raises(AccessDenied):
        entries.enter(opened, ANNA, "anything", 1)
    assert (entries.history(opened, "anything"), opened.generation()) == ([], 0)


def test_views_are_seen_by_their_owner_and_where_shared(opened: Store) -> None:
    own = views.save(opened, ANNA, "Mine", "customers", {"owner": ["R1", "R2"], "q": "bolt"})
    shared = views.save(opened, BORIS, "Ours", "customers", {}, is_shared=True)
    views.save(opened, BORIS, "Theirs", "customers", {})
    views.save(opened, ANNA, "Mine", "team", {})
    assert views.listed(opened, ANNA, "customers") == [own, shared]
    assert views.listed(opened, CLARA, "customers") == [shared]


def test_saving_under_the_same_name_replaces_ones_own_view_alone(opened: Store) -> None:
    first = views.save(opened, ANNA, "Late", "customers", {"q": "a"}, is_shared=True)
    foreign = views.save(opened, BORIS, "Late", "customers", {"q": "b"}, is_shared=True)
    again = views.save(opened, ANNA, "Late", "customers", {"q": "c"})
    assert again.id == first.id
    assert views.listed(opened, ANNA, "customers") == [again, foreign]
    assert views.listed(opened, BORIS, "customers") == [foreign]


def test_only_ones_own_view_can_be_deleted(opened: Store) -> None:
    view = views.save(opened, ANNA, "Late", "customers", {}, is_shared=True)
    before = opened.generation()
    with pytest.raises(AccessDenied):
        views.delete(opened, BORIS, view.id)
    assert (views.listed(opened, BORIS, "customers"), opened.generation()) == ([view], before)
    views.delete(opened, ANNA, view.id)
    assert views.listed(opened, ANNA, "customers") == []
    with pytest.raises(AccessDenied):
        views.delete(opened, ANNA, view.id)


@pytest.mark.parametrize(
    "params", [{"q": 1}, {"q": [["a"]]}, {1: "a"}, {"q": None}, {"q": "x" * 9_000}, {"q": {"a": 1}}]
)
def test_a_view_holds_what_a_link_can(opened: Store, params: dict[Any, Any]) -> None:
    with pytest.raises(BadInput):
        views.save(opened, ANNA, "Rows", "customers", params, is_shared=True)
    assert (views.listed(opened, ANNA, "customers"), opened.generation()) == ([], 0)


LONGEST = "".join(chr(0x20000 + n) for n in range(200))  # four bytes each, and nothing to compress


def test_the_longest_names_fit(opened: Store) -> None:
    item, who = Item("category_risk", LONGEST, LONGEST), somebody(LONGEST, LONGEST)
    assert act(opened, item, 0, "accepted").item == item
    views.save(opened, who, LONGEST, "customers", {}, is_shared=True)
    for by, name in ((who, LONGEST + "x"), (somebody(LONGEST + "x", "Anna"), "Late")):
        with pytest.raises(BadInput, match="too long"):
            views.save(opened, by, name, "customers", {})
    assert opened.generation() == 2


def test_every_write_raises_the_generation_for_everyone(opened: Store, place: Settings) -> None:
    other = second(place)
    writes: tuple[Callable[[], Any], ...] = (
        lambda: act(opened, LATE, 0, "accepted"),
        lambda: entries.enter(opened, ANNA, "targets", 1),
        lambda: views.save(opened, ANNA, "Late", "customers", {}, is_shared=True),
        lambda: views.save(opened, ANNA, "Late", "customers", {}),
        lambda: views.delete(opened, ANNA, views.listed(opened, ANNA, "customers")[0].id),
    )
    for n, write in enumerate(writes):
        assert other.generation() == n
        write()
        assert (opened.generation(), other.generation()) == (n + 1, n + 1)
