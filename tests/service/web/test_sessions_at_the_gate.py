"""Whoever has no session that is good now gets nothing, whatever they ask for and whatever cookie they send."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from websockets.exceptions import InvalidStatus

from data.people.store import open_store
from data.people.store.accounts import people, sessions
from data.people.store.accounts.sessions import Entered
from data.people.store.accounts.tables import SESSIONS, hashed, new_token
from data.settings import current
from tests.data.people.store import accounts_help
from tests.service.web.served import STREAM, Answer, Served, id_of, is_led_away, run_page, until

ROUTES = [("GET", path) for path in (
    "/", "/customers", "/people", "/no-such-page", "/static/js/none.js", "/index.html", "/media/x.csv",
    "/_stcore/health", "/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/host-config", STREAM,
    "/component/x/y", "/app/static/x", "//", "/_stcore/upload_file/a/b", "/manifest.json",
)] + [("HEAD", "/"), ("PUT", "/_stcore/upload_file/a/b"), ("DELETE", "/_stcore/upload_file/a/b"), ("POST", "/"),
      ("PATCH", "/customers"), ("OPTIONS", "/")]  # fmt: skip


def _idle(server: Served) -> str:
    return _set(server, seen_at=datetime.now(UTC) - timedelta(hours=12, seconds=1))


def _past_its_end(server: Served) -> str:
    return _set(server, ends_at=datetime.now(UTC) - timedelta(seconds=1))


def _set(server: Served, **values: datetime) -> str:
    token = server.enter().token
    with server.store.keeping() as connection:
        connection.execute(sa.update(SESSIONS).where(SESSIONS.c.token_hash == hashed(token)).values(**values))
    return token


def _revoked(server: Served) -> str:
    token = server.enter().token
    sessions.end(server.store, token)
    return token


def _of_one_deactivated(server: Served) -> str:
    entered = server.enter()
    people.deactivate(server.store, server.admin, entered.account_id)
    return entered.token


def _of_one_let_in_again(server: Served) -> str:
    entered = server.enter()
    people.deactivate(server.store, server.admin, entered.account_id)
    people.reactivate(server.store, server.admin, entered.account_id)
    return entered.token


def _of_another_home(server: Served) -> str:
    home = server.log.parent / "elsewhere"
    shutil.rmtree(home, ignore_errors=True)
    elsewhere = open_store(replace(current(), home=home, store=""))
    admin = accounts_help.first(elsewhere)
    return accounts_help.come_in(elsewhere, admin, accounts_help.invited(elsewhere, admin)).token


COOKIES: dict[str, Callable[[Served], str]] = {
    "none": lambda _: "",
    "unknown": lambda _: new_token(),
    "idle": _idle,
    "past its end": _past_its_end,
    "revoked": _revoked,
    "of one who was deactivated": _of_one_deactivated,
    "of one who was let in again": _of_one_let_in_again,
    "of another home": _of_another_home,
    "its hash": lambda server: hashed(server.enter().token),
    "shortened": lambda server: server.enter().token[:-1],
    "lengthened": lambda server: server.enter().token + "A",
    "in another case": lambda server: server.enter().token.swapcase(),
    "quoted": lambda server: f'"{server.enter().token}"',
    "two at once": lambda server: f"{server.enter().token}; {server.cookie}={server.enter().token}",
    "the id": lambda server: server.enter().session_id,
    "no text": lambda _: "\xff\xfe\x80",
    "long": lambda _: "x" * 20_000,
    "SQL": lambda _: "' or 1=1 --",
}


def is_refused(answer: Answer, method: str, path: str) -> bool:
    """Whether nothing of the app is in an answer: a way to sign-in, or a line that says no."""
    if answer.status == 303:
        return answer.one("location").startswith("/sign-in") and not answer.body
    lines = answer.body.decode().splitlines()
    is_a_line = len(lines) <= 1 and answer.one("content-type").startswith("text/plain")
    return answer.status in (401, 403, 404, 405) and is_a_line


@pytest.mark.parametrize("kind", COOKIES)
def test_no_route_answers_without_a_session(kind: str, bare: Served) -> None:
    token = COOKIES[kind](bare)
    forwarded = {"X_Forwarded_For": "192.0.2.7"}  # else whoever asks from this computer may watch the server
    answers = {(method, path): bare.ask(path, method, token, b"x" if method == "PUT" else None, **forwarded)
               for method, path in ROUTES}  # fmt: skip
    assert [each for each, answer in answers.items() if not is_refused(answer, *each)] == []
    with bare.tab(token) as tab:
        assert is_led_away(until(tab, "nothing"))


def test_a_handshake_that_says_too_much_is_answered_at_once(bare: Served) -> None:
    token = bare.enter().token
    for much in ({"X-Long": "x" * 50_000}, {f"X-{number}": "x" * 90 for number in range(400)}):
        with pytest.raises(InvalidStatus) as refused, bare.tab(token, **much):
            pass
        assert refused.value.response.status_code == 403
        assert bare.ask("/", "GET", token, None, **much).status == 431


def test_the_same_routes_answer_somebody_who_is_in(bare: Served) -> None:
    token = bare.enter().token
    open_to_them = [path for method, path in ROUTES if method == "GET" and bare.ask(path, token=token).status == 200]
    assert {"/", "/customers", "/_stcore/host-config", "/manifest.json"} <= {*open_to_them}


def test_a_frame_of_a_session_that_is_over_is_answered_by_the_way_out(bare: Served) -> None:
    ends: list[Callable[[Entered], object]] = [
        lambda entered: sessions.end(bare.store, entered.token),
        lambda entered: people.deactivate(bare.store, bare.admin, entered.account_id),
    ]
    for end in ends:
        entered = bare.enter()
        with bare.tab(entered.token) as tab:
            assert id_of(run_page(tab))
            end(entered)
            assert is_led_away(run_page(tab)[-1:])
            assert tab.close_code == 1008


def test_a_socket_where_nothing_moves_is_shut_too(bare: Served) -> None:
    entered, other = bare.enter(), bare.enter()
    with bare.tab(entered.token) as tab, bare.tab(other.token) as kept:
        run_page(tab)
        run_page(kept)
        sessions.end(bare.store, entered.token)
        assert is_led_away(until(tab, "nothing")[-1:])
        assert id_of(run_page(kept))
