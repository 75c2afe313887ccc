"""Conversion of requests, the time it takes, and why deals were won and lost."""

import calendar
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from tests.facts import Facts, Negotiation, Order, chosen, known, total, worth, years_before
from tests.kpis.close import deal_standing
from tests.kpis.shared import (
    NO_ORDER_FOLLOWED,
    Row,
    View,
    book_of,
    falling,
    found,
    leads_of,
    money,
    months_before,
    named,
    page,
    quantile,
    rising,
    share_of,
    standing,
    talks_of,
    wilson,
)


def against_others(part: int, whole: int, all_parts: int, all_whole: int) -> str:
    """Whether the interval lies above or below that of all others together."""
    low, high = wilson(part, whole)
    others_low, others_high = wilson(all_parts - part, all_whole - whole)
    if low is None or high is None or others_low is None or others_high is None:
        return "too_few"
    return "ahead" if low > others_high else "behind" if high < others_low else "cannot_tell"


def days_to_order(talks: list[Negotiation]) -> int:
    """From request to order, nine of ten."""
    waits = [(t.ordered - t.requested).days for t in talks if t.ordered and t.is_ordered]
    waits = [wait for wait in waits if wait >= 0]
    return math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED


def converted(talks: list[Negotiation]) -> Row:
    """Requests, those quoted and those ordered, and their worth."""
    quoted = [talk for talk in talks if talk.is_quoted]
    ordered = [talk for talk in talks if talk.is_ordered]
    values = {name: worth(some) for name, some in (("requested", talks), ("quoted", quoted), ("ordered", ordered))}
    low, high = wilson(len(ordered), len(quoted))
    return {
        "requests": len(talks),
        "quoted": len(quoted),
        "ordered": len(ordered),
        "quoted_rate": share_of(len(quoted), len(talks), len(talks)),
        "conversion": share_of(len(ordered), len(quoted), len(quoted)),
        "conversion_low": low,
        "conversion_high": high,
        "value_conversion": share_of(values["ordered"], values["quoted"], len(quoted)),
    } | {f"{name}_value": money(cents) for name, cents in values.items()}


def decided(talks: list[Negotiation]) -> Row:
    """Won and lost, and the rate."""
    won, lost = (sum(talk.counts_as == outcome for talk in talks) for outcome in ("won", "lost"))
    low, high = wilson(won, won + lost)
    rates = {"win_rate": share_of(won, won + lost, won + lost), "win_rate_low": low, "win_rate_high": high}
    return {"won": won, "lost": lost} | rates


def negotiations_conversion_cohorts(facts: Facts, view: View) -> list[Row]:
    talks = talks_of(facts, view)
    days = days_to_order(talks)
    rows = []
    for month in months_before(facts.as_of, 24):
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        these = [talk for talk in talks if talk.requested.replace(day=1) == month]
        if these and last + timedelta(days=days) <= facts.as_of:
            rows.append({"month": month, "maturity_days": days} | converted(these))
    return rows


def negotiations_conversion_groups(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    days = days_to_order(talks)
    kinds: dict[str, Callable[[Negotiation], str | None]] = {
        "by_segment": lambda talk: talk.segment,
        "by_channel": lambda talk: talk.newest.get("channel"),
        "by_source": lambda talk: talk.source,
        "by_category": lambda talk: talk.category,
    }
    asked: dict[str | None, list[Negotiation]] = defaultdict(list)
    closed: dict[str | None, list[Negotiation]] = defaultdict(list)
    for talk in talks:
        member = kinds[view.by or ""](talk)
        if span.now(talk.requested + timedelta(days=days)):
            asked[member].append(talk)
        if talk.closed and span.now(talk.closed):
            closed[member].append(talk)
    everything = converted([talk for some in asked.values() for talk in some])
    rows = []
    for member in {*asked, *closed}:
        sums = converted(asked[member])
        counts = (sums["ordered"], sums["quoted"], everything["ordered"], everything["quoted"])
        rows.append(
            {kind.removeprefix("by_"): member if kind == view.by else None for kind in kinds}
            | sums
            | decided(closed[member])
            | {
                "standing": against_others(*counts),
                "maturity_days": days,
                "cohort_from": span.date_from - timedelta(days=days),
                "cohort_to": span.date_to - timedelta(days=days),
            }
        )
    name = (view.by or "").removeprefix("by_")
    return sorted(rows, key=lambda r: (-r["requests"], -r["won"] - r["lost"], r[name] is None, r[name] or ""))


def negotiations_responses(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    classes: dict[str, Callable[[int | None], bool]] = {
        "same_day": lambda days: days == 0,
        "one_or_two_days": lambda days: days in (1, 2),
        "three_to_five_days": lambda days: days in (3, 4, 5),
        "six_days_or_more": lambda days: days is not None and days > 5,
        "no_answer": lambda days: days is None,
    }
    asked = [talk for talk in talks if span.now(talk.requested)]
    closed = [talk for talk in talks if talk.closed and span.now(talk.closed)]
    all_closed = decided(closed)
    won, counted = all_closed["won"], all_closed["won"] + all_closed["lost"]
    rows = []
    for name, holds in classes.items():
        of_asked = [talk for talk in asked if holds(talk.response)]
        of_closed = [talk for talk in closed if holds(talk.response)]
        if of_asked or of_closed:
            row = decided(of_closed)
            standing = against_others(row["won"], row["won"] + row["lost"], won, counted)
            share = share_of(len(of_asked), len(asked), len(asked))
            rows.append(row | {"response": name, "requests": len(of_asked), "share": share, "standing": standing})
    return rows


def negotiations_rejected_leads(facts: Facts, view: View) -> list[Row]:
    holds = view.window(facts).now
    leads = [lead for lead in leads_of(facts, view, "accepted", "rejected", "converted") if holds(lead["created_on"])]
    decided_on = Counter(lead["source"] for lead in leads)
    reasons = Counter((lead["source"], lead["rejected_reason"]) for lead in leads if lead["status"] == "rejected")
    rows = []
    for (source, reason), number in reasons.items():
        low, high = wilson(number, decided_on[source])
        rows.append(
            {
                "source": source,
                "rejected_reason": reason,
                "rejected": number,
                "decided_leads": decided_on[source],
                "share": share_of(number, decided_on[source], decided_on[source]),
                "share_low": low,
                "share_high": high,
            }
        )

    def place(row: Row) -> tuple[Any, ...]:
        names = [(row[name] is None, row[name] or "") for name in ("source", "rejected_reason")]
        return -row["rejected"], -row["decided_leads"], *names

    return page(sorted(rows, key=place), view, "reasons")


def lifetimes(facts: Facts, talks: list[Negotiation]) -> list[tuple[int, str | None]]:
    """Days a deal was watched, and how it ended; without those decided on no known day."""
    return [
        (max((facts.as_of - talk.requested).days if talk.outcome is None else talk.days or 0, 0), talk.outcome)
        for talk in talks
        if talk.is_timed
    ]


def talks_since(facts: Facts, view: View) -> list[Negotiation]:
    since = years_before(facts.as_of, view.months // 12)
    return [talk for talk in talks_of(facts, view) if talk.requested > since]


def negotiations_incidence(facts: Facts, view: View) -> list[Row]:
    lives = lifetimes(facts, talks_since(facts, view))
    left, won, lost, rows = Fraction(1), Fraction(0), Fraction(0), []
    for day in sorted({days for days, outcome in lives if outcome}):
        watched = sum(days >= day for days, _ in lives)
        won += left * Fraction(lives.count((day, "won")), watched)
        lost += left * Fraction(lives.count((day, "lost")), watched)
        left = 1 - won - lost
        if watched >= 5:
            rows.append({"days": day, "won_share": won, "lost_share": lost, "open_share": left, "watched": watched})
    return rows


def first_day_at(lives: list[tuple[int, str | None]], share: Fraction, errors: float = 0) -> int | None:
    """First day on which at most this share is left, so many of Greenwood's errors above or below the estimate."""
    left, variance = Fraction(1), Fraction(0)
    for day in sorted({days for days, outcome in lives if outcome}):
        at_risk, ended = sum(days >= day for days, _ in lives), sum(days == day and bool(end) for days, end in lives)
        left *= 1 - Fraction(ended, at_risk)
        variance += Fraction(ended, at_risk * (at_risk - ended)) if ended < at_risk else 0
        if float(left) * (1 + errors * math.sqrt(variance)) <= share + 1e-9:
            return day
    return None


def negotiations_closing_groups(facts: Facts, view: View) -> list[Row]:
    ranked = sorted(known(facts.negotiations))
    sizes = ("smallest_quarter", "second_quarter", "third_quarter", "largest_quarter")

    def size(talk: Negotiation) -> str:
        return sizes[sum((talk.amount or 0) > ranked[math.ceil(len(ranked) * part / 4) - 1] for part in (1, 2, 3))]

    groups: dict[tuple[str | None, str | None], list[Negotiation]] = defaultdict(list)
    for talk in talks_since(facts, view):
        if talk.is_timed and (view.by == "by_segment" or talk.amount is not None):
            groups[(talk.segment, None) if view.by == "by_segment" else (None, size(talk))].append(talk)
    rows = []
    for (segment, quarter), talks in groups.items():
        lives, is_told = lifetimes(facts, talks), len(talks) >= 5
        rows.append(
            {
                "segment": segment,
                "size": quarter,
                "amount_from": money(min(known(talks), default=None)),
                "amount_to": money(max(known(talks), default=None)),
                "requests": len(talks),
                "still_open": sum(talk.outcome is None for talk in talks),
                "median_days": first_day_at(lives, Fraction(1, 2)) if is_told else None,
                "median_low": first_day_at(lives, Fraction(1, 2), -1.645) if is_told else None,
                "median_high": first_day_at(lives, Fraction(1, 2), 1.645) if is_told else None,
                "most_days": first_day_at(lives, Fraction(1, 10)) if is_told else None,
            }
        )
    return sorted(
        rows,
        key=lambda row: (
            sizes.index(row["size"]) if row["size"] else 0,
            -row["requests"],
            row["segment"] is None,
            row["segment"] or "",
        ),
    )


def negotiations_closing_cohorts(facts: Facts, view: View) -> list[Row]:
    this = facts.as_of.replace(month=(facts.as_of.month - 1) // 3 * 3 + 1, day=1)
    rows = []
    for first in reversed(months_before(this, 22)[::3]):
        following = (first + timedelta(days=100)).replace(day=1)
        talks = [talk for talk in talks_of(facts, view) if first <= talk.requested < following]
        lives = lifetimes(facts, talks)
        if lives:
            number = len(lives)
            row: Row = {"quarter": first, "requests": number, "still_open": sum(not end for _, end in lives)}
            row["median_days"] = first_day_at(lives, Fraction(1, 2)) if number >= 5 else None
            for limit in (14, 30, 60):
                within = sum(bool(end) and days <= limit for days, end in lives)
                is_past = following - timedelta(days=1) + timedelta(days=limit) <= facts.as_of
                row[f"decided_{limit}"] = share_of(within, number, number) if is_past else None
                if limit == 30:
                    row["decided_30_low"], row["decided_30_high"] = wilson(within, number) if is_past else (None, None)
            rows.append(row)
    return rows


def negotiations_stuck(facts: Facts, view: View) -> list[Row]:
    stays = [visit for visit in facts.visits if visit.kind == "stage" and visit.days is not None]

    def usual(stage: str, segment: str | None) -> tuple[int | None, int] | None:
        """Median and limit of the stage, of one segment or of all; none of fewer than twenty stays."""
        lives = [
            (stay.days or 0, stay.place if stay.left else None)
            for stay in stays
            if stay.place == stage and segment in (None, stay.negotiation.segment)
        ]
        limit = first_day_at(lives, Fraction(1, 10)) if len(lives) >= 20 else None
        return None if limit is None else (first_day_at(lives, Fraction(1, 2)), limit)

    limits, shown = cache(usual), {talk.negotiation_id for talk in talks_of(facts, view)}
    rows = []
    for stay in stays:
        talk = stay.negotiation
        if stay.left or not deal_standing(facts, view, talk).is_open or talk.negotiation_id not in shown:
            continue
        own, overall = talk.segment and limits(stay.place, talk.segment), limits(stay.place, None)
        half, limit = own or overall or (None, None)
        if limit is None or (stay.days or 0) <= limit:
            continue
        if found(view.search, facts.name_of(talk), talk.negotiation_id):
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": facts.name_of(talk),
                    "segment": talk.segment,
                    "amount": money(talk.amount),
                    "stage": stay.place,
                    "entered_on": stay.entered,
                    "days_there": stay.days,
                    "usual_days": half,
                    "limit_days": limit,
                    "usual_of": "own_segment" if own else "all_segments",
                }
            )
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (named(row), falling(row["amount"])),
        "overstay": lambda row: row["limit_days"] - row["days_there"],
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: falling(row["amount"]))
    whole = total(row["amount"] for row in rows)
    rows.sort(key=lambda row: (by(row), row["negotiation_id"]))
    return page([row | {"stuck_value": whole} for row in rows], view, "stuck")


def decided_of(facts: Facts, view: View, holds: Callable[[date], bool]) -> list[Negotiation]:
    return [talk for talk in talks_of(facts, view) if talk.outcome and talk.closed and holds(talk.closed)]


def reason_of(talk: Negotiation) -> str:
    return talk.newest.get("outcome_reason") or "no_reason"


def depth_of(talk: Negotiation) -> str | None:
    """Class of the discount, which the product knows to a millionth."""
    if talk.discount is None:
        return None
    bounds = {"under_5": 5, "from_5": 10, "from_10": 15, "from_15": 20, "from_20": 30}
    depth = round(talk.discount, 6) * 100
    return next((code for code, bound in bounds.items() if depth < bound), "from_30")


def negotiations_reasons(facts: Facts, view: View) -> list[Row]:
    span = view.window(facts)
    now, then = (decided_of(facts, view, holds) for holds in (span.now, span.base))
    rows = []
    for outcome, reason in {(talk.outcome, reason_of(talk)) for talk in now + then}:
        kept = [[t for t in talks if t.outcome == outcome] for talks in (now, then)]
        these = [[t for t in talks if reason_of(t) == reason] for talks in kept]
        shares = [
            Fraction(len(part), len(whole)) if len(whole) >= 5 else None
            for part, whole in zip(these, kept, strict=True)
        ]
        ends: list[tuple[Any, Any]] = [
            wilson(len(part), len(whole)) if len(whole) >= 5 else (None, None)
            for part, whole in zip(these, kept, strict=True)
        ]
        rows.append(
            {
                "outcome": outcome,
                "outcome_reason": reason,
                "decided": len(these[0]),
                "decided_base": len(these[1]),
                "share": shares[0],
                "share_low": None if shares[0] is None else Fraction(ends[0][0]),
                "share_high": None if shares[0] is None else Fraction(ends[0][1]),
                "share_base": shares[1],
                "tendency": _tendency(shares, ends),
                "amount": money(worth(these[0])),
                "amount_base": money(worth(these[1])),
                "alike": len(kept[0]),
            }
        )
    return sorted(rows, key=lambda r: (r["outcome"], -r["decided"], -r["decided_base"], r["outcome_reason"]))


def _tendency(shares: Sequence[Fraction | None], ends: list[tuple[Any, Any]]) -> str:
    """By Newcombe's interval of the difference of two shares."""
    (now, then), ((low, high), (low_then, high_then)) = shares, ends
    if now is None or then is None:
        return "too_few"
    if now - then > math.hypot(now - low, high_then - then):
        return "more_often"
    return "less_often" if then - now > math.hypot(high - now, then - low_then) else "cannot_tell"


def negotiations_decided(facts: Facts, view: View) -> list[Row]:
    rows = [
        {
            "negotiation_id": talk.negotiation_id,
            "customer_id": talk.customer,
            "customer": facts.name_of(talk),
            "segment": talk.segment,
            "amount": money(talk.amount),
            "outcome": talk.outcome,
            "outcome_reason": reason_of(talk),
            "closed_on": talk.closed,
            "days_to_close": talk.days,
            "discount_depth": talk.discount,
        }
        for talk in decided_of(facts, view, view.window(facts).now)
        if chosen(view.outcome)(talk.outcome)
        and chosen(view.outcome_reason)(reason_of(talk))
        and chosen(view.depth)(depth_of(talk))
        and found(view.search, facts.name_of(talk), talk.negotiation_id)
    ]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": named,
        "discount_depth": lambda row: falling(row["discount_depth"] and float(row["discount_depth"])),
        "closed": lambda row: -row["closed_on"].toordinal(),
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: 0)
    return page(sorted(rows, key=lambda r: (by(r), falling(r["amount"]), r["negotiation_id"])), view, "negotiations")


def sized(facts: Facts, view: View) -> list[Negotiation]:
    """Decided ones whose discount and amount are known."""
    talks = decided_of(facts, view, view.window(facts).now)
    return [t for t in talks if t.counts_as and t.discount is not None and t.amount is not None]


def kinds_of(talks: list[Negotiation]) -> dict[Any, list[Negotiation]]:
    """Negotiations of one segment and one third by amount."""
    of_segment, kinds = defaultdict(list), defaultdict(list)
    for talk in talks:
        of_segment[talk.segment].append(talk)
    for segment, own in of_segment.items():
        first, second = (quantile(known(own), Fraction(third, 3)) for third in (1, 2))
        for talk in own:
            kinds[segment, sum((talk.amount or 0) > limit for limit in (first, second))].append(talk)
    return kinds


def negotiations_discount_depth(facts: Facts, view: View) -> list[Row]:
    talks = sized(facts, view)
    kinds, rows = kinds_of(talks), []
    for depth in {depth_of(talk) for talk in talks}:
        own = [talk for talk in talks if depth_of(talk) == depth]
        won = sum(talk.counts_as == "won" for talk in own)
        weight_sum = adjusted = variance = Fraction(0)
        for kind in kinds.values():
            if these := [talk for talk in kind if depth_of(talk) == depth]:
                weight, n, w = Fraction(len(kind), len(talks)), len(these), sum(t.counts_as == "won" for t in these)
                weight_sum += weight
                adjusted += weight * Fraction(w, n)
                variance += weight**2 * (w + 1) * (n - w + 1) / Fraction(n + 2) ** 3
        overall = Fraction(sum(talk.counts_as == "won" for talk in talks), len(talks))
        enough = len(own) >= 20 and weight_sum * 2 >= 1
        mean, spread = adjusted / weight_sum, Fraction(1.645 * math.sqrt(variance)) / weight_sum
        low, high = wilson(won, len(own))
        rows.append(
            {
                "depth": depth,
                "decided": len(own),
                "won": won,
                "win_rate": Fraction(won, len(own)) if len(own) >= 5 else None,
                "win_rate_low": low,
                "win_rate_high": high,
                "adjusted": mean if enough else None,
                "adjusted_low": max(mean - spread, Fraction(0)) if enough else None,
                "adjusted_high": min(mean + spread, Fraction(1)) if enough else None,
                "covered": weight_sum,
                "all_win_rate": overall,
                "standing": standing(mean - overall if enough else None, spread),
                "amount": money(worth(own)),
            }
        )
    codes = ("under_5", "from_5", "from_10", "from_15", "from_20", "from_30")
    return sorted(rows, key=lambda row: codes.index(row["depth"]))


def negotiations_discount_response(facts: Facts, view: View) -> list[Row]:
    talks = sized(facts, view)
    kinds = [kind for kind in kinds_of(talks).values() if len({talk.counts_as for talk in kind}) == 2]
    score = information = Fraction(0)
    for kind in kinds:
        depths = [min(max(talk.discount or Fraction(0), Fraction(0)), Fraction(6, 10)) * 10 for talk in kind]
        n, won = len(kind), [x for x, talk in zip(depths, kind, strict=True) if talk.counts_as == "won"]
        mean = sum(depths, Fraction(0)) / n
        score += sum(won, Fraction(0)) - len(won) * mean
        information += Fraction(len(won) * (n - len(won)), n * (n - 1)) * sum(
            ((x - mean) * (x - mean) for x in depths), Fraction(0)
        )
    decided = sum(map(len, kinds))
    row: Row = {
        "decided": decided,
        "won": sum(talk.counts_as == "won" for kind in kinds for talk in kind),
        "kinds": len(kinds),
    }
    if decided < 40 or not information:
        return [row | dict.fromkeys(("odds_ratio", "odds_ratio_low", "odds_ratio_high")) | {"standing": "too_few"}]
    slope, spread = float(score / information), 1.645 / math.sqrt(information)
    said = "more_often" if slope > spread else "less_often" if slope < -spread else "cannot_tell"
    odds = [Fraction(math.exp(slope + sign * spread)) for sign in (0, -1, 1)]
    return [
        row | dict(zip(("odds_ratio", "odds_ratio_low", "odds_ratio_high"), odds, strict=True)) | {"standing": said}
    ]


def negotiations_programme(facts: Facts, view: View) -> list[Row]:
    talks = [t for t in facts.negotiations if t.segment and chosen(view.owner)(t.rep)]
    waits = [max(talk.days, 0) for talk in talks if talk.days is not None]
    maturity = math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED
    newest = facts.as_of - timedelta(days=maturity)
    begins, ends = months_away(view.since, -6), min(months_away(view.since, 6) - timedelta(days=1), newest)
    sides: dict[str, list[list[bool]]] = defaultdict(lambda: [[], []])
    for talk in talks:
        if talk.segment and begins <= talk.requested <= min(ends, newest):
            is_won = talk.counts_as == "won" and talk.days is not None and talk.days <= maturity
            sides[talk.segment][talk.requested >= view.since].append(is_won)
    rows = []
    for segment, (before, since) in sides.items():
        is_changed = segment == view.programme
        rest = [[won for other, both in sides.items() if other != segment for won in both[side]] for side in (0, 1)]
        change_of, spread = points(before, since)
        others, others_spread = points(*rest)
        if not is_changed:
            others = None
        difference = None if change_of is None or others is None else change_of - others
        enough = min(map(len, (before, since, *rest))) >= 20
        wide = Fraction(math.hypot(spread, others_spread)) if enough else None
        rows.append(
            {
                "segment": segment,
                "is_changed": is_changed,
                "requests_before": len(before),
                "won_before": sum(before),
                "rate_before": Fraction(sum(before), len(before)) if len(before) >= 5 else None,
                "requests_since": len(since),
                "won_since": sum(since),
                "rate_since": Fraction(sum(since), len(since)) if len(since) >= 5 else None,
                "change": change_of,
                "change_low": None if change_of is None else change_of - Fraction(spread),
                "change_high": None if change_of is None else change_of + Fraction(spread),
                "others_change": others,
                "difference": difference,
                "difference_low": None if difference is None or wide is None else difference - wide,
                "difference_high": None if difference is None or wide is None else difference + wide,
                "standing": standing(difference, wide) if is_changed else None,
                "until": ends,
                "maturity_days": maturity,
            }
        )
    return sorted(rows, key=lambda row: (not row["is_changed"], row["segment"]))


def points(before: list[bool], since: list[bool]) -> tuple[Fraction | None, float]:
    """Change of a share, from five on either side, and half its interval with one won and one lost added to each."""
    spread = 1.645 * math.sqrt(
        sum((sum(side) + 1) * (len(side) - sum(side) + 1) / (len(side) + 2) ** 3 for side in (before, since))
    )
    if min(len(before), len(since)) < 5:
        return None, spread
    return Fraction(sum(since), len(since)) - Fraction(sum(before), len(before)), spread


def months_away(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


CHAIN = ("accepted", "picked", "shipped", "delivered")


@dataclass(frozen=True)
class Tracked:
    """An order that says where it stands, with its known days by step."""

    order: Order
    days: dict[str, date]
    row: Row
    is_under_way: bool

    @property
    def status(self) -> str:
        return next((step for step in reversed(CHAIN) if step in self.days), "placed")

    def reached(self, step: str) -> bool:
        if step in ("placed", "paid"):
            return step == "placed" or step in self.days
        return any(later in self.days for later in CHAIN[CHAIN.index(step) :])

    def took(self, step: str) -> int | None:
        """Days from the last known step before, of payment from the order."""
        if step == "placed" or step not in self.days:
            return None
        before = CHAIN[: CHAIN.index(step)] if step in CHAIN else ()
        begin = next((self.days[other] for other in reversed(before) if other in self.days), self.order.day)
        return min(max((self.days[step] - begin).days, 0), 99)

    def late(self, facts: Facts, step: str, until: str) -> int | None:
        """Days since the day a step that has not come was promised for; of a step that is never told of, none."""
        last, is_told_of = self.row.get(until), any(row.get(f"{step}_on") for row in facts.company["orders"])
        if not is_told_of or step in self.days or not last or last >= facts.as_of:
            return None
        return int((facts.as_of - last).days)


def tracked_of(facts: Facts, view: View) -> list[Tracked]:
    """Orders that say where they stand, all of them being asked which steps are ever told of."""
    rows = {row["order_id"]: row for row in facts.company["orders"]}
    days = {
        order_id: {step: row[f"{step}_on"] for step in (*CHAIN, "paid") if row.get(f"{step}_on")}
        for order_id, row in rows.items()
    }
    awaited = {step for step in ("delivered", "paid") if any(step in known for known in days.values())}
    found_orders = []
    for order in book_of(facts.orders, view):
        row, known = rows[order.order_id], days[order.order_id]
        if not order.is_note and (known or row.get("promised_on") or row.get("payment_due_on")):
            found_orders.append(Tracked(order, known, row, not awaited <= known.keys()))
    return found_orders


def negotiations_order_statuses(facts: Facts, view: View) -> list[Row]:
    tracked, span, rows = tracked_of(facts, view), view.window(facts), []
    placed = [one for one in tracked if span.now_by_month(one.order.day)]
    for step in ("placed", *CHAIN, "paid"):
        reached = [one for one in placed if one.reached(step)]
        standing_here = [one for one in tracked if one.is_under_way and one.status == step]
        took = [days for one in reached if (days := one.took(step)) is not None]
        late = [
            [one for one in standing_here if one.late(facts, *about) is not None]
            for about in (("delivered", "promised_on"), ("paid", "payment_due_on"))
        ]
        if standing_here or (reached if step == "placed" else any(step in one.days for one in reached)):
            rows.append(
                {
                    "step": step,
                    "orders": len(reached),
                    "share": Fraction(len(reached), len(placed)) if len(placed) >= 5 else None,
                    "revenue": money(sum(one.order.revenue for one in reached)),
                    "median_days": Fraction(statistics.median(took)) if took else None,
                    "standing_orders": len(standing_here),
                    "standing_value": money(sum(one.order.revenue for one in standing_here)),
                    "late_deliveries": len(late[0]),
                    "late_deliveries_value": money(sum(one.order.revenue for one in late[0])),
                    "late_payments": len(late[1]),
                    "late_payments_value": money(sum(one.order.revenue for one in late[1])),
                }
            )
    return rows


def negotiations_orders_under_way(facts: Facts, view: View) -> list[Row]:
    rows = []
    for one in tracked_of(facts, view):
        order, name = one.order, facts.customers.get(one.order.customer, {}).get("name")
        row = {
            "order_id": order.order_id,
            "customer_id": order.customer,
            "customer": name,
            "segment": order.segment,
            "channel": order.channel,
            "ordered_on": order.day,
            "revenue": money(order.revenue),
            "status": one.status,
            "status_since": one.days.get(one.status, order.day),
            "promised_on": one.row.get("promised_on"),
            "delivery_late_days": one.late(facts, "delivered", "promised_on"),
            "payment_due_on": one.row.get("payment_due_on"),
            "payment_late_days": one.late(facts, "paid", "payment_due_on"),
        }
        asked = {"late_delivery": "delivery_late_days", "late_payment": "payment_late_days", None: "order_id"}
        if (
            one.is_under_way
            and chosen(view.status)(one.status)
            and row[asked[view.lateness]] is not None
            and found(view.search, name or "", order.order_id)
        ):
            rows.append(row)
    orders: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"] is None, (row["customer"] or "").lower()),
        "promised": lambda row: rising(row["promised_on"] and row["promised_on"].toordinal()),
        "revenue": lambda row: -row["revenue"],
    }

    by: Callable[[Row], Any] = orders.get(view.sort, lambda row: 0)

    def order_of(row: Row) -> Any:
        late = max(row["delivery_late_days"] or 0, row["payment_late_days"] or 0)
        return by(row), -late, -row["revenue"], row["order_id"]

    return page(sorted(rows, key=order_of), view, "orders")
