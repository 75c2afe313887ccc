"""Effort against opportunity: who looks after how much, through which channels, and which accounts could move."""

from pages.ui import cards, grid, lists, origin
from pages.ui.source import fetch, fetch_all, may
from presentation.filters import Filters
from presentation.sentences import effort as sentences
from presentation.words import N_, text

BOOKS = [
    "rep", "accounts", "capacity_use", "revenue_year", "likely_loss", "at_risk_value", "long_tail_touched",
    "activities_per_account", "segments_served", "serves_all", "capacity", "silent_accounts", "long_tail_accounts",
    "activities",
]  # fmt: skip
CHANNELS = ["channel", "revenue", "share", "share_base", "share_shift", "orders"]
SEGMENTS = [
    "measure", "difference", "difference_low", "difference_high", "people_all", "people_fewer", "rate_all",
    "rate_fewer",
]  # fmt: skip
MOVES = [
    "customer", "from_rep", "to_rep", "move_reason", "revenue_year", "last_contact_on", "from_use_after",
    "to_use_after", "segment", "region", "is_same_region", "from_accounts", "from_accounts_after", "to_accounts",
    "to_accounts_after",
]  # fmt: skip


def show(f: Filters) -> None:
    """Channels and what serving all segments seems to cost on the left; the books and accounts to move on the right."""
    left, right = cards.two_columns()
    compares = may("compare_people", "team")
    books, *segments = fetch_all(f, "team.effort", *(["team.all_segments"] if compares else []))
    channels = fetch("team.channel_mix", f.comparable or f)
    with left:
        cards.title(sentences.channels(channels))
        if len(channels):
            if f.comparable and not f.is_compared:
                cards.note(f.comparable.compared())
            grid.plain(channels, "channels", CHANNELS, rows_shown=6)
        origin.show(channels)
        for cost in segments:
            cards.title(sentences.all_segments(books))
            for sentence in sentences.cost_of_all_segments(cost):
                cards.note(sentence)
            if len(cost):
                grid.plain(cost, "all-segments", SEGMENTS, rows_shown=2)
            origin.show(cost)
    with right:
        cards.title(sentences.capacity(books))
        if len(books):
            grid.drillable(books, BOOKS, "books", rows_shown=8, page="customers", owner="rep_id")
        else:
            cards.empty(text("Nobody looks after an account."), text("Load `owner_rep_id` with the customers."))
        lists.foot(books, f)
        if compares:
            cards.title(text("Accounts that could move to people with room"))
            lists.browse(
                lists.Listing(
                    "team.moves",
                    MOVES,
                    total="moves",
                    sorts=["revenue_year", "last_contact_on", "customer"],
                    rows_shown=6,
                    opens={"customer": "customer_id"},
                    on_page="customers",
                    nothing=N_("Nobody is over capacity, or nobody else has room in the same segment."),
                ),
                f,
            )
