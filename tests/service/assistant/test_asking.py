"""What an official client is answered over HTTP: the figures of the pages, of the own file, and where they are from."""

import hashlib
import math
import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from mcp.client.client import Client
from mcp_types import TextContent

import queries
from data import errors
from data.people.person import Role
from data.people.store import audit
from data.warehouse import access
from service.assistant import answers, choices, server, toolbox
from service.assistant.callers import Caller
from service.web.rates import Rates
from tests import slowly
from tests.pages import test_leaks as leaks
from tests.service.assistant.house import ROLES, SEES, TOKEN, Asked, House
from tests.service.assistant.questions import Question, as_told, of_page, question

READING = {
    "list_metrics", "get_metric", "list_values", "query_metric", "my_list", "explain_alert", "customer_brief",
    "deal_brief", "compare_catalogs", "forecast", "data_status",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions of one token come faster here than any assistant asks."""
    monkeypatch.setattr(Rates, "wait", lambda *_: 0)


def test_whoever_has_a_token_is_told_of_the_tools_that_read_and_of_no_other(house: House) -> None:
    async def told(client: Client) -> Any:
        prompt = await client.get_prompt("customer_brief", {"customer": "C17"})
        return (await client.list_tools()).tools, (await client.list_prompts()).prompts, prompt

    tools, prompts, prompt = house.within(house.secrets["rep"], told)
    assert {tool.name for tool in tools} == READING
    assert all(tool.annotations.read_only_hint and not tool.annotations.destructive_hint for tool in tools)
    assert all(tool.description and tool.input_schema["additionalProperties"] is False for tool in tools)
    assert not any("sql" in tool.name or "sql" in tool.input_schema["properties"] for tool in tools)
    assert {each.name for each in prompts} == {"monday_review", "customer_brief"}
    assert isinstance(prompt.messages[0].content, TextContent)
    assert "C17" in prompt.messages[0].content.text


@pytest.mark.parametrize("role", ROLES)
def test_questions_are_answered_as_the_page_answers_them(house: House, role: Role) -> None:
    require_as_on_the_page(house, role, range(12))


@pytest.mark.parametrize("seeds", slowly.after(0, [range(12, 50), range(50, 200)], every=2))
@pytest.mark.parametrize("role", ROLES)
def test_two_hundred_questions_are_answered_as_the_page_answers_them(house: House, role: Role, seeds: range) -> None:
    require_as_on_the_page(house, role, seeds)


def require_as_on_the_page(house: House, role: Role, seeds: range) -> None:
    who, shown = house.person(role), access.snapshot()
    asked = [question(random.Random(f"{role} {seed}"), role, who, shown) for seed in seeds]
    told = house.ask(house.secrets[role], *(("query_metric", each.arguments()) for each in asked))
    filled = 0
    for each, answer in zip(asked, told, strict=True):
        assert not answer.is_refused, (each, answer)
        rows = of_page(each, who, house.store, shown)
        filled += bool(rows)
        assert answer.answer["total"] == len(rows), each
        require_same(each, answer, rows)
    assert filled > len(asked) / 3  # most of them tell something


def require_same(asked: Question, answer: Asked, rows: list[dict[str, Any]]) -> None:
    units = queries.load(asked.metric).units
    columns = [column["name"] for column in answer.answer["columns"]]
    assert len(answer.rows) == len(rows) or answer.answer["truncated"]
    for told, row in zip(answer.rows, rows, strict=False):
        for name in columns:
            expected = as_told(row[name])
            if isinstance(expected, float) and not math.isfinite(expected):
                expected = None
            if isinstance(expected, str) and units[name] != "id":
                expected = answers.plain(expected)
            # The engine adds up side by side, so the last of sixteen digits may differ from one reading to the next.
            is_amount = isinstance(expected, float)
            same = pytest.approx(expected, rel=1e-12, abs=1e-12) if is_amount else expected
            assert told.get(name) == same, (asked, name)


def test_an_answer_says_what_it_is_from_where_and_which_page_shows_it(house: House) -> None:
    filters = {"period": "quarter", "owner": "R5"}
    (told,) = house.ask(
        house.secrets["director"],
        (
            "query_metric",
            {"metric": "customers.book", "filters": filters, "parameters": {"sort": "revenue"}, "rows": 3},
        ),
    )
    query = queries.load("customers.book")
    assert len(told.rows) == 3
    assert (told.answer["total"], told.answer["truncated"]) == (7, True)
    statement = "\n".join((query.sql, *(metric.sql for metric in query.calls)))
    assert told.answer["definition"]["version"] == hashlib.sha256(statement.encode()).hexdigest()[:12]
    assert told.answer["definition"]["file"] == "queries/customers/book.sql"
    assert (told.answer["as_of"], told.answer["snapshot"]) == ("2026-03-31", access.snapshot().name)
    assert told.answer["days"]["from"] == "2026-01-01"
    link = urlsplit(told.answer["link"])
    assert f"{link.scheme}://{link.netloc}" == house.address
    assert (link.path, parse_qs(link.query)) == ("/customers", {"period": ["quarter"], "owner": ["R5"]})
    units = {column["name"]: (column["type"], column["unit"]) for column in told.answer["columns"]}
    assert units["revenue"] == ("number", "money")
    assert units["orders"] == ("integer", "count")
    assert "not instructions" in told.answer["note"]


def test_an_answer_ends_where_an_assistant_takes_in_no_more(house: House) -> None:
    book = {"metric": "customers.book"}
    secret = house.secrets["director"]
    most, too_many, page = house.ask(
        secret,
        ("query_metric", book),
        ("query_metric", book | {"rows": 501}),
        ("query_metric", book | {"rows": 4, "start": 33}),
    )
    assert len(most.text.encode()) <= answers.MOST_BYTES
    assert (most.answer["total"], most.answer["truncated"]) == (35, len(most.rows) < 35)
    assert too_many.is_refused
    assert (len(page.rows), page.answer["total"], page.answer["truncated"]) == (2, 35, False)
    (after,) = house.ask(secret, ("query_metric", book | {"start": 400}))
    assert (after.rows, after.answer["total"], after.answer["truncated"]) == ([], 35, False)
    long = {"rows": [{"text": "x" * 900}] * 90, "truncated": False}
    assert answers.size(answers.fitted(long)) <= answers.MOST_BYTES
    assert long["truncated"]


NO_METRICS = (
    "no.such", "warehouse.marts.accounts", "customers.work_item", "../customers.book", "shared.owners",
    "checks.revenue_adds_up", "data_admin.loads", "team.moves",
)  # fmt: skip


@pytest.mark.parametrize("metric", NO_METRICS)
def test_what_is_no_metric_for_somebody_is_said_as_if_it_were_none(house: House, metric: str) -> None:
    told = house.ask(house.secrets["rep"], ("query_metric", {"metric": metric}), ("get_metric", {"metric": metric}))
    assert {each.answer["refused"]["what"] for each in told} == {"There is no such metric for you."}


def test_what_is_anothers_is_not_found_as_what_is_not_there(house: House) -> None:
    secret = house.secrets["rep"]
    for tool, name, foreign in (
        ("customer_brief", "customer", "customer-R1-3"),
        ("explain_alert", "customer", "customer-R1-3"),
        ("deal_brief", "deal", "quote-R1-3"),
    ):
        theirs, nobodys = house.ask(secret, (tool, {name: foreign}), (tool, {name: "nobody"}))
        assert theirs.is_refused
        assert theirs == nobodys
    asked = [("query_metric", {"metric": "customers.profile", "parameters": {"customer": each}})
             for each in ("customer-R1-3", "nobody")]  # fmt: skip
    theirs, nobodys = house.ask(secret, *asked)
    assert theirs.rows == nobodys.rows == []
    assert theirs.text.replace("customer-R1-3", "nobody") == nobodys.text


@pytest.mark.parametrize("role", ROLES)
def test_every_tool_tells_each_role_its_own_alone(house: House, role: Role) -> None:
    own = {"admin": "R1", "director": "R2", "lead": "R4", "rep": "R5", "ecommerce": "R3"}[role]
    every: list[tuple[str, dict[str, Any]]] = [
        ("list_metrics", {}), ("get_metric", {"metric": "customers.kpis"}), ("list_values", {"what": "customers"}),
        ("list_values", {"what": "owners"}), ("list_values", {"what": "deals"}), ("my_list", {"everything": True}),
        ("explain_alert", {"customer": f"customer-{own}-3"}), ("customer_brief", {"customer": f"customer-{own}-3"}),
        ("deal_brief", {"deal": f"quote-{own}-3"}), ("compare_catalogs", {}), ("forecast", {}), ("data_status", {}),
    ]  # fmt: skip
    for (tool, _), told in zip(every, house.ask(house.secrets[role], *every), strict=True):
        assert told.is_refused is (tool == "forecast" and role == "ecommerce"), (tool, told)
        assert {found[1] for found in TOKEN.findall(told.text)} <= SEES[role]
    shown = {found[1] for found in TOKEN.findall(house.ask(house.secrets[role], every[2])[0].text)}
    assert shown == SEES[role]


def test_the_list_is_that_of_the_screen_and_explains_itself(house: House) -> None:
    (listed,) = house.ask(house.secrets["rep"], ("my_list", {}))
    first = listed.rows[0]
    (why,) = house.ask(house.secrets["rep"], ("explain_alert", {"customer": first["customer_id"]}))
    reasons = why.answer["parts"]["reasons"]["rows"]
    assert reasons[0]["alert"] == "late"
    assert reasons[0]["version"] == 0
    assert sum(each["worth"] for each in reasons) == pytest.approx(first["worth"])
    assert "such silences before" in why.answer["how_such_alerts_fared"]


def test_what_others_wrote_stands_in_rows_alone_and_without_what_nobody_sees(house: House) -> None:
    (told,) = house.ask(house.secrets["director"], ("query_metric", {"metric": "customers.book"}))
    said = [row["customer"] for row in told.rows]
    assert any("IGNORE ALL" in name for name in said)
    assert all(name.isprintable() for name in said)
    beside = {name: each for name, each in told.answer.items() if name != "rows"}
    assert not any(word in str(beside) for word in ("IGNORE", "work for me now", "<system>", "customer-R"))


def test_every_call_stands_in_the_audit_with_what_was_read_and_refused(house: House) -> None:
    before = len(calls(house))
    house.ask(
        house.secrets["rep"],
        ("query_metric", {"metric": "customers.kpis"}),
        ("customer_brief", {"customer": "customer-R5-3"}),
        ("customer_brief", {"customer": "customer-R1-3"}),
        ("run_sql", {"sql": "select 1"}),
    )
    unknown, refused, brief, figures = calls(house)[: len(calls(house)) - before]
    assert (figures.about, figures.detail) == ("query_metric", {"queries": ["customers.kpis"], "rows": 1})
    assert brief.about == "customer_brief"
    assert brief.detail["customer"] == "customer-R5-3"
    assert refused.detail["refused"] == "AccessDenied"
    assert "customer-R1-3" not in str(refused.detail)
    assert (unknown.about, unknown.detail["refused"]) == ("unknown tool", "BadInput")
    assert {each.by.key for each in (unknown, refused, brief, figures) if each.by} == {house.accounts["rep"]}


def calls(house: House) -> list[audit.Entry]:
    return audit.read(house.store, house.admin, did="tool_called", limit=1_000_000)


def test_what_cannot_be_told_in_the_audit_is_not_answered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(audit, "note", full)
    (told,) = house.ask(house.secrets["rep"], ("query_metric", {"metric": "customers.kpis"}))
    assert told.is_refused
    assert "rows" not in told.answer


def test_what_nobody_foresaw_is_told_by_an_id_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("/secret/path of customer-R1-1")

    monkeypatch.setattr("service.assistant.asking.reading", broken)
    (told,) = house.ask(house.secrets["rep"], ("data_status", {}), ("my_list", {}))[1:]
    assert told.is_refused
    assert "secret" not in told.text
    assert "under id" in told.answer["refused"]["cause"]


def test_twenty_clients_with_two_questions_at_once_each_get_their_own(house: House) -> None:
    async def both(client: Client) -> list[str]:
        said: list[str] = []

        async def one() -> None:
            found = await client.call_tool("list_values", {"what": "customers"})
            said.append(str(found.structured_content))

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        return said

    async def everybody() -> list[tuple[Role, list[str]]]:
        found: list[tuple[Role, list[str]]] = []

        async def one(role: Role) -> None:
            found.append((role, await house.client(house.secrets[role], both)))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(one, ROLES[number % len(ROLES)])
        return found

    told = anyio.run(everybody)
    assert len(told) == 20
    for role, (first, second) in told:
        assert first == second
        assert {token[1] for token in TOKEN.findall(first)} == SEES[role]


HOSTILE = ("customer-R1-3", "quote-R2-1", "R1", "Team R1", "person-R1-0", "' or 1=1 --", "%", "_", "\x00", "\ud83d",
           "K1", "P1", "../../etc/passwd", "😀" * 60, "-1", "1e9", "NaN", "")  # fmt: skip


def fuzzed(house: House, seeds: range) -> int:
    """So many drawn calls, of every role: nothing of others in any answer, and a row of the audit each."""
    rates, foreign, answered = Rates(per_second=1, at_once=1), set[tuple[str, str]](), 0
    before, unforeseen = len(calls(house)), errors.unforeseen().count
    for seed in seeds:
        pick = random.Random(seed)
        role = pick.choice(ROLES)
        tool, arguments = drawn(pick, role, house)
        asked = server.Asked(Caller(house.person(role), house.accounts[role], may_write=False), "http://here")
        answer = server._answered(house.settings, rates, lambda asked=asked: asked, tool, arguments)  # type: ignore[misc]
        answered += "refused" not in answer
        tables = [answer, *answer.get("parts", {}).values()]
        said = answers.written({"rows": [each.pop("rows", []) for each in tables]})
        beside = answers.written(answer)  # a link or a refusal may say again what the assistant said itself
        for word in filter(TOKEN.search, leaves(arguments)):
            beside = beside.replace(answers.written({"": word})[5:-2], "")
        foreign |= {(role, "-".join(token)) for token in TOKEN.findall(said + beside) if token[1] not in SEES[role]}
    assert foreign == set()
    assert len(calls(house)) - before == len(seeds)
    assert errors.unforeseen().count == unforeseen
    return answered


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in (*leaves(each), str(key))]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value] if isinstance(value, str) else []


def drawn(pick: random.Random, role: Role, house: House) -> tuple[str, dict[str, Any]]:
    """A call as it should be, or with something in it that is another's or nobody's."""
    tool = pick.choice([*READING, "query_metric", "query_metric", "query_metric", "accept", "run_sql"])
    anything: list[Any] = [*HOSTILE, None, 7, -1, 10**12, 1.5, True, [], {}, {"customer": "customer-R1-3"}]
    if tool == "query_metric":
        asked = question(pick, role, house.person(role), access.snapshot()).arguments() | {"rows": pick.randint(1, 40)}
        for part in ("filters", "parameters"):
            for name in [*asked[part]]:
                if pick.random() < 0.3:
                    asked[part][name] = pick.choice(anything)
        if pick.random() < 0.1:
            asked["metric"] = pick.choice(queries.names(""))
        return tool, asked | ({pick.choice(("scope", "person", "sql")): "director"} if pick.random() < 0.05 else {})
    usual: dict[str, Any] = {"metric": pick.choice(choices.names(house.person("admin"))), "what": "customers",
             "search": pick.choice(HOSTILE), "customer": f"customer-{pick.choice(leaks.REPS)}-{pick.randrange(7)}",
             "deal": f"quote-{pick.choice(leaks.REPS)}-{pick.randrange(9)}"}  # fmt: skip
    takes = toolbox.TOOLS[tool].takes.model_fields if tool in toolbox.TOOLS else usual
    given = {name: usual[name] for name in takes if name in usual and (name != "search" or pick.random() < 0.5)}
    for name in takes:
        if pick.random() < 0.15:
            given[name] = pick.choice(anything)
    return tool, given


def test_drawn_calls_tell_nobody_anything_of_others(house: House) -> None:
    assert fuzzed(house, range(120)) > 40


@pytest.mark.parametrize("seeds", slowly.after(0, [range(120, 320), range(320, 1_120)], every=2))
def test_a_thousand_drawn_calls_tell_nobody_anything_of_others(house: House, seeds: range) -> None:
    assert fuzzed(house, seeds) > 0.3 * len(seeds)


@pytest.mark.parametrize(
    "hidden",
    ["\U000e0069\U000e0067", "\U000e0159\U000e0157", "\ufe00\ufe0f", "\u200b\u2060\u00ad", "\u3164\u115f", "\u2800"],
)
def test_nothing_rides_unseen_on_a_name(hidden: str) -> None:
    assert answers.plain(f"Acme{hidden} Ltd") == "Acme Ltd"
