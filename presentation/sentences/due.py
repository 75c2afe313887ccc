"""Sentences about what is due: deals, contracts, contacts and orders that wait for somebody."""

from typing import Any

from data.warehouse.access import Result
from presentation.format import literal, money, value
from presentation.needs import lacks
from presentation.words import listed, plural, text


def due(people: Result) -> str:
    """How much is due with everybody shown; kinds of which nothing is due are not named."""
    contracts = plural("{count} contract", "{count} contracts", _sum(people, "contracts"))
    a_year = money(people, _sum(people, "contract_value"))
    said = {
        "deals": _deals(people),
        "contracts": text("{contracts} worth {contract_value} a year", contracts=contracts, contract_value=a_year),
        "quiet_contacts": plural("{count} quiet contact", "{count} quiet contacts", _sum(people, "quiet_contacts")),
        "late_orders": plural("{count} late order", "{count} late orders", _sum(people, "late_orders")),
    }
    there = [each for column, each in said.items() if _sum(people, column)]
    return text("To act on now: {what}", what=listed(there)) if there else text("What is due")


def _deals(people: Result) -> str:
    deals = plural("{count} deal", "{count} deals", _sum(people, "deals"))
    if lacks(people, "quote_amounts"):
        return deals
    return text("{deals} over {deal_value}", deals=deals, deal_value=money(people, _sum(people, "deal_value")))


def _sum(people: Result, column: str) -> Any:
    return sum(row[column] for row in people.rows())


def why_due(found: Result) -> str:
    """Why a deal, a contract, a contact or an order is due, and what it is about."""
    row = found.one()
    return " ".join(_DUE[row["alert"]](found, row))


def _deal(found: Result, row: dict[str, Any]) -> list[str]:
    said = [
        text("A deal over {money}.", money=money(found, row["at_stake"]))
        if row["at_stake"] is not None
        else text("A deal without an amount.")
    ]
    if row["told_close_on"]:
        said.append(
            text(
                "Deals like it are decided about {day}; it is {probability} likely to be won.",
                day=value(row["told_close_on"], "date"),
                probability=value(row["win_probability"], "ratio"),
            )
        )
    if row["expected_close_on"]:
        said.append(text("Its decision was expected on {day}.", day=value(row["expected_close_on"], "date")))
    if row["slips"]:
        said.append(plural("That day was moved {count} time.", "That day was moved {count} times.", row["slips"]))
    if row["valid_until"]:
        said.append(text("The offer binds until {day}.", day=value(row["valid_until"], "date")))
    return said


def _contract(found: Result, row: dict[str, Any]) -> list[str]:
    said = [text("Contract {contract}.", contract=literal(row["about"]))]
    if row["ends_on"]:
        said.append(text("It ends on {day}, and no later one follows.", day=value(row["ends_on"], "date")))
    if row["review_on"]:
        said.append(text("Its terms are to be reviewed on {day}.", day=value(row["review_on"], "date")))
    if row["at_stake"] is not None:
        said.append(text("It is worth {money} a year.", money=money(found, row["at_stake"])))
    return said


def _contact(found: Result, row: dict[str, Any]) -> list[str]:
    said = [
        text(
            "{contact}, the person most often in touch, was last heard of on {day}, {since} ago.",
            contact=literal(row["about"]),
            day=value(row["last_contact_on"], "date"),
            since=value(row["days_since"], "days"),
        )
    ]
    if row["usual_gap_days"] is not None:
        said.append(text("Usually {gap} pass between two times.", gap=value(row["usual_gap_days"], "days")))
    said.append(text("The account brought {money} in 365 days.", money=money(found, row["at_stake"])))
    return said


def _order(found: Result, row: dict[str, Any]) -> list[str]:
    said = text(
        "Order {order} over {money} was promised for {day} and has not been delivered.",
        order=literal(row["subject"]),
        money=money(found, row["at_stake"]),
        day=value(row["due_on"], "date"),
    )
    return [said]


_DUE = {"deal": _deal, "contract": _contract, "contact": _contact, "order": _order}
