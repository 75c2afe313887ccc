"""Nobody who signed in is sent anything of others: every frame, file and answer of a served process, read by ids.

Names and ids of the company (tests/pages/test_leaks.py) say whose they are, and carry hostile text.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
import sqlalchemy as sa
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data import settings
from data.people.store.accounts import links, sessions
from data.people.store.accounts.tables import SESSIONS
from data.warehouse import build
from tests import companies
from tests.browser.test_hostile_names import NAMES
from tests.data.people.store import accounts_help
from tests.data.people.store.help import GOOD
from tests.pages.test_leaks import SCOPES, company
from tests.service.web.served import Served, id_of, run_page, served
from tests.service.web.viewer import Viewer, choices_of, promises_of, unpacked

pytestmark = pytest.mark.slow  # the company is built and served

COMPANY = company(70, NAMES)
# kind, owner, number, as in customer-R3-7; Markdown puts a backslash before a hyphen, and JSON doubles it.
TOKEN = re.compile(rb"(customer|order|quote|person)\\*-(R\d)\\*-(\d+)")
IDS = {found[0] for table in COMPANY.values() for row in table for value in row.values() if isinstance(value, str)
       for found in TOKEN.finditer(value.encode())}  # fmt: skip
# Who looks, and how they are entered.
VIEWERS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "director": (("director",), {}),
    "ecommerce": (("ecommerce",), {}),
    "lead:R3": (("lead",), {"team": "R3"}),
    "rep:R5": (("rep",), {"rep": "R5"}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("wall")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, COMPANY)
        build.build(settings.current())
    with served(home, home / "said.log") as running:
        yield running


def look_everywhere(viewer: Viewer, own: str, other: str, look: Callable[..., list[ForwardMsg]]) -> None:
    """Every page, each of its lists and parts, all that `look` opens and takes there, and ways to what is another's."""
    for page in ("customers", "catalogs", "negotiations", "team"):
        told = look(page)
        for choice in choices_of(told, "list")[1:]:
            look(page, urlencode({"list": choice}))
    account = f"customer={own}"
    told = look("customers", account)
    for part in ("goods", "dealings"):
        for choice in choices_of(told, part)[1:]:
            viewer.run("customers", f"{account}&{urlencode({part: choice})}")
    for whose in (own, other):
        rep = whose.split("-")[1]
        for page, query in (
            ("customers", f"customer={whose}&order={first('orders', whose)}"),
            ("customers", f"list=work&of={whose}&owner={rep}"),
            ("catalogs", f"list=proposals&for={whose}"),
            ("negotiations", f"negotiation=quote-{rep}-3"),
            ("team", f"rep={rep}"),
            ("team", f"list=due&person={rep}&work=deal&of={whose}&subject=quote-{rep}-3"),
        ):
            viewer.run(page, query)
    for page in ("people", "data_admin"):
        viewer.run(page)
        assert b"Your role does not include it." in viewer.sent[-1].content
    viewer.run("no-such-page")
    viewer.rest()  # it leads on to another page
    for path in ("/", f"/customers?customer={other}", "/media/none.csv", "/no/such/file", "/_stcore/host-config",
                 "/_stcore/health", "/_stcore/metrics", "/sign-in", "/sign-in/sessions", "/sign-in/link/none",
                 "/static/none.js", f"/{other}"):  # fmt: skip
        viewer.ask(path)
    viewer.ask("/", "POST", b"x")
    viewer.ask(f"/_stcore/upload_file/{viewer.tab_id}/f", "PUT", b"x")


def first(table: str, customer: str) -> str:
    return next(str(row[f"{table[:-1]}_id"]) for row in COMPANY[table] if row["customer_id"] == customer)


def test_what_anybody_is_sent_holds_no_id_of_others(
    server: Served, record_property: Callable[[str, int], None]
) -> None:
    """An id counts as checked when it is another's and was looked for in one thing that was sent, all of it read."""
    found, looked_for, foreign = 0, 0, list[str]()

    def looked(scope: str) -> Viewer:
        (roles, more), reps = VIEWERS[scope], sorted(SCOPES[scope])
        token = server.sign_in(*roles, **more)
        with server.tab(token) as tab:
            viewer = Viewer(server, token, tab)
            other = "R1" if "R1" not in reps else "R5"
            # The whole company is looked at for what is kept of it, which must not be handed on.
            look = viewer.run if scope == "director" else viewer.open_all
            look_everywhere(viewer, f"customer-{reps[-1]}-3", f"customer-{other}-3", look)
            return viewer

    def judge(scope: str, viewer: Viewer) -> None:
        nonlocal found, looked_for
        reps = {rep.encode() for rep in SCOPES[scope]}
        places = [sent.place for sent in viewer.sent]
        assert sum("list=" in place for place in places) > 20
        assert scope == "director" or {"csv", "xlsx", "pdf"} <= {place.rpartition(".")[2] for place in places}
        others = {
            each for each in IDS if each.split(b"-")[1] not in reps or (scope, each[:6]) == ("ecommerce", b"person")
        }
        for sent in viewer.sent:
            tokens = [b"-".join(each.groups()) for each in TOKEN.finditer(unpacked(sent.content))]
            found, looked_for = found + len(tokens), looked_for + len(others)
            foreign.extend(f"{scope}: {each.decode()} in {sent.place}" for each in {*tokens} & others)
            assert {*tokens} <= IDS, sent.place

    judge("director", looked("director"))
    others = [scope for scope in VIEWERS if scope != "director"]
    with ThreadPoolExecutor(len(others)) as side_by_side:
        for scope, viewer in zip(others, side_by_side.map(looked, others), strict=True):
            judge(scope, viewer)
    record_property("ids of others looked for", looked_for)
    record_property("ids met", found)
    assert foreign == []
    assert looked_for >= 1_000_000
    assert found >= 10_000


def test_what_one_session_was_given_no_other_gets(server: Served) -> None:
    """A tab, a promised file, a made file and a place for uploads: of another person, or of their own elsewhere."""
    account = accounts_help.invited(server.store, server.admin, "admin")
    token = accounts_help.come_in(server.store, server.admin, account).token
    again = accounts_help.sign_in(server.store, account).token
    with server.tab(token) as tab:
        owner = Viewer(server, token, tab)
        (promised, *_) = promises_of(owner.open_all("customers"))
        (made, *_) = [sent.place.partition(" ")[2] for sent in owner.sent if sent.place.startswith("GET /media/")]
        assert owner.ask(made).status == 200
        assert owner.upload("f", b"x").status == 204
        for other in (again, server.sign_in("rep", rep="R5"), server.sign_in("admin")):
            with server.tab(other, before=owner.tab_id) as theirs:
                stranger = Viewer(server, other, theirs)
                stranger.run("team")
                assert stranger.tab_id not in ("", owner.tab_id)
                assert stranger.ask(made).status == 404
                assert stranger.upload("f", b"x", owner.tab_id).body == b"No file is taken from this tab.\n"
                assert stranger.ask(f"/_stcore/upload_file/{owner.tab_id}/f", "DELETE").status == 403
                for named in (owner.tab_id, stranger.tab_id):
                    stranger.ask_for(promised, named)
                told = stranger.run("team")
                assert "backend_operation_response" not in {message.WhichOneof("type") for message in told}
        assert owner.ask(made.replace("/media/", "//media/")).status != 200
        answer = server.ask(made)
        assert (answer.status, answer.body) == (401, b"Sign in first.\n")
        assert owner.take(promised)
    with server.tab(again, before=owner.tab_id) as theirs:  # the tab is closed, and its page might come again
        assert id_of(run_page(theirs)) != owner.tab_id
    with server.tab(token, before=owner.tab_id) as back:
        assert id_of(run_page(back)) == owner.tab_id
    sessions.end(server.store, token)
    assert server.ask(made, token=token).status == 401


def test_the_log_holds_ids_of_requests_and_nothing_of_anybody(server: Served) -> None:
    """What is said by all that went before, too: every page, file and refusal of the tests above."""
    invited = accounts_help.invited(server.store, server.admin, "admin", email="zoe.private@example.org")
    link = links.invitation(server.store, server.admin, invited.id).token
    secrets = {str(invited.email), link, GOOD, "wrong horse battery 1", "A new one of 4 words", "000000", "Private.csv"}
    assert server.ask(f"/sign-in/link/{link}").status == 200
    for path in (f"/sign-in/link/{link}x", f"/sign-in/link/{link[:-1]}"):
        assert server.ask(path).status == 403
    came_in = server.send_form(f"/sign-in/link/{link}", password=GOOD, again=GOOD)
    secrets.add(token := came_in.one("set-cookie").partition(";")[0].partition("=")[2])
    email = str(invited.email)
    for fields in ({"email": email, "password": "wrong horse battery 1"},
                   {"email": "unknown.private@example.org", "password": GOOD},
                   {"email": email, "password": GOOD}):  # fmt: skip
        secrets |= {*fields.values()}
        answer = server.send_form("/sign-in", **fields)
        secrets |= {morsel.partition(";")[0].partition("=")[2] for morsel in answer.all("set-cookie")}
    secrets.add(reset := links.reset(server.store, server.admin, invited.id).token)
    new = "A new one of 4 words"
    answer = server.send_form(f"/sign-in/link/{reset}", password=new, again=new)
    secrets.add(token := answer.one("set-cookie").partition(";")[0].partition("=")[2])
    (key,) = re.findall(r"secret=([A-Z2-7]+)", server.ask("/sign-in/second-factor", token=token).body.decode())
    assert server.send_form("/sign-in/second-factor", token, code="000000").status == 400
    done = server.send_form("/sign-in/second-factor", token, code=(code := pyotp.TOTP(key).now()))
    secrets |= {key, code, *re.findall("<code>(.+?)</code>", done.body.decode())}
    assert len(secrets) > 20
    with server.tab(token) as tab:
        viewer = Viewer(server, token, tab)
        viewer.open_all("people")
        viewer.run("customers", "customer=customer-R1-3")
        upload = viewer.upload("Private.csv", b"name\ncustomer-R1-3\n")
        tab.send(b"\xff\xff " + token.encode())
    with server.store.keeping() as connection:
        connection.execute(sa.text(f"alter table {SESSIONS.name} rename to away"))
    failed = [server.ask(path, token=token) for path in ("/customers", "/sign-in/sessions")]
    with server.store.keeping() as connection:
        connection.execute(sa.text(f"alter table away rename to {SESSIONS.name}"))
    said = server.log.read_text() + "".join(path.read_text() for path in server.log.parent.glob("errors.log*"))
    assert upload.status < 300, upload.body
    for answer in failed:
        assert answer.status >= 500
        assert answer.one("x-request-id") in said
    assert {secret for secret in secrets if secret in said} == set()
    assert re.findall(r"\w+(?:\.\w+)*@[\w.]+", said) == []
    assert TOKEN.findall(said.encode()) == []
