"""Who may what: one table of roles and actions, asked by every write, page, list, print and export.

docs/operating.md shows the table; `make docs` writes it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from data.errors import AccessDenied
from data.people.person import Person, Role

Action = Literal[
    "read", "export", "print", "decide", "note", "route", "close", "see_deeds_of_others", "save_view", "share_view",
    "find_work_first", "compare_people", "see_holdout", "set_holdout", "set_growth_limits", "set_weights",
    "set_targets", "load", "see_quarantine", "manage_people", "see_audit", "subscribe", "set_rule", "take_calendar",
    "use_assistant", "write_by_assistant", "set_ways",
]  # fmt: skip

ROLES: tuple[Role, ...] = get_args(Role)
EVERYBODY = frozenset(ROLES)
_ADMIN: frozenset[Role] = frozenset({"admin"})
_IN_CHARGE: frozenset[Role] = frozenset({"admin", "director", "lead"})
_WHOLE_COMPANY: frozenset[Role] = frozenset({"admin", "director"})
_SALES: frozenset[Role] = EVERYBODY - {"ecommerce"}


@dataclass(frozen=True)
class Right:
    """Which roles may do something; what it is, in words that follow "may"; what is said to everybody else, and why."""

    roles: frozenset[Role]
    meaning: str
    refusal: str
    cause: str = "Your role does not include it."


RIGHTS: Mapping[Action, Right] = {
    "read": Right(EVERYBODY, "open a page and its lists", "This page is not part of your view."),
    "export": Right(EVERYBODY, "take a list along as CSV or XLSX", "You may not take lists along."),
    "print": Right(EVERYBODY, "print an account", "You may not print accounts."),
    "decide": Right(EVERYBODY, "accept, snooze, dismiss and undo an alert", "You may not decide about alerts."),
    "note": Right(EVERYBODY, "write a note on an alert", "You may not write notes."),
    "route": Right(_IN_CHARGE, "send an alert to another channel", "You may not send alerts to another channel."),
    "close": Right(
        _SALES, "close a deal as lost, and set the day on which it is to be decided", "You may not close or date deals."
    ),
    "see_deeds_of_others": Right(
        _SALES, "see what others did about an alert", "You may not see what others did about alerts."
    ),
    "save_view": Right(EVERYBODY, "save a view, and delete it", "You may not save views."),
    "share_view": Right(EVERYBODY, "let others use a saved view", "You may not share views."),
    "find_work_first": Right(
        frozenset({"rep"}), "find the work list first on the Customers page", "The work list does not come first here."
    ),
    "compare_people": Right(
        _IN_CHARGE,
        "see strengths and gaps in words, what serving all segments costs, and accounts to move",
        "You may not compare people.",
    ),
    "see_holdout": Right(
        _WHOLE_COMPANY,
        "see what the work list is worth against the accounts held out of it",
        "You may not see the accounts held out.",
    ),
    "set_holdout": Right(
        _ADMIN,
        "hold a share of the accounts out of the work list",
        "Only an administrator may hold accounts out.",
        "It changes the work list of everybody.",
    ),
    "set_growth_limits": Right(
        _ADMIN,
        "set the chance and the money below which accounts are proposed nothing",
        "Only an administrator may set these limits.",
        "They hold for everybody.",
    ),
    "set_weights": Right(
        _ADMIN,
        "change the weights by which leads and new accounts are ranked",
        "Only an administrator may change the weights.",
        "Everybody's leads are ranked by them.",
    ),
    "set_targets": Right(
        _ADMIN,
        "see who entered which targets, and change them",
        "Only an administrator may change targets.",
        "Everybody is measured by them.",
    ),
    "load": Right(_ADMIN, "load and publish data", "Only an administrator may load data."),
    "see_quarantine": Right(_ADMIN, "see rows in quarantine", "Only an administrator may see rows in quarantine."),
    "manage_people": Right(_ADMIN, "let people in and give them roles", "Only an administrator may let people in."),
    "see_audit": Right(_ADMIN, "see who did what", "Only an administrator may see who did what."),
    "subscribe": Right(EVERYBODY, "get their own list by mail or message", "You may not have your list sent to you."),
    "set_rule": Right(
        EVERYBODY, "be told when a figure of theirs crosses a limit they set", "You may not set rules of your own."
    ),
    "take_calendar": Right(
        EVERYBODY, "see in their calendar what is due", "You may not take what is due into a calendar."
    ),
    "use_assistant": Right(EVERYBODY, "ask through an assistant", "You may not ask through an assistant."),
    "write_by_assistant": Right(
        EVERYBODY, "let an assistant decide and note in their name", "Your assistant may not decide or write notes."
    ),
    "set_ways": Right(
        _ADMIN,
        "open and close the ways out of the browser, and see everything that was sent",
        "Only an administrator may open and close the ways out of the browser.",
        "They hold for everybody of a role.",
    ),
}
# What an administrator may take from a role, and give back.
TAKEABLE: tuple[Action, ...] = ("export", "print", "share_view")

# Which roles may read a page. Whoever may not read it may do nothing with what stands on it.
PAGES: Mapping[str, frozenset[Role]] = {
    "customers": EVERYBODY,
    "catalogs": EVERYBODY,
    "negotiations": EVERYBODY,
    "team": _SALES,
    "data_admin": _ADMIN,
    "people": _ADMIN,
    "delivery": EVERYBODY,
    "shared": EVERYBODY,  # no page: what the filters of all pages read
}

# What it takes, besides the page, to read a query that tells more than its page tells everybody there.
QUERIES: Mapping[str, Action] = {
    "customers.holdout": "see_holdout",
    "team.all_segments": "compare_people",
    "team.moves": "compare_people",
    "team.targets": "set_targets",
}

# What it takes to give a setting a value; no other setting can be given one.
SETTINGS: Mapping[str, Action] = {
    "held_share": "set_holdout",
    "growth_limits": "set_growth_limits",
    "qualification_weights": "set_weights",
    "targets": "set_targets",
    "ways": "set_ways",
    "logo": "load",
}


def allowed(person: Person, action: Action, thing: str | None = None) -> bool:
    """Whether somebody may do that; with `thing`, a page or a query of it ("team.due"), whether there.

    Of several roles one that allows it, and that it was not taken from, is enough. On a page that is not in the table
    nobody may do anything.
    """
    roles = {role for role in person.roles & RIGHTS[action].roles if (role, action) not in person.taken}
    if thing is None:
        return bool(roles)
    more = QUERIES.get(thing)
    return bool(roles & PAGES.get(thing.partition(".")[0], frozenset())) and (more is None or allowed(person, more))


def require(person: Person, action: Action, thing: str | None = None) -> None:
    """Raises AccessDenied where `allowed` says no."""
    if not allowed(person, action, thing):
        right = RIGHTS[action]
        if allowed(person, action):  # but not that there
            page = (thing or "").partition(".")[0]
            more = QUERIES.get(thing or "") if allowed(person, action, page) else None
            right = RIGHTS[more or "read"]
        raise AccessDenied(right.refusal, right.cause, "Ask your administrator if you need it.")
