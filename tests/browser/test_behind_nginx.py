"""deploy/nginx.conf as a company runs it: TLS, two processes, one PostgreSQL; one process dies while people work."""

import contextlib
import dataclasses
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from data import settings
from data.people.store import open_store
from data.people.store.accounts import links
from data.settings import PROJECT
from tests import servers
from tests.browser import chromium
from tests.browser.test_sign_in import PASSWORD, shown

NAME = "orderbeat.example.com"
CONF = PROJECT / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx is installed (Debian: apt-get install nginx-light)")


@contextlib.contextmanager
def nginx(folder: Path, ports: tuple[int, int], tls: int) -> Iterator[None]:
    """Nginx with the configuration of deploy/, whose paths and ports alone are others."""
    assert NGINX
    names = {"-keyout": folder / "key.pem", "-out": folder / "cert.pem"}
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*made, *(str(part) for pair in names.items() for part in pair)], check=True, capture_output=True)
    plain = servers.free_port()
    changed = {
        "/etc/ssl/orderbeat/fullchain.pem": str(names["-out"]), "/etc/ssl/orderbeat/privkey.pem": str(names["-keyout"]),
        "/var/log/nginx/": f"{folder}/", "127.0.0.1:8501": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8502": f"127.0.0.1:{ports[1]}", "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
    }  # fmt: skip
    site = CONF.read_text(encoding="utf-8")
    for old, new in changed.items():
        assert old in site, old
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ include /etc/nginx/mime.types; {temporary} include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    command = [NGINX, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", tls), 1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


@needs_nginx
@pytest.mark.slow
def test_people_go_on_at_the_other_process_when_one_dies(browser: Browser, demo_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    ports, tls = (servers.free_port(), servers.free_port()), servers.free_port()
    address = f"https://{NAME}:{tls}"
    with contextlib.ExitStack() as stack:
        database = f"postgresql://orderbeat@127.0.0.1:{stack.enter_context(servers.postgresql())}/postgres"
        told = {"ORDERBEAT_SIGN_IN": "accounts", "ORDERBEAT_URL": address, "ORDERBEAT_BEHIND_PROXY": "1",
                "ORDERBEAT_STORE": database}  # fmt: skip
        store = open_store(dataclasses.replace(settings.current(), home=home, store=database))
        link = links.first_administrator(store, email="ada@example.com", name="Ada")
        running = []
        for port in ports:
            server = stack.enter_context(chromium.started(home, "service", "serve", "--port", str(port), **told))
            chromium.wait_until_listening(server, f"http://127.0.0.1:{port}")
            running.append(server)
        stack.enter_context(nginx(tmp_path, ports, tls))

        context = stack.enter_context(_resolving(browser, tls))
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{address}/sign-in/link/{link.token}")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same once more").fill(PASSWORD)
        page.keyboard.press("Enter")
        shown(page)
        (cookie,) = [each for each in context.cookies() if each["name"] == "__Host-orderbeat"]
        assert cookie["secure"]
        assert cookie["httpOnly"]
        page.get_by_role("link", name="Team").click()
        shown(page)

        mine = _process_of(page, address, tmp_path)
        gone = ports.index(mine)
        running[gone].kill()
        running[gone].wait()
        chromium.run(home, "build")  # a new snapshot is published meanwhile
        page.get_by_role("link", name="Catalogs").click()
        page.wait_for_timeout(4000)  # the tab finds out, and connects to the other one
        page.goto(f"{address}/catalogs")
        shown(page)
        assert _process_of(page, address, tmp_path) == ports[1 - gone]

        page.goto(f"{address}/_stcore/metrics")
        expect(page.get_by_text("404")).to_be_visible()
        page.goto(f"{address}/sign-out")
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{address}/team")
        expect(page).to_have_url(re.compile(r"/sign-in\?next="))
        assert "period" not in (tmp_path / "orderbeat.log").read_text(encoding="utf-8")


@contextlib.contextmanager
def _resolving(browser: Browser, _tls: int) -> Iterator:  # type: ignore[type-arg]
    """A window for which the name of the site leads to this computer."""
    own = browser.browser_type.launch(
        executable_path=chromium.found(),
        args=["--no-sandbox", f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--disable-gpu"],
    )
    context = own.new_context(ignore_https_errors=True, locale="en-GB")
    yield context
    context.close()
    own.close()


def _process_of(page: Page, address: str, folder: Path) -> int:
    """The port of the process that answers this window, as nginx notes it."""
    page.evaluate("place => fetch(place)", f"{address}/_stcore/host-config")
    page.wait_for_timeout(300)
    last = (folder / "orderbeat.log").read_text(encoding="utf-8").splitlines()[-1]
    return int(re.findall(r"127\.0\.0\.1:(\d+)", last)[-1])
