"""Who may what: the table is asked by every write as every role, and nothing but the table knows roles."""

import ast
import datetime as dt
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.pofile import read_po

import data.people
import queries
from data.errors import AccessDenied, TooManyAttempts
from data.people import actions, digests, growth_limits, holdout, permissions, targets, ways, weights
from data.people.permissions import PAGES, RIGHTS, SETTINGS, Action, allowed, require
from data.people.person import Person, view_as
from data.people.store import (
    ACCOUNT,
    Deed,
    Did,
    Item,
    Seen,
    Store,
    audit,
    channels,
    deeds,
    entries,
    open_store,
    outgoing,
    own_rules,
    subscriptions,
    tokens,
    views,
)
from data.people.store.accounts import (
    coming_in,
    identities,
    links,
    people,
    people_csv,
    rules,
    second_factor,
    sessions,
)
from data.settings import PROJECT, current
from data.warehouse import access
from queries import page_folders
from tests.data.people.store.help import GOOD, QUICK
from tests.people import ADMIN, ECOMMERCE, EVERY_ROLE, LEAD, REP, somebody

TODAY, LATER, JULY = dt.date(2026, 6, 30), dt.date(2026, 7, 30), dt.date(2026, 7, 1)
NUMBERS = itertools.count()


# Every write, as every role


@dataclass(frozen=True)
class Write:
    """One way to write: the function that does it, what the table must allow for it, and on which page."""

    function: Callable[..., Any]
    needs: tuple[Action, ...]
    page: str | None
    write: Callable[[Store, Person], Any]


DEEDS: dict[Did, tuple[Action, dict[str, Any]]] = {
    "accepted": ("decide", {}),
    "snoozed": ("decide", {"until": LATER}),
    "dismissed": ("decide", {"until": LATER, "reason": "wrong"}),
    "undone": ("decide", {}),
    "noted": ("note", {"note": "Called."}),
    "routed": ("route", {"channel": "inside"}),
}


CLOSING: dict[Deed, tuple[Action, ...]] = {
    Deed("closed_lost", reason="price_too_high"): (),
    Deed("date_set", close_on=LATER): (),
    Deed("undone"): ("decide",),
    Deed("noted", note="Called."): ("note",),
}


def item(kind: Any) -> Item:
    """One that nobody has acted on."""
    return Item(kind, f"C{next(NUMBERS)}", ACCOUNT)


def acts(kind: Any, deed: Deed, store: Store, who: Person) -> None:
    new = item(kind)
    seen = 1 if deed.did == "undone" else 0
    if seen:
        deeds.act(store, ADMIN, new, Deed("accepted"), Seen(0, TODAY))
    deeds.act(store, who, new, deed, Seen(seen, TODAY))


def closes(deed: Deed, store: Store, who: Person) -> None:
    new, seen = item("close"), 1 if deed.did == "undone" else 0
    if seen:
        deeds.act(store, ADMIN, new, Deed("closed_lost", reason="price_too_high"), Seen(0, TODAY))
    deeds.act(store, who, new, deed, Seen(seen, TODAY))


def acts_on_the_own_file(_store: Store, who: Person) -> None:
    file = actions.File(TODAY, lambda _: {"group_key": "", "money": Decimal("1.5"), "probability": 0.5})
    actions.act(who, file, item("late"), 0, Deed("accepted"))


def acts_together(store: Store, who: Person) -> None:
    deeds.act_together(store, who, {item(kind): Seen(0, TODAY) for kind in ("late", "contract")}, Deed("accepted"))


def acts_together_on_the_own_file(_store: Store, who: Person) -> None:
    file = actions.File(TODAY, lambda _: {"group_key": "", "money": Decimal("1.5"), "probability": 0.5})
    actions.act_together(who, file, {item(kind): 0 for kind in ("late", "contract")}, Deed("accepted"))


def enters(name: str, store: Store, who: Person) -> None:
    entries.enter(store, who, name, {"share": 0.0, "since": "2026-06-30"})


def saves_a_view(page: str, is_shared: bool, store: Store, who: Person) -> None:  # noqa: FBT001 - given by partial
    views.save(store, who, "Late", page, {}, is_shared=is_shared)


def deletes_a_view(store: Store, who: Person) -> None:
    saved = views.save(store, Person(who.key, who.name, ADMIN.roles, who.scope), "Late", "customers", {})
    owner = Person(saved.by_key, who.name, who.roles, who.scope)
    views.delete(store, owner, saved.id)


def holds_out(store: Store, who: Person) -> None:
    holdout.hold_out(store, who, TODAY, 0.05 if holdout.held(store)["held_share"] != 0.05 else 0.1)


def limits_growth(store: Store, who: Person) -> None:
    growth_limits.limit(store, who, 0.2, 100.0)


def managed(store: Store) -> str:
    """The account of somebody who was invited by nobody who is tested."""
    boss = Person("boss", "Boss", frozenset({"admin"}), "director")
    return people.invite(store, boss, email=f"a{next(NUMBERS)}@example.org", name="Bo", roles=["director"]).id


def ends_one(store: Store, who: Person) -> None:
    account = managed(store)
    boss = Person("boss", "Boss", frozenset({"admin"}), "director")
    entered = coming_in.by_link(store, token=links.reset(store, boss, account).token, password=GOOD, hasher=QUICK)
    theirs = sessions.session(store, entered.token)
    assert theirs
    sessions.end_one(store, who, theirs.id)


def revokes(store: Store, who: Person) -> None:
    """The token of somebody else, which takes the right to manage people."""
    other = Person("other", "Other", frozenset({"director"}), "director")
    tokens.revoke(store, who, tokens.make(store, other, "assistant", "Laptop", days=1).token.id)


def sets_a_rule(store: Store, who: Person, *, to_owners: bool = False) -> own_rules.Rule:
    condition = own_rules.Condition("account_revenue", "fell", 0.3)
    days = {"history_from": JULY, "as_of": TODAY, "snapshot": "0001"}
    return own_rules.save(store, who, condition, **days, to_owners=to_owners)  # type: ignore[arg-type]


RULING: list[tuple[str, Callable[..., Any], tuple[Action, ...], Callable[[Store, Person], Any]]] = [
    ("set", own_rules.save, (), sets_a_rule),
    ("handed on", own_rules.save, ("route",), partial(sets_a_rule, to_owners=True)),
    ("paused", own_rules.pause, (),
     lambda store, who: own_rules.pause(store, who, sets_a_rule(store, who).id, is_paused=True)),
    ("snoozed", own_rules.snooze, (),
     lambda store, who: own_rules.snooze(store, who, sets_a_rule(store, who).id, LATER)),
    ("removed", own_rules.remove, (), lambda store, who: own_rules.remove(store, who, sets_a_rule(store, who).id)),
]  # fmt: skip
WISH = subscriptions.Wish("monday", 7, "Europe/Berlin", "en")


def has_a_digest(store: Store, who: Person) -> None:
    ways.set_open(store, ADMIN, "mail", permissions.ROLES)
    digests.subscribe(store, who, WISH)


MANAGING: list[tuple[Callable[..., Any], Callable[[Store, Person], Any]]] = [
    (people.invite, lambda store, who: people.invite(store, who, email="n@b.example", name="New", roles=["director"])),
    (people.change, lambda store, who: people.change(store, who, managed(store), name="Other", roles=["ecommerce"])),
    (people.deactivate, lambda store, who: people.deactivate(store, who, managed(store))),
    (people.reactivate, lambda store, who: people.reactivate(store, who, managed(store))),
    (people.erase, lambda store, who: people.erase(store, who, managed(store))),
    (people_csv.read_in, lambda store, who: people_csv.read_in(store, who, "e-mail,name,roles\na@b.c,A,director")),
    (links.invitation, lambda store, who: links.invitation(store, who, managed(store))),
    (links.reset, lambda store, who: links.reset(store, who, managed(store))),
    (outgoing.ask_for_link, lambda store, who: outgoing.ask_for_link(store, who, managed(store), "reset")),
    (second_factor.remove, lambda store, who: second_factor.remove(store, who, managed(store))),
    (rules.take, lambda store, who: rules.take(store, who, "rep", "export")),
    (rules.give_back, lambda store, who: rules.give_back(store, who, "rep", "export")),
    (rules.require_second_factor, lambda store, who: rules.require_second_factor(store, who, "rep", is_required=True)),
    (identities.bind, lambda store, who: identities.bind(store, who, managed(store), "https://idp.example", "1")),
    (identities.unbind, lambda store, who: identities.unbind(store, who, managed(store), "https://idp.example", "1")),
    (identities.give_group, lambda store, who: identities.give_group(store, who, "Sales", "rep")),
    (identities.take_from_group, lambda store, who: identities.take_from_group(store, who, "Sales", "rep")),
    (sessions.end_one, ends_one),
    (tokens.revoke, revokes),
    (sessions.end_everywhere, lambda store, who: sessions.end_everywhere(store, who, managed(store))),
]  # fmt: skip


WRITES = {
    **{
        f"{did}, {kind}": Write(deeds.act, (action,), page, partial(acts, kind, Deed(did, **given)))
        for did, (action, given) in DEEDS.items()
        for kind, page in (("late", "customers"), ("growth", "customers"), ("contract", "team"))
    },
    **{
        f"{deed.did}, close": Write(deeds.act, ("close", *more), "negotiations", partial(closes, deed))
        for deed, more in CLOSING.items()
    },
    "accepted with a note": Write(
        deeds.act, ("decide", "note"), "customers", partial(acts, "late", Deed("accepted", note="Called."))
    ),
    "accepted together": Write(deeds.act_together, ("decide",), "team", acts_together),
    "accepted together in the own file": Write(
        actions.act_together, ("decide",), "team", acts_together_on_the_own_file
    ),
    "accepted in the own file": Write(actions.act, ("decide",), "customers", acts_on_the_own_file),
    **{
        f"setting {name}": Write(entries.enter, (action,), None, partial(enters, name))
        for name, action in SETTINGS.items()
    },
    "held out": Write(holdout.hold_out, ("set_holdout",), None, holds_out),
    "growth limited": Write(growth_limits.limit, ("set_growth_limits",), None, limits_growth),
    "weights": Write(weights.enter, ("set_weights",), None, lambda store, who: weights.enter(store, who, weights.OURS)),
    "ways": Write(ways.set_open, ("set_ways",), None, lambda store, who: ways.set_open(store, who, "mail", ["rep"])),
    "targets": Write(targets.enter, ("set_targets",), None, lambda store, who: targets.enter(
        store, who, [targets.Target("R0", JULY, "revenue", Decimal(1))])),
    **{
        f"view of {page}{', shared' if is_shared else ''}": Write(
            views.save, ("save_view", "share_view") if is_shared else ("save_view",), page,
            partial(saves_a_view, page, is_shared))
        for page in PAGES for is_shared in (False, True)
    },
    **{
        f"token for {use}{', to write with' if may_write else ''}": Write(
            tokens.make, (tokens.NEEDS[use], "write_by_assistant") if may_write else (tokens.NEEDS[use],), None,
            partial(tokens.make, use=use, name="Laptop", days=1, may_write=may_write))
        for use in get_args(tokens.Use) for may_write in (False, True)
    },
    **{
        f"rule {name}": Write(function, ("set_rule", *more), None, write) for name, function, more, write in RULING
    },
    "digest": Write(digests.subscribe, ("subscribe",), None, has_a_digest),
    "digest kept": Write(subscriptions.keep, ("subscribe",), None, lambda store, who: subscriptions.keep(
        store, who, WISH)),
    "digest ended": Write(subscriptions.end, ("subscribe",), None, subscriptions.end),
    "channel": Write(channels.make, ("set_ways",), None, lambda store, who: channels.make(
        store, who, managed(store), "slack", "Sales", url="https://hooks.example/x")),
    "channel removed": Write(channels.remove, ("set_ways",), None, lambda store, who: channels.remove(store, who, "1")),
    "test mail": Write(outgoing.ask_for_test, ("set_ways",), None, outgoing.ask_for_test),
    "view deleted": Write(views.delete, ("save_view",), None, deletes_a_view),
    **{f"people: {function.__name__}, {n}": Write(function, ("manage_people",), None, write)
       for n, (function, write) in enumerate(MANAGING)},
}  # fmt: skip


def may(role: str, write: Write) -> bool:
    """As the table says it, read without the function that is tested."""
    return all(role in RIGHTS[action].roles for action in write.needs) and (
        write.page is None or role in PAGES[write.page]
    )


def told_of(store: Store, who: Person) -> list[audit.Entry]:
    """What the audit says that somebody did, who is not who prepared it."""
    return audit.read(store, ADMIN, who=who.key)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.usefixtures("home")
def test_each_role_writes_what_the_table_allows_and_nothing_else(role: str, name: str) -> None:
    write, who, store = WRITES[name], EVERY_ROLE[role], open_store(current())
    if may(role, write):
        write.write(store, who)
        assert told_of(store, who), "the audit tells who did it"
    else:
        prepared = 1 if write.function is views.delete else 0
        with pytest.raises(AccessDenied) as told:
            write.write(store, who)
        assert all((told.value.what, told.value.cause, told.value.remedy)), "three sentences"
        assert len(told_of(store, who)) == prepared, "nothing was written"
    audit.verify(store)


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(data.people.__path__, "data.people."):
        if ".migrations" not in found.name:
            yield importlib.import_module(found.name)


def by_of(function: Callable[..., Any]) -> Any:
    """What a function takes as `by`, if anything."""
    by = inspect.signature(function).parameters.get("by")
    return by and by.annotation


def test_every_function_that_writes_is_walked() -> None:
    """Whoever writes is given as `by`; a new way to write has to be listed above, with what it needs."""
    writers = {
        function
        for module in modules()
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__.startswith("data.people") and by_of(function) is Person
    }
    assert writers == {write.function for write in WRITES.values()}


def calls(path: Path) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    """Every call of a method, with the function that makes it."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield function, node


# What the sender does, which is nobody, with what it puts, takes and marks.
OF_THE_SENDER = ("put", "put_findings", "looked", "take", "take_up", "put_off", "_over", "cut")
# Modules that begin something else than a transaction.
HAVE_A_BEGIN = ("attempts", "half_way", "sessions")
# The one door of people; the steps of a migration; the moment at which a copy is read.
BEGINS = ("database.py: keeping", "migration.py: alone_in", "copying.py: _one_moment")


def test_the_store_has_one_door_for_writes() -> None:
    """Transactions of people begin in `Store.writing` alone; who uses it says by whom and for what.

    What needs no right, such as coming in, has a door of its own, which accounts and the audit use and nobody else.
    """
    for path in sorted((PROJECT / "data" / "people").rglob("*.py")):
        for function, call in calls(path):
            assert isinstance(call.func, ast.Attribute)
            place = f"{path.name}: {function.name}"
            if call.func.attr in ("begin", "commit") and ast.unparse(call.func.value) not in HAVE_A_BEGIN:
                assert place in BEGINS, place
            if call.func.attr == "keeping":
                assert path.parent.name == "accounts" or place in (
                    "database.py: writing",
                    "audit.py: note",
                    "audit.py: cut",
                    "deeds.py: cut",
                    "tokens.py: of_secret",
                    "own_rules.py: record",
                    "own_rules.py: handed",
                    "subscriptions.py: end_by",
                    *(f"outgoing.py: {name}" for name in OF_THE_SENDER),
                )
            if call.func.attr == "writing":
                assert "by" in {argument.arg for argument in function.args.args}, place
                assert ast.unparse(call.args[0]) == "by", place
                assert len(call.args) > 1, place


# The table


def test_every_action_and_every_page_of_the_screen_is_in_the_table() -> None:
    assert set(RIGHTS) == {*get_args(Action)}
    assert set(PAGES) == {*page_folders(), "people"}  # which shows what people write, and no query reads
    assert {f"{page}.py" for page in PAGES if page != "shared"} == {
        path.name for path in (PROJECT / "pages").glob("*.py") if path.name != "__init__.py"
    }


def test_every_action_is_asked_for_somewhere() -> None:
    asked = {
        node.value
        for folder in ("data/people", "pages")
        for path in (PROJECT / folder).rglob("*.py")
        if path.name != "permissions.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in RIGHTS
    }
    assert set(RIGHTS) - asked - {*SETTINGS.values()} == set()


@pytest.mark.parametrize("query", permissions.QUERIES)
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_what_tells_more_than_its_page_takes_more(role: str, query: str) -> None:
    more, who = permissions.QUERIES[query], EVERY_ROLE[role]
    may_read = role in RIGHTS[more].roles and role in PAGES[query.partition(".")[0]]
    assert query in queries.names(query.partition(".")[0])
    assert (allowed(who, "read", query), allowed(who, "export", query)) == (may_read, may_read)
    if not may_read:
        with pytest.raises(AccessDenied) as told:
            require(who, "read", query)
        is_of_page = role in PAGES[query.partition(".")[0]]
        assert told.value.what == (RIGHTS[more] if is_of_page else RIGHTS["read"]).refusal


def test_of_several_roles_one_is_enough() -> None:
    both = somebody("rep", "lead", scope="lead:R0")
    for action, page in itertools.product(RIGHTS, (None, *PAGES)):
        assert allowed(both, action, page) == (allowed(REP, action, page) or allowed(LEAD, action, page))


def test_nobody_without_a_role_may_do_anything() -> None:
    nobody = somebody()
    assert not any(allowed(nobody, action, page) for action in RIGHTS for page in (None, *PAGES))


def test_nobody_may_do_anything_on_a_page_that_is_not_in_the_table() -> None:
    for action, thing in itertools.product(RIGHTS, ("", "nothing", "nothing.late", "Team", "team ", "../team")):
        assert not allowed(ADMIN, action, thing)


def test_what_stands_on_a_page_goes_with_the_page() -> None:
    assert allowed(REP, "export", "team.due")
    assert not allowed(ECOMMERCE, "export", "team.due")
    assert not allowed(REP, "read", "data_admin.loads")
    assert allowed(ADMIN, "read", "data_admin.loads")
    with pytest.raises(AccessDenied, match="This page is not part of your view"):
        require(ECOMMERCE, "export", "team.due")


def test_each_refusal_is_said_in_both_languages() -> None:
    catalogue = read_po(next(PROJECT.rglob("locale/ru.po")).open("rb"), locale="ru")
    for action, right in RIGHTS.items():
        nobody = somebody()
        with pytest.raises(AccessDenied) as told:
            require(nobody, action)
        assert (told.value.what, told.value.cause) == (right.refusal, right.cause)
        for sentence in (told.value.what, told.value.cause, told.value.remedy):
            found = catalogue.get(sentence)
            assert found is not None, sentence
            assert found.string, sentence


# Nothing but the table


KNOW_ROLES = {
    "data/people/person.py",
    "data/people/permissions.py",
    "data/people/ways.py",
    # Accounts keep roles, for the table to be asked.
    *(f"data/people/store/accounts/{name}.py" for name in ("coming_in", "identities", "links", "people", "people_csv")),
    *(f"data/people/store/accounts/{name}.py" for name in ("rules", "sessions")),
}
# Other things have these names, too: a channel, a lead that is no customer yet, a column, a scope.
NAMES_OF_OTHER_THINGS = {"lead", "rep", "ecommerce", "director"}


def sources() -> Iterator[Path]:
    for folder in ("app.py", "pages", "presentation", "service", "data"):
        place = PROJECT / folder
        yield from [place] if place.is_file() else sorted(place.rglob("*.py"))


def knows_roles(tree: ast.Module) -> list[int]:
    """Lines that look at somebody's roles, or compare something with a role or the beginning of a scope."""
    found = []
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in ("role", "roles")) or (
            isinstance(node, ast.Constant) and node.value in permissions.EVERYBODY - NAMES_OF_OTHER_THINGS
        ):
            found.append(node.lineno)
        elif isinstance(node, ast.Compare):
            words = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
            about = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
            about |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            if words & permissions.EVERYBODY and about & {"role", "roles", "scope", "person", "who", "key"}:
                found.append(node.lineno)
    return found


def test_roles_are_known_to_the_table_alone() -> None:
    """Some say what roles are called, cut or take scopes by name, or give roles: none of these decides by one."""
    names = {"pages/ui/page_frame.py", "presentation/labels/shared.py", "data/warehouse/build.py"}
    names |= {f"pages/ui/people/{name}.py" for name in ("everybody", "fields", "roles")} | {"pages/ui/looking.py"}
    documentation = {"service/permissions_doc.py"}
    found = {
        str(path.relative_to(PROJECT)) for path in sources() if knows_roles(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found - KNOW_ROLES <= names | documentation


@pytest.mark.parametrize(
    "code", ["if who.role != 'rep': pass", "x = 'admin'", "viewer().roles", "scope == 'director'", "key in ('lead', 1)"]
)
def test_a_check_of_a_role_would_be_noticed(code: str) -> None:
    assert knows_roles(ast.parse(code))


def test_the_door_to_the_warehouse_knows_scopes_and_no_people() -> None:
    imported = {
        node.module for node in ast.walk(ast.parse(inspect.getsource(access))) if isinstance(node, ast.ImportFrom)
    }
    assert not any(name.startswith("data.people") for name in imported if name)


def test_without_sign_in_each_scope_can_be_looked_at_and_the_administrators() -> None:
    people = view_as({"director": "", "ecommerce": "", "lead:R0": "Ann", "rep:R1": "Bo"})
    assert [(who.key, who.name, set(who.roles), who.scope) for who in people] == [
        ("director", "director", {"director"}, "director"),
        ("ecommerce", "ecommerce", {"ecommerce"}, "ecommerce"),
        ("lead:R0", "Ann", {"lead"}, "lead:R0"),
        ("rep:R1", "Bo", {"rep"}, "rep:R1"),
        ("admin", "admin", {"admin"}, "director"),
    ]


REFUSALS = {"AccessDenied", "BadInput", "NotLetIn", "SecondFactorNeeded"}
# Said on the command line alone, which speaks English.
OF_COMMANDS = {
    "There is an administrator already.",
    "This command lets the first one in, or one who lost the password.",
    "Let the administrator invite others, or name an administrator's e-mail address.",
}


def test_what_accounts_refuse_is_said_in_both_languages() -> None:
    catalogue = read_po(next(PROJECT.rglob("locale/ru.po")).open("rb"), locale="ru")
    said = {
        constant.value
        for path in (PROJECT / "data/people/store/accounts").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS
        for argument in node.args
        for constant in ast.walk(argument)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    told = TooManyAttempts(5)
    said |= {told.what, told.cause, told.remedy}
    assert len(said) > 70
    untold = {
        sentence
        for sentence in said - OF_COMMANDS - {""}
        if (found := catalogue.get(sentence)) is None or not found.string
    }
    assert untold == set()
