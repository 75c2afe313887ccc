"""Sentences about growth: why something is proposed to an account, what it may bring, and how such rows fared."""

from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, money, value
from presentation.words import N_, text

NOTHING = N_(
    "Nothing is proposed: the account is leaving, too little is to be expected, or the data are too short to tell."
)


def why(row: dict[str, Any]) -> str:
    """What like buyers buy and this account does not; `row` has the reason_* and like_* columns of its growth."""
    like = _like(row)
    if row["reason_category"]:
        return text(
            "{like} buy {category}; it buys nothing of it.", like=like, category=literal(row["reason_category"])
        )
    return text("{like} buy {product}; it does not.", like=like, product=literal(row["reason_product"]))


def _like(row: dict[str, Any]) -> str:
    """Which share of whom: "61% of 23 accounts of its size in Gardening"."""
    figures = {"share": value(row["reason_share"], "ratio"), "count": value(row["like_buyers"], "count")}
    name = literal(labels.code(row["like_name"])) if row["like_name"] else ""
    if row["like_kind"] == "trade":
        if row["like_is_sized"]:
            return text("{share} of {count} accounts of its size in {trade}", **figures, trade=name)
        return text("{share} of {count} accounts in {trade}", **figures, trade=name)
    if row["like_kind"] == "pattern":
        if row["like_is_sized"]:
            return text("{share} of {count} accounts of its size that buy mostly {pattern}", **figures, pattern=name)
        return text("{share} of {count} accounts that buy mostly {pattern}", **figures, pattern=name)
    if row["like_is_sized"]:
        return text("{share} of {count} accounts of its size", **figures)
    return text("{share} of {count} accounts", **figures)


def promise(found: Result, potential: float, chance: float) -> str:
    """What it brings if the account takes something, and how likely that is."""
    return text(
        "{money} in 90 days if it takes at least one of the products proposed; the chance of that is {chance}.",
        money=money(found, potential),
        chance=value(chance, "ratio"),
    )


def account(found: Result) -> str:
    """Why something is proposed to the account asked for, and what it may bring; that nothing is, where nothing is."""
    if not len(found):
        return text(NOTHING)
    row = found.one()
    return f"{why(row)} {promise(found, row['growth_potential'], row['probability'])}"


def fared(record: Result) -> str:
    """How rows as they are shown fared in the past; nothing is claimed from too few."""
    row = record.one()
    if row["precision_low"] is None:
        return text("Too few accounts had been proposed something to say how often they took it.")
    return text(
        "Of {alerts} accounts listed like this {days} before, {hits} bought at least one of the products "
        "({low}–{high}; {told} was told; of as many products at random {base}, of those bought most {popular}).",
        alerts=value(row["alerts"], "count"),
        hits=value(row["hits"], "count"),
        days=value(row["horizon_days"], "days"),
        low=f"{row['precision_low']:.0%}",
        high=f"{row['precision_high']:.0%}",
        told=f"{row['told']:.0%}",
        base=f"{row['base_rate']:.0%}",
        popular=f"{row['popular_rate']:.0%}",
    )
