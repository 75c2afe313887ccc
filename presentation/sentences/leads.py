"""Sentences about leads and new accounts: whether the score tells good ones."""

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.needs import lacks
from presentation.words import text

_ACCOUNTS_OF_A_SCORE = 30  # ten in each third


def qualified(record: Result, accounts: Result) -> str:
    """Whether leads with a high score became customers more often, and new accounts with one brought more."""
    said = [] if lacks(record, "leads") else [_converted(record)]
    return " ".join([*said, _brought(accounts)])


def _converted(record: Result) -> str:
    thirds = {row["third"]: row for row in record.rows()}
    if len(thirds) < 3:
        return text("Too few leads were decided to say whether the score tells customers.")
    top, bottom = thirds["top_third"], thirds["bottom_third"]
    return text(
        "Of {leads} decided leads in the top third of the score {top} became customers, in the bottom third {bottom}.",
        leads=value(top["leads"], "count"),
        top=value(top["share"], "ratio"),
        bottom=value(bottom["share"], "ratio"),
    )


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
