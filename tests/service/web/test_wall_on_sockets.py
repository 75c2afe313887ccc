"""Nobody who signed in is sent anything of others: every frame, file and answer of a served process, read by ids.

Names and ids of the company (tests/pages/test_leaks.py) say whose they are, and carry hostile text.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data import settings
from data.warehouse import build
from tests import companies
from tests.browser.test_hostile_names import NAMES
from tests.pages.test_leaks import SCOPES, company
from tests.service.web.served import Served, served
from tests.service.web.viewer import Viewer, choices_of, unpacked

pytestmark = pytest.mark.slow  # the company is built and served

COMPANY = company(80, NAMES)
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


def look_everywhere(viewer: Viewer, own: str, other: str) -> None:
    """Every page, each of its lists and parts, all that opens and is made there, and ways to what is another's."""
    for page in ("customers", "catalogs", "negotiations", "team"):
        told = viewer.open_all(page)
        for choice in choices_of(told, "list")[1:]:
            viewer.open_all(page, urlencode({"list": choice}))
    account = f"customer={own}"
    told = viewer.open_all("customers", account)
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
    for page in ("people", "data_admin", "no-such-page"):
        viewer.run(page)
    for path in ("/", f"/customers?customer={other}", "/media/none.csv", "/no/such/file", "/_stcore/host-config",
                 "/_stcore/health", "/_stcore/metrics", "/sign-in", "/sign-in/sessions", "/sign-in/link/none",
                 "/static/none.js", f"/{other}"):  # fmt: skip
        viewer.ask(path)
    viewer.ask("/", "POST", b"x")
    viewer.ask(f"/_stcore/upload_file/{viewer.tab_id}/f", "PUT", b"x")


def first(table: str, customer: str) -> str:
    return next(str(row[f"{table[:-1]}_id"]) for row in COMPANY[table] if row["customer_id"] == customer)


def test_what_anybody_is_sent_holds_no_id_of_others(server: Served) -> None:
    """An id counts as checked when it is another's and was looked for in one thing that was sent, all of it read."""
    found, looked_for, foreign = 0, 0, list[str]()

    def looked(scope: str) -> Viewer:
        (roles, more), reps = VIEWERS[scope], sorted(SCOPES[scope])
        _, token = server.sign_in(*roles, **more)
        with server.tab(token) as tab:
            viewer = Viewer(server, token, tab)
            other = "R1" if "R1" not in reps else "R5"
            look_everywhere(viewer, f"customer-{reps[-1]}-3", f"customer-{other}-3")
            return viewer

    def judge(scope: str, viewer: Viewer) -> None:
        nonlocal found, looked_for
        reps = {rep.encode() for rep in SCOPES[scope]}
        others = {
            each for each in IDS if each.split(b"-")[1] not in reps or (scope, each[:6]) == ("ecommerce", b"person")
        }
        for sent in viewer.sent:
            tokens = [b"-".join(each.groups()) for each in TOKEN.finditer(unpacked(sent.content))]
            found, looked_for = found + len(tokens), looked_for + len(others)
            foreign.extend(f"{scope}: {each.decode()} in {sent.place}" for each in {*tokens} & others)
            assert {*tokens} <= IDS, sent.place

    judge("director", looked("director"))  # first: whatever is kept of theirs must not be handed on
    others = [scope for scope in VIEWERS if scope != "director"]
    with ThreadPoolExecutor(len(others)) as side_by_side:
        for scope, viewer in zip(others, side_by_side.map(looked, others), strict=True):
            judge(scope, viewer)
    print(f"{looked_for:,} ids of others looked for, {found:,} own ids met, {len(foreign)} foreign")
    assert foreign == []
    assert looked_for >= 1_000_000
    assert found >= 10_000
