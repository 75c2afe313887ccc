"""What an assistant may do: nothing, unless token, role and administrator let it; then what the person could."""

from typing import Any

from mcp.client.client import Client

from data.people.store import Item, audit, deeds
from tests.service.assistant.house import ROLES, House
from tests.service.assistant.test_asking import READING

WRITING = {"accept", "snooze", "note"}


def tools(house: House, secret: str) -> set[str]:
    async def named(client: Client) -> set[str]:
        return {tool.name for tool in (await client.list_tools()).tools if tool.name not in READING}

    found: set[str] = house.within(secret, named)
    return found


def first_reason(house: House, secret: str, place: int = 0) -> dict[str, Any]:
    """What deciding about one of the list takes."""
    (listed,) = house.ask(secret, ("my_list", {}))
    (why,) = house.ask(secret, ("explain_alert", {"customer": listed.rows[place]["customer_id"]}))
    row = why.answer["parts"]["reasons"]["rows"][0]
    return {"customer": row["customer_id"], **{name: row[name] for name in ("alert", "subject", "version")}}


def test_the_tools_that_write_are_there_only_where_token_way_and_role_let_them(own: House) -> None:
    reads, writes = own.secrets["rep"], own.token("rep", may_write=True)
    about = first_reason(own, reads)
    assert tools(own, writes) == set()  # the way is closed
    own.open("assistant_writes", "director")
    assert tools(own, writes) == set()  # and open to others
    own.open("assistant_writes", *ROLES)
    assert tools(own, reads) == set()
    assert tools(own, writes) == WRITING
    (refused,) = own.ask(reads, ("accept", about))
    assert refused.answer["refused"]["what"] == "There is no such tool for you."
    own.open("assistant_writes")
    (refused,) = own.ask(writes, ("accept", about))
    assert refused.answer["refused"]["what"] == "There is no such tool for you."
    assert states(own, about) == ("open", 0)


def test_what_it_does_is_the_persons_own_deed_and_once_alone(own: House) -> None:
    own.open("assistant_writes", *ROLES)
    secret = own.token("rep", may_write=True)
    about = first_reason(own, secret)
    done, again = own.ask(secret, ("accept", about), ("accept", about))
    assert done.answer["stands"] == {"did": "accepted", "version": 1, "status": "accepted"}
    assert again.answer["refused"]["what"] == "Somebody else acted on this first."
    noted, undoes = own.ask(
        secret, ("note", about | {"version": 1, "text": " Called. "}), ("snooze", about | {"version": 2, "days": 14})
    )
    assert (noted.answer["stands"]["version"], undoes.answer["stands"]["until"]) == (2, "2026-04-14")
    item = Item(about["alert"], about["customer"], about["subject"])
    events = deeds.history(own.store, [item.customer_id])
    assert [(each.did, each.note, each.by.key) for each in events] == [
        ("snoozed", None, own.accounts["rep"]), ("noted", "Called.", own.accounts["rep"]),
        ("accepted", None, own.accounts["rep"]),
    ]  # fmt: skip
    told = audit.read(own.store, own.admin, did="decided")
    assert {(entry.by.key, entry.session != "") for entry in told if entry.by} == {(own.accounts["rep"], True)}
    (left,) = own.ask(secret, ("my_list", {"everything": True}))
    assert about["customer"] not in {row["customer_id"] for row in left.rows}


def test_it_does_nothing_with_what_is_anothers(own: House) -> None:
    own.open("assistant_writes", *ROLES)
    director, rep = own.token("director", may_write=True), own.token("rep", may_write=True)
    foreign = next(
        about
        for about in (first_reason(own, director, place) for place in range(5))
        if not about["customer"].startswith("customer-R5")
    )
    theirs, nobodys = own.ask(rep, ("accept", foreign), ("accept", foreign | {"customer": "nobody"}))
    assert theirs == nobodys
    assert theirs.answer["refused"]["what"] == "Not found."
    assert states(own, foreign) == ("open", 0)
    assert not own.ask(director, ("accept", foreign))[0].is_refused


def test_what_no_deed_can_be_is_refused_by_its_schema(own: House) -> None:
    own.open("assistant_writes", *ROLES)
    secret = own.token("rep", may_write=True)
    about = first_reason(own, secret)
    wrongs: tuple[tuple[str, dict[str, Any]], ...] = (
        ("snooze", {"days": 1}), ("note", {"text": "  "}), ("note", {"text": "x" * 2_001}),
        ("accept", {"alert": "close"}), ("accept", {"version": -1}), ("accept", {"by": "R1"}),
    )  # fmt: skip
    for tool, wrong in wrongs:
        (told,) = own.ask(secret, (tool, about | wrong))
        assert told.answer["refused"]["what"] == "This tool does not take that.", (tool, wrong)
    assert states(own, about) == ("open", 0)


def states(house: House, about: dict[str, Any]) -> tuple[str, int]:
    """How an item stands in the store, and its version."""
    found = deeds.states(house.store, [about["customer"]])
    return next(((each.status, each.version) for each in found), ("open", 0))
