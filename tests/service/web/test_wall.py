"""The demo answers this computer alone: real servers, started both ways, asked as other sites would ask them."""

import asyncio
import http.client
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from data import errors
from data.people import uploads
from data.people.person import view_as
from service.web import wall
from tests.browser import chromium
from tests.browser.test_refusal import lan_address

STARTED_BY = ("streamlit", "uvicorn")
HEADER = {"Sec-WebSocket-Key": "c29tZXRoaW5nIHJhbmRvbQ==", "Sec-WebSocket-Version": "13", "Upgrade": "websocket",
          "Connection": "Upgrade"}  # fmt: skip
STREAM = "/_stcore/stream"


@contextmanager
def serving(way: str, home: Path, address: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server that was started that way."""
    port = chromium.free_port()
    commands = {
        "streamlit": ("run", "app.py", "--server.address", address, "--server.port", str(port)),
        "uvicorn": ("app:app", "--host", address, "--port", str(port)),
    }
    with chromium.started(home, way, *commands[way]) as server:
        chromium.wait_until_listening(server, f"http://127.0.0.1:{port}")
        yield port


@pytest.fixture(scope="module", params=STARTED_BY)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(request.param, tmp_path_factory.mktemp("home")) as port:
        yield port


def asked(port: int, path: str, method: str = "GET", body: bytes = b"", **headers: Any) -> int:
    """The status of a raw request; header names have underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_host="host" in {name.lower() for name in named})
    for name, value in named.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    try:
        if body:
            connection.send(body)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return connection.getresponse().status
    finally:
        connection.close()


def test_each_answer_says_what_a_browser_may_do_with_it(port: int) -> None:
    for host, status in ((f"localhost:{port}", 200), ("evil.example", 403)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        connection.close()
        policy = answer.getheader("content-security-policy") or ""
        assert answer.status == status
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.getheader("x-content-type-options") == "nosniff"
        assert answer.getheader("strict-transport-security") is None, "there is no TLS here"


def socket_opened(port: int, **headers: str) -> bool:
    status = asked(port, STREAM, "GET", b"", **HEADER, **headers)
    assert status in (101, 403)
    return status == 101


def foreign(port: int) -> list[str]:
    return ["evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", f"localhost@evil.example:{port}",
            "localhost:1", "[::2]", "169.254.169.254", ""]  # fmt: skip


def own(port: int) -> list[str]:
    return [f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"]


@pytest.mark.parametrize("path", ["/", "/customers", "/_stcore/health", "/_stcore/host-config", "/media/x.csv",
                                  "/_stcore/metrics", "/static/none.js"])  # fmt: skip
def test_a_request_by_another_name_is_refused_everywhere(path: str, port: int) -> None:
    assert asked(port, path) != 403
    assert {host: asked(port, path, Host=host) for host in foreign(port)} == dict.fromkeys(foreign(port), 403)
    assert all(asked(port, path, Host=host) != 403 for host in own(port))


def test_a_socket_opens_for_own_names_and_origins_alone(port: int) -> None:
    for host in own(port):
        assert socket_opened(port, Host=host, Origin=f"http://{host}"), host
    assert socket_opened(port)  # a program of this computer says no origin; every browser does
    for host in foreign(port):
        assert not socket_opened(port, Host=host, Origin=f"http://{host}"), host
    for origin in [f"http://{host}" for host in foreign(port)] + [
        "null",
        f"ftp://localhost:{port}",
        "http://localhost",
    ]:
        assert not socket_opened(port, Origin=origin), origin
    assert not socket_opened(port, Origin="http://127.0.0.1:1")
    assert not socket_opened(port, Origin=f"http://localhost:{port + 1}")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}, 200),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}, 200),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "script"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"}, 403),
    ],
)
def test_another_site_may_link_here_and_no_more(said: dict[str, str], status: int, port: int) -> None:
    assert asked(port, "/", "GET", b"", **said) == status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/_stcore/upload_file/session/file", "//_stcore/upload_file/session/file", "/"])
def test_nothing_is_taken_in(path: str, method: str, port: int) -> None:
    is_a_file = path.startswith("/_stcore/") and method in ("PUT", "DELETE")
    assert asked(port, path, method, b"x" * 1_000_000) == (403 if is_a_file else 405)


@pytest.mark.parametrize("address", ["0.0.0.0", lan_address()])
def test_uvicorn_is_stopped_where_others_could_reach_it(address: str, tmp_path: Path) -> None:
    port = chromium.free_port()
    with chromium.started(tmp_path, "uvicorn", "app:app", "--host", address, "--port", str(port)) as server:
        said = server.communicate(timeout=60)[0]
        assert server.returncode != 0
        assert f"Orderbeat refuses to listen on {address}." in said
        assert "Traceback" not in said


def test_a_unix_socket_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "orderbeat.sock"
    with chromium.started(tmp_path, "uvicorn", "app:app", "--uds", str(path)) as server:
        said = server.communicate(timeout=60)[0]
        assert server.returncode != 0
        assert f"Orderbeat refuses to listen on the socket '{path}'." in said
        assert "Traceback" not in said


def test_what_this_process_listens_on(tmp_path: Path) -> None:
    before = {*wall.listening_on()}
    with socket.socket() as here, socket.socket(socket.AF_UNIX) as unix, socket.socket() as deaf:
        here.bind(("127.0.0.3", 0))
        deaf.bind(("127.0.0.4", 0))
        unix.bind(str(tmp_path / "a.sock"))
        here.listen()
        unix.listen()
        assert {*wall.listening_on()} - before == {"127.0.0.3", f"the socket '{tmp_path / 'a.sock'}'"}
        assert stat.S_ISSOCK((tmp_path / "a.sock").stat().st_mode)


@pytest.mark.parametrize("server", [None, ("/run/orderbeat.sock", None), ("192.168.0.10", 8501)])
def test_a_connection_to_another_address_is_refused_whatever_it_says(server: Any) -> None:
    scope = {"type": "http", "method": "GET", "server": server, "headers": [(b"host", b"localhost:8501")]}
    assert wall.refused(scope)
    assert not wall.refused(scope | {"server": ("127.0.0.1", 8501)})


def upload(session: str, method: str = "PUT") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": f"/_stcore/upload_file/{session}/some-file",
            "server": ("127.0.0.1", 8501), "headers": [(b"host", b"localhost:8501")]}  # fmt: skip


def test_files_are_taken_from_sessions_whose_person_may_load_and_from_no_others() -> None:
    people = {who.key: who for who in view_as({"director": "", "ecommerce": "", "lead:R1": "", "rep:R1": ""})}
    assert len(people) == 5
    for key, who in people.items():
        uploads.settle(f"session-of-{key[:3]}", who)
    for key in people:
        for method in ("PUT", "DELETE"):
            assert bool(wall.refused(upload(f"session-of-{key[:3]}", method))) is (key != "admin"), (key, method)
    assert wall.refused(upload("unknown"))
    assert wall.refused(upload("session-of-adm", "POST"))
    assert wall.refused({**upload("session-of-adm"), "path": "/_stcore/upload_file/session-of-adm/../x"})
    uploads.settle("session-of-adm", people["director"])  # the same session, seen by somebody else now
    assert wall.refused(upload("session-of-adm"))


def test_a_session_sends_no_more_files_than_a_page_lays_down() -> None:
    uploads.settle("busy", view_as({})[0])
    taken = [not wall.refused(upload("busy")) for _ in range(uploads.MOST_AT_ONCE + 1)]
    assert taken == [True] * uploads.MOST_AT_ONCE + [False]
    uploads.settle("busy", view_as({})[0])
    assert wall.refused(upload("busy"))
    assert not wall.refused(upload("busy", "DELETE"))
    assert not wall.refused(upload("busy"))
    assert wall.refused(upload("busy"))
    uploads.laid_down("busy")
    assert not wall.refused(upload("busy"))


def test_sessions_are_forgotten_in_time() -> None:
    for number in range(uploads.MOST_SESSIONS + 1):
        uploads.settle(f"one-of-many-{number}", view_as({})[0])
    assert not uploads.may_load("one-of-many-0")
    assert uploads.may_load("one-of-many-1")


def test_two_names_at_once_are_refused() -> None:
    both = [(b"host", b"localhost:8501"), (b"host", b"evil.example")]
    assert wall.refused({"type": "http", "method": "GET", "server": ("127.0.0.1", 8501), "headers": both})


def test_what_fails_behind_the_wall_is_counted() -> None:
    async def fails(*_: Any) -> Any:
        raise ValueError("behind the wall")

    before = errors.unforeseen().count
    scope = {"type": "http", "method": "GET", "path": "/", "server": ("127.0.0.1", 8501),
             "headers": [(b"host", b"localhost:8501")]}  # fmt: skip
    with pytest.raises(ValueError, match="behind the wall"):
        asyncio.run(wall.Wall(fails, refuses=wall.refused, why_here="")(scope, fails, fails))
    assert errors.unforeseen().count == before + 1
