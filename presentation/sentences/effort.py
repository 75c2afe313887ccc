"""Sentences about what is due, how effort is spread, and targets."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from data.people.store import Setting
from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.words import plural, text

# How many targets of one entry are told; the others are counted.
_TARGETS_TOLD = 3


def due(people: Result) -> str:
    """How much is due with everybody shown."""
    rows = people.rows()
    if not rows:
        return text("What is due")
    deals, contracts = sum(row["deals"] for row in rows), sum(row["contracts"] for row in rows)
    return text(
        "{deals} over {deal_value}, {contracts} worth {contract_value} a year and {contacts} ask for something now",
        deals=plural("{count} deal", "{count} deals", deals),
        deal_value=money(people, sum(row["deal_value"] for row in rows)),
        contracts=plural("{count} contract", "{count} contracts", contracts),
        contract_value=money(people, sum(row["contract_value"] for row in rows)),
        contacts=plural("{count} quiet contact", "{count} quiet contacts", sum(row["quiet_contacts"] for row in rows)),
    )


def why_due(found: Result) -> str:
    """Why a deal, a contract or a contact is due, and what it is about."""
    row = found.one()
    return " ".join(_DUE[row["alert"]](found, row))


def _deal(found: Result, row: dict[str, Any]) -> list[str]:
    said = [text("A deal over {money}.", money=money(found, row["at_stake"]))]
    if row["told_close_on"]:
        said.append(
            text(
                "Deals like it are decided about {day}; it is {probability} likely to be won.",
                day=_day(row["told_close_on"]),
                probability=value(row["win_probability"], "ratio"),
            )
        )
    if row["expected_close_on"]:
        said.append(text("Its decision was expected on {day}.", day=_day(row["expected_close_on"])))
    if row["slips"]:
        said.append(plural("That day was moved {count} time.", "That day was moved {count} times.", row["slips"]))
    if row["valid_until"]:
        said.append(text("The offer binds until {day}.", day=_day(row["valid_until"])))
    return said


def _contract(found: Result, row: dict[str, Any]) -> list[str]:
    said = [text("Contract {contract}.", contract=literal(row["about"]))]
    if row["ends_on"]:
        said.append(text("It ends on {day}, and no later one follows.", day=_day(row["ends_on"])))
    if row["review_on"]:
        said.append(text("Its terms are to be reviewed on {day}.", day=_day(row["review_on"])))
    if row["at_stake"] is not None:
        said.append(text("It is worth {money} a year.", money=money(found, row["at_stake"])))
    return said


def _contact(found: Result, row: dict[str, Any]) -> list[str]:
    said = [
        text(
            "{contact}, the person most often in touch, was last heard of on {day}, {since} ago.",
            contact=literal(row["about"]),
            day=_day(row["last_contact_on"]),
            since=value(row["days_since"], "days"),
        )
    ]
    if row["usual_gap_days"] is not None:
        said.append(text("Usually {gap} pass between two times.", gap=value(row["usual_gap_days"], "days")))
    said.append(text("The account brought {money} in 365 days.", money=money(found, row["at_stake"])))
    return said


def capacity(books: Result) -> str:
    """How many people look after more than they have capacity for."""
    known = [row for row in books.rows() if row["capacity_use"] is not None]
    if not known:
        return text("What each person looks after")
    if len(known) == 1:
        share = value(known[0]["capacity_use"], "ratio")
        return plural(
            "{count} account takes {share} of the capacity",
            "{count} accounts take {share} of the capacity",
            known[0]["accounts"],
            share=share,
        )
    over = sum(row["capacity_use"] > 1 for row in known)
    return plural(
        "{count} of {people} people looks after more accounts than capacity allows",
        "{count} of {people} people look after more accounts than capacity allows",
        over,
        people=len(known),
    )


def channels(mix: Result) -> str:
    """Which channel gained or lost the largest share."""
    moved = [row for row in mix.rows() if row["share_shift"] is not None]
    if not moved:
        return text("Through which channels revenue came")
    row = max(moved, key=lambda row: (abs(row["share_shift"]), row["channel"]))
    return text(
        "The largest shift: {channel} brings {share} of revenue, {points}",
        channel=labels.code(row["channel"]),
        share=value(row["share"], "ratio"),
        points=change(row["share"], row["share_base"], "ratio"),
    )


def all_segments(books: Result) -> str:
    """How many people serve all segments at once."""
    rows = books.rows()
    serving = sum(bool(row["serves_all"]) for row in rows)
    if not serving:
        return text("Nobody serves all segments at once")
    return plural(
        "{count} of {people} people serves all segments at once",
        "{count} of {people} people serve all segments at once",
        serving,
        people=len(rows),
    )


def cost_of_all_segments(found: Result) -> list[str]:
    """What serving all segments seems to cost, by measure, as far as that can be told."""
    return [_cost(found, row) for row in found.rows()] or [text("What that costs cannot be told: nobody to compare.")]


def _cost(found: Result, row: dict[str, Any]) -> str:
    measure = labels.code(row["measure"])
    if row["difference_low"] is None:
        return text("{measure}: what it costs cannot be told with fewer than 5 people on a side.", measure=measure)
    low, high = (change(row[name], 0, "ratio") for name in ("difference_low", "difference_high"))
    if row["difference_low"] <= 0 <= row["difference_high"]:
        return text(
            "{measure}: what it costs cannot be told, the difference lies between {low} and {high}.",
            measure=measure,
            low=low,
            high=high,
        )
    said = text(
        "{measure}: {difference} against people who serve fewer, between {low} and {high}; it need not be the cause.",
        measure=measure,
        difference=change(row["difference"], 0, "ratio"),
        low=low,
        high=high,
    )
    lost = -row["difference"] * float(row["decided_value"])
    if lost > 0:
        said += " " + text("Of what these people had decided in 365 days, that is {money}.", money=money(found, lost))
    return said


def entry(kept: Setting, names: Mapping[str, str], currency: str) -> str:
    """Who changed which targets, and when; `names` are those of the people whose targets they are."""
    number = len(kept.value)
    said = plural(
        "{who} changed {count} target on {day}",
        "{who} changed {count} targets on {day}",
        number,
        who=literal(labels.code(kept.by.name)),
        day=_day(kept.at.date()),
    )
    told = [_target(target, names, currency) for target in kept.value[:_TARGETS_TOLD]]
    more = number - len(told)
    told += [plural("{count} more", "{count} more", more)] if more else []
    return f"{said}: {'; '.join(told)}"


def _target(target: Mapping[str, Any], names: Mapping[str, str], currency: str) -> str:
    """Whose target of which month, and what it is to be."""
    amount = target["target"]
    return text(
        "{rep}, {month}, {metric}: {amount}",
        rep=literal(names.get(target["rep_id"], target["rep_id"])),
        month=value(dt.date.fromisoformat(target["month"]), "short_month"),
        metric=labels.code(target["metric"]),
        amount=text("as loaded") if amount is None else value(Decimal(amount), "price", currency),
    )


_DUE = {"deal": _deal, "contract": _contract, "contact": _contact}


def _day(day: Any) -> str:
    return value(day, "date")
