"""Sentences about what is due, how effort is spread, and targets."""

from typing import Any

from data.access import Result
from pages.ui.format import literal, value
from pages.ui.words import plural, text


def due(people: Result) -> str:
    """How much is due with everybody shown."""
    rows = people.rows()
    if not rows:
        return text("What is due")
    deals, contracts = sum(row["deals"] for row in rows), sum(row["contracts"] for row in rows)
    return text(
        "{deals} over {deal_value}, {contracts} worth {contract_value} a year and {contacts} ask for something now",
        deals=plural("{count} deal", "{count} deals", deals),
        deal_value=_money(people, sum(row["deal_value"] for row in rows)),
        contracts=plural("{count} contract", "{count} contracts", contracts),
        contract_value=_money(people, sum(row["contract_value"] for row in rows)),
        contacts=plural("{count} quiet contact", "{count} quiet contacts", sum(row["quiet_contacts"] for row in rows)),
    )


def why_due(found: Result) -> str:
    """Why a deal, a contract or a contact is due, and what it is about."""
    row = found.one()
    return " ".join(_DUE[row["alert"]](found, row))


def _deal(found: Result, row: dict[str, Any]) -> list[str]:
    said = [text("A deal over {money}.", money=_money(found, row["at_stake"]))]
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
        said.append(text("It is worth {money} a year.", money=_money(found, row["at_stake"])))
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
    said.append(text("The account brought {money} in 365 days.", money=_money(found, row["at_stake"])))
    return said


_DUE = {"deal": _deal, "contract": _contract, "contact": _contact}


def _day(day: Any) -> str:
    return value(day, "date")


def _money(found: Result, amount: Any) -> str:
    return value(amount, "money", found.snapshot.currency)
