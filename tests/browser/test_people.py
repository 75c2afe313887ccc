"""The page People in a browser: on both screens and in both languages, empty, with one person and with 2,000."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import settings
from data.people.store import open_store
from data.people.store.accounts import people
from tests.browser import chromium
from tests.browser.chromium import Visit
from tests.browser.test_data_page import BOTH, require_sound
from tests.browser.test_hostile_names import NAMES, as_shown, assert_nothing_came_alive
from tests.people import ADMIN

MANY = 2_000
WORDS = {
    "en": {"empty": "Nobody is entered yet", "invite": "Invite", "email": "E-mail", "name": "Full name",
           "role": "Sales director", "one": "1 person may come in; 1 has not yet",
           "taken": "took an action from a role",
           "take": "Take lists along", "save": "Save", "verify": "Verify the audit", "whole": "Every row is as it was"},
    "ru": {"empty": "Пока никто не введён", "invite": "Пригласить", "email": "Эл. почта", "name": "Имя и фамилия",
           "role": "Директор по продажам", "one": "1 человек может войти; 1 ещё не входил",
           "taken": "у роли отнято действие", "take": "Выгружать списки", "save": "Сохранить",
           "verify": "Проверить журнал", "whole": "Все записи такие"},
}  # fmt: skip


@BOTH
def test_somebody_is_invited_a_role_loses_an_action_and_the_audit_tells_it(
    language: str, size: dict[str, int], demo_home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    said = WORDS[language]
    shutil.copytree(demo_home, tmp_path / "home")
    with chromium.served(tmp_path / "home") as address:
        window = visit(address=address, size=size)
        page = window.open("people", view_as="admin", language=language)
        assert said["empty"] in window.text()
        require_sound(window, "people-empty")
        page.get_by_role("button", name=said["invite"]).click()
        window.settle()
        form = page.locator("[data-testid=stPopoverBody]")
        form.get_by_role("textbox", name=said["email"]).fill("ann@x.example")
        form.get_by_role("textbox", name=said["name"]).fill("Ann *Lee*")
        form.get_by_text(said["role"]).click()
        require_sound(window, "people-inviting")
        form.get_by_role("button", name=said["invite"]).click()
        page.locator(".st-key-person code").wait_for()
        require_sound(window, "people-invited")
        assert said["one"] in window.text()
        assert f"{address}/sign-in/link/" in page.locator(".st-key-person code").inner_text()
        page = window.open("people", view_as="admin", language=language, section="roles")
        page.locator(".st-key-role-rep").get_by_text(said["take"]).click()
        require_sound(window, "people-roles")
        page.get_by_role("button", name=said["save"]).click()
        window.settle()
        page = window.open("people", view_as="admin", language=language, section="audit")
        page.get_by_role("button", name=said["verify"]).click()
        page.get_by_text(said["whole"]).wait_for()
        require_sound(window, "people-audit")
        assert said["taken"] in window.text()
        window.close()


@pytest.fixture(scope="module")
def crowd(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """2,000 people, those with hostile names first."""
    home = tmp_path_factory.mktemp("crowd") / "home"
    shutil.copytree(demo_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        store = open_store(settings.current())
        for number in range(MANY):
            name = NAMES[number][:200] if number < len(NAMES) else f"Person {number}"
            people.invite(store, ADMIN, email=f"p{number}@x.example", name=name, roles=["rep"], rep=NAMES[number % 5])
    with chromium.served(home) as address:
        yield address


@pytest.mark.slow
def test_two_thousand_people_with_hostile_names_are_listed_searched_and_opened(
    crowd: str, visit: Callable[..., Visit]
) -> None:
    window = visit(address=crowd)
    page = window.open("people", view_as="admin")
    assert "2,000 people may come in" in window.text()
    assert_nothing_came_alive(window)
    require_sound(window, "people-crowd")
    page.locator("[data-testid=stPagination]").get_by_text("2", exact=True).click()
    window.settle()
    assert len(window.cells("people-list-table")) > 0
    for number in (0, 1, 3, 7, 8):
        page = window.open("people", view_as="admin", **{"people-search": f"p{number}@x.example"})
        window.click_cell("people-list-table")
        name = page.locator(".st-key-person p").first.inner_text()
        assert as_shown(name).startswith(as_shown(NAMES[number][:200]))
        assert_nothing_came_alive(window)
    require_sound(window, "people-hostile")
    window.open("people", view_as="admin", section="audit")
    assert_nothing_came_alive(window)
    assert "2,000" not in window.text()
