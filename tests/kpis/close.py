"""Where a deal stands by what somebody decided about its close, and by what was loaded since."""

import calendar
import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from tests.facts import Facts, Negotiation
from tests.kpis.shared import Row, View


@dataclass(frozen=True)
class Standing:
    """`close` is what became of a decision, None where there is none; `day` that on which it was taken."""

    version: int
    decision: str | None
    set_on: date | None
    close: str | None
    day: date | None
    expected: date | None
    closes: date | None
    is_open: bool
    is_past: bool
    is_slipping: bool
    is_overlong: bool

    @property
    def is_closed_here(self) -> bool:
        return self.close == "stands" and self.decision == "closed_lost"

    @property
    def is_dated_here(self) -> bool:
        return self.close == "stands" and self.decision == "date_set"

    @property
    def word(self) -> str | None:
        if self.is_closed_here:
            return "closed_here"
        return "day_passed" if self.is_past else "day_set_here" if self.is_dated_here else None


@cache
def _decided(decided: str | None) -> dict[tuple[str, str], Row]:
    """What somebody decided, by customer and deal."""
    rows = json.loads(decided or "[]")
    return {(row["customer_id"], row["subject"]): row for row in rows if row["kind"] == "close"}


def deal_standing(facts: Facts, view: View, talk: Negotiation) -> Standing:
    """How a deal stands in the eyes of whoever has this view."""
    made = _decided(view.decided).get((talk.customer or "", talk.negotiation_id))
    done = made if made and made["status"] != "open" else None
    day, set_on, seen = (
        date.fromisoformat(done[name]) if done and done.get(name) else None
        for name in ("seen_on", "close_on", "loaded_close_on")
    )
    decision: str | None = done["status"] if done else None
    close: str | None = None
    if decision == "closed_lost":
        assert day is not None
        asked_again = talk.versions[-1]["requested_on"] > day
        close = "stands"
        if talk.outcome == "lost":
            close = "taken_over"
        elif talk.outcome == "won" or asked_again or talk.expected != seen:
            close = "contradicted"
    elif decision == "date_set":
        close = "stands" if talk.expected == seen else "contradicted"
        close = "over" if talk.outcome else "taken_over" if talk.expected == set_on else close
    is_open = not talk.outcome and not (decision == "closed_lost" and close == "stands")
    expected = set_on if decision == "date_set" and close == "stands" else talk.expected
    limit = facts.most_days
    is_overlong = not talk.outcome and limit is not None and (facts.as_of - talk.requested).days > limit
    told = facts.wins.get(talk.negotiation_id, {}).get("expected_close_on")
    closes = None if is_overlong else told
    is_past = bool(is_open and expected and expected < facts.as_of)
    month_end = facts.as_of.replace(day=calendar.monthrange(facts.as_of.year, facts.as_of.month)[1])
    is_this_month = bool(expected and facts.as_of.replace(day=1) <= expected <= month_end)
    return Standing(
        version=made["version"] if made else 0,
        decision=decision,
        set_on=set_on,
        close=close,
        day=day,
        expected=expected,
        closes=closes,
        is_open=is_open,
        is_past=is_past,
        is_slipping=is_open and is_this_month and (is_past or bool(closes and closes > month_end)),
        is_overlong=is_overlong,
    )


def next_step(facts: Facts, view: View, talk: Negotiation) -> str | None:
    """The first that holds of an open deal."""
    stands = deal_standing(facts, view, talk)
    if not stands.is_open:
        return None
    if talk.response is None:
        return "answer_request"
    if talk.issued is None:
        return "send_quote"
    if stands.is_past:
        return "settle" if stands.is_overlong else "ask_for_date"
    if talk.valid and talk.valid <= facts.as_of + timedelta(days=14):
        return "renew_offer"
    return "second_person" if talk.people == 1 else "follow_up"
