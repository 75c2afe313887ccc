"""Sentences about leads and new accounts: whether the score tells good ones."""

from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import money, value
from presentation.needs import lacks
from presentation.words import N_, text

_ACCOUNTS_OF_A_SCORE = 30  # ten in each third


def qualified(record: Result, accounts: Result) -> str:
    """Whether leads with a high score became customers more often, and new accounts with one brought more."""
    said = [] if lacks(record, "leads") else [_converted(record)]
    return " ".join([*said, _brought(accounts)])


def sorts(record: Result) -> list[str]:
    """By what the list can be sorted: by the score first, unless it is turned round here or tells nothing."""
    by_score = _standing(record) in ("ahead", "too_few")
    return ["lead_score", "newest"] if by_score else ["newest", "lead_score"]


def turning(measures: Result) -> str:
    """Which weights turn the score round, and what it would be without them."""
    behind = [row for row in measures.rows() if row["high_low"] == "behind" and row["weight"]]
    if not behind:
        return text("No weight alone turns the score round.")
    return " ".join(_turning(row) for row in behind)


def _turning(row: dict[str, Any]) -> str:
    said = text(
        "{measure} ({segment}) turns the score round: of its top third {top} became customers, of its bottom third "
        "{bottom}.",
        measure=_sentence(labels.code(row["measure"])),
        segment=labels.code(row["segment"]),
        top=value(row["top_share"], "ratio"),
        bottom=value(row["bottom_share"], "ratio"),
    )
    if row["top_share_without"] is None or row["bottom_share_without"] is None:
        return said
    without = text(
        "Without it the score has {top} and {bottom}.",
        top=value(row["top_share_without"], "ratio"),
        bottom=value(row["bottom_share_without"], "ratio"),
    )
    return f"{said} {without}"


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _standing(record: Result) -> str:
    return next((str(row["high_low"]) for row in record.rows()), "too_few")


def _converted(record: Result) -> str:
    standing = _standing(record)
    if standing == "too_few":
        return text("Too few past leads to say whether the score tells customers; the list is sorted by it until then.")
    thirds = {row["third"]: row for row in record.rows()}
    top, bottom = thirds["top_third"], thirds["bottom_third"]
    verdict = {
        "ahead": N_("the score tells, and the list is sorted by it."),
        "behind": N_("the score is turned round here, so the newest come first."),
        "cannot_tell": N_("that may be chance, so the newest come first."),
    }[standing]
    return text(
        "Of {leads} past leads of the company in the top third of the score {top} became customers, of {others} in the "
        "bottom third {bottom}: {verdict}",
        leads=value(top["leads"], "count"),
        top=_share(top),
        others=value(bottom["leads"], "count"),
        bottom=_share(bottom),
        verdict=text(verdict),
    )


def _share(third: dict[str, Any]) -> str:
    share, low, high = (value(third[column], "ratio") for column in ("share", "share_low", "share_high"))
    return f"{share} ({low}–{high})"


def _brought(accounts: Result) -> str:
    thirds = {row["third"]: row for row in accounts.rows()}
    followed = sum(row["accounts"] for row in thirds.values())
    if followed < _ACCOUNTS_OF_A_SCORE:
        return text("Too few new accounts were followed for a year to say whether the score tells large ones.")
    return text(
        "Of {accounts} new accounts followed for a year, the median of the top third brought {top}, that of the bottom "
        "third {bottom}.",
        accounts=value(followed, "count"),
        top=money(accounts, thirds["top_third"]["median_revenue"]),
        bottom=money(accounts, thirds["bottom_third"]["median_revenue"]),
    )
