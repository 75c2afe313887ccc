"""Sentences about the customer base: what stayed, on how few accounts it hangs, what its long tail misses."""

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.words import plural, text


def retention(kept: Result) -> str:
    """How much of the compared revenue stayed, and how many accounts it lost."""
    row = kept.one()
    if row["gross_retention"] is None:
        return text("Nothing was sold in the comparison period, so nothing could stay")
    return plural(
        "{gross} of the compared revenue stayed, {net} with what accounts added; {number} account left",
        "{gross} of the compared revenue stayed, {net} with what accounts added; {number} accounts left",
        row["customers_churned"],
        gross=value(row["gross_retention"], "ratio"),
        net=value(row["net_retention"], "ratio"),
        number=value(row["customers_churned"], "count"),
    )


def concentration(found: Result) -> str:
    """What the largest fifth of the accounts brings, and the index."""
    row = found.one()
    return text(
        "The largest fifth, {number} accounts, brings {share} of revenue, the largest alone {largest}. "
        "Herfindahl-Hirschman index {index} of 10,000.",
        number=value(row["top_fifth"], "count"),
        share=value(row["top_fifth_share"], "ratio"),
        largest=value(row["largest_share"], "ratio"),
        index=value(row["concentration_index"], "count"),
    )


def long_tail(found: Result) -> str:
    """What the long tail brings, and what is missed with it, with its interval."""
    row = found.one()
    if row["missed_rate"] is None:
        return text("Nothing was sold in the last 365 days")
    return text(
        "In the long tail {missed} of revenue is missed ({low}–{high})",
        missed=value(row["missed_rate"], "ratio"),
        low=value(row["missed_low"], "ratio"),
        high=value(row["missed_high"], "ratio"),
    )


def long_tail_case(found: Result) -> str:
    """What the missed revenue of the long tail is made of."""
    row = found.one()
    return text(
        "{number} of {accounts} accounts bring {share}. Lost or bought less than last year: {lost} ({low}–{high}). "
        "Growth proposals if taken up: {p50} at the median of like buyers, {p80} at their upper fifth.",
        number=value(row["long_tail_accounts"], "count"),
        accounts=value(row["accounts"], "count"),
        share=value(row["long_tail_share"], "ratio"),
        lost=money(found, row["lost_revenue"]),
        low=money(found, row["lost_low"]),
        high=money(found, row["lost_high"]),
        p50=money(found, row["potential_p50"]),
        p80=money(found, row["potential_p80"]),
    )
