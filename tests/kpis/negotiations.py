"""Figures of the negotiations page: open deals, loops, people, what moved."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.facts import Facts, Negotiation, Visit, rate, total, worth, years_before
from tests.kpis.close import deal_standing, next_step
from tests.kpis.shared import (
    NO_ORDER_FOLLOWED,
    Nearest,
    Row,
    View,
    average,
    falling,
    found,
    median_survival,
    money,
    named,
    page,
    quantile,
    share_of,
    talks_of,
    wilson,
)


def negotiations_kpis(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    waits = [(t.ordered - t.issued).days for t in talks if t.ordered and t.issued and t.ordered >= t.issued]
    maturity = math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED
    back = timedelta(days=maturity)
    cohort = [talk for talk in talks if talk.issued and talk.is_quoted and span.now(talk.issued + back)]
    cohort_base = [talk for talk in talks if talk.issued and talk.is_quoted and span.base(talk.issued + back)]
    row: Row = {
        "conversion": rate(sum(talk.is_ordered for talk in cohort), len(cohort)),
        "conversion_base": rate(sum(talk.is_ordered for talk in cohort_base), len(cohort_base)),
        "issued": len(cohort),
        "maturity_days": maturity,
        "cohort_from": span.date_from - back,
        "cohort_to": span.date_to - back,
    }
    for suffix, holds in (("", span.now), ("_base", span.base)):
        decided = [talk for talk in talks if talk.counts_as and talk.closed and holds(talk.closed)]
        won = [talk for talk in decided if talk.counts_as == "won"]
        row[f"win_rate{suffix}"] = rate(len(won), len(decided))
        row[f"average_won{suffix}"] = average(won)
        if not suffix:
            row |= {"won": len(won), "lost": len(decided) - len(won)}
    stands = [(talk, deal_standing(facts, view, talk)) for talk in talks]
    pending = [talk for talk, stand in stands if stand.is_open]
    apart = {
        "past_expected": [talk for talk, stand in stands if stand.is_past],
        "slipping": [talk for talk, stand in stands if stand.is_slipping],
        "closed_here": [talk for talk, stand in stands if stand.is_closed_here],
    }
    recent = [talk for talk in talks if talk.requested > years_before(facts.as_of, 1)]
    closed = [max(talk.days, 0) for talk in recent if talk.is_timed and talk.days is not None]
    still_open = [max((facts.as_of - talk.requested).days, 0) for talk in recent if talk.outcome is None]
    return [
        row
        | {
            "open_value": money(worth(pending)),
            "open_negotiations": len(pending),
            "without_amount": sum(talk.amount is None for talk in pending),
            **{name: len(these) for name, these in apart.items()},
            **{f"{name}_value": money(worth(these)) for name, these in apart.items()},
            "median_days_to_close": median_survival(closed, still_open),
        }
    ]


def negotiations_transitions(facts: Facts, view: View) -> list[Row]:
    talks = {talk.negotiation_id for talk in talks_of(facts, view) if talk.requested > years_before(facts.as_of, 1)}
    moves = [
        visit
        for visit in facts.visits
        if visit.kind == view.places and visit.following and visit.negotiation.negotiation_id in talks
    ]
    leaving = Counter(move.place for move in moves)
    rows = []
    for left, reached in sorted({(move.place, move.following) for move in moves}):
        these = [move for move in moves if (move.place, move.following) == (left, reached)]
        days = [Fraction(move.days) for move in these if move.days is not None]
        rows.append(
            {
                "from_place": left,
                "to_place": reached,
                "moves": len(these),
                "share": Fraction(len(these), leaving[left]),
                "median_days": Fraction(statistics.median(days)) if days else None,
                "steps_back": sum(move.is_back for move in these),
            }
        )
    return rows


def asked_lately(facts: Facts, view: View) -> list[Negotiation]:
    return [talk for talk in talks_of(facts, view) if talk.requested > years_before(facts.as_of, 1)]


def usual_discount(facts: Facts, talk: Negotiation) -> Fraction | None:
    """Median of won ones like it, ten at least."""
    won = [
        (t.category, t.discount)
        for t in facts.negotiations
        if t.outcome == "won" and t.discount is not None and t.segment == talk.segment
    ]
    alike = [discount for category, discount in won if talk.category and category == talk.category]
    for discounts in (alike, [discount for _, discount in won]):
        if len(discounts) >= 10:
            return Fraction(statistics.median(discounts))
    return None


def negotiations_open_list(facts: Facts, view: View) -> list[Row]:
    soon = facts.as_of + timedelta(days=14)
    rows = []
    for talk in talks_of(facts, view):
        name, won = facts.name_of(talk), facts.wins.get(talk.negotiation_id, {})
        stays = [v for v in facts.visits if v.kind == "stage" and v.negotiation is talk and v.following is None]
        stands, chance = deal_standing(facts, view, talk), won.get("win_probability")
        closes, expected = stands.closes, stands.expected
        due = {
            None: True,
            "closing_14": closes is not None and closes <= soon,
            "expected_14": expected is not None and facts.as_of <= expected <= soon,
            "past_expected": stands.is_past,
            "slipping": stands.is_slipping,
            "closed_here": True,
            "slipped": talk.slips > 0,
            "expired": talk.valid is not None and talk.valid < facts.as_of,
        }
        step = next_step(facts, view, talk)
        if (
            (stands.is_closed_here if view.due == "closed_here" else stands.is_open)
            and found(view.search, name, talk.negotiation_id)
            and due[view.due]
            and view.next_step in (None, step)
        ):
            likely = None
            if chance is not None and talk.amount is not None:
                likely = Nearest(Fraction(talk.amount) * Fraction(chance))
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": name,
                    "segment": talk.segment,
                    "amount": money(talk.amount),
                    "win_probability": chance,
                    "expected_value": likely,
                    "closes_on": closes,
                    "close_from": closes and won.get("close_from"),
                    "close_until": closes and won.get("close_until"),
                    "expected_close_on": expected,
                    "day_standing": stands.word,
                    "slips": talk.slips,
                    "stage": talk.stage,
                    "stage_days": stays[-1].days if stays else None,
                    "age_days": (facts.as_of - talk.requested).days,
                    "last_event_on": talk.last_event,
                    "valid_until": talk.valid,
                    "discount_depth": talk.discount,
                    "usual_discount": usual_discount(facts, talk),
                    "people": talk.people,
                    "next_step": step,
                    "revisions": talk.revisions,
                }
            )
    whole = total(row["amount"] for row in rows)
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (named(row), falling(row["amount"])),
        "expected_close": lambda row: (row["expected_close_on"] or date.max, falling(row["amount"])),
        "closes": lambda row: (row["closes_on"] or date.max, falling(row["amount"])),
        "age": lambda row: -row["age_days"],
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: falling(row["amount"]))
    listed = sorted(rows, key=lambda row: (by(row), row["negotiation_id"]))
    return page([row | {"listed_value": whole} for row in listed], view, "negotiations")


def below_zero(amount: int | None) -> int | None:
    return None if amount is None else -amount


def moved(facts: Facts, view: View) -> tuple[list[tuple[Negotiation, str, int | None]], list[int], list[int]]:
    """Movements of the pipeline in cents, and what was in it at the start and the end of the period."""
    span = view.window(facts)
    before, last = span.date_from - timedelta(days=1), span.date_to
    until = None if view.due_days is None else last + timedelta(days=view.due_days)
    moves, started, ended = [], [], []

    def stood(talk: Negotiation, day: date) -> tuple[str, int | None, date | None] | None:
        """As the data say, or as somebody decided on that day or before."""
        state, stands = facts.state(talk, day), deal_standing(facts, view, talk)
        if not state or state[0] != "open" or not stands.day or stands.day > day:
            return state
        if stands.is_closed_here:
            return "closed_here", *state[1:]
        return (*state[:2], stands.set_on) if stands.is_dated_here else state

    def is_in(state: tuple[str, int | None, date | None] | None) -> bool:
        if not state or state[0] != "open":
            return False
        return until is None or (state[2] is not None and state[2] <= until)

    for talk in talks_of(facts, view):
        then, now = stood(talk, before), stood(talk, last)
        if now is None:
            continue
        was, stays = is_in(then), is_in(now)
        if was and then:
            started.append(then[1] or 0)
        if stays:
            ended.append(now[1] or 0)
        is_late = now[0] == "open" and not stays
        came = None
        if not was and not is_late:
            if then is None:
                came = "created"
            elif then[0] == "open":
                came = "pulled_in"
            elif any(
                (stood(talk, day) or [""])[0] == "open"
                for day in (span.date_from + timedelta(days=i) for i in range((last - before).days))
            ):
                came = "reopened"
        if came:
            moves.append((talk, came, now[1]))
        rise = (now[1] or 0) - (then[1] or 0) if then else 0
        if was and not is_late and rise:
            moves.append((talk, "raised" if rise > 0 else "lowered", rise))
        if not stays and (was or came):
            if is_late and then:
                moves.append((talk, "slipped", below_zero(then[1])))
            else:
                moves.append((talk, now[0], below_zero(now[1])))
    return moves, started, ended


def negotiations_bridge(facts: Facts, view: View) -> list[Row]:
    moves, started, ended = moved(facts, view)
    row: Row = {
        "start_value": money(sum(started)),
        "end_value": money(sum(ended)),
        "start_deals": len(started),
        "end_deals": len(ended),
    }
    for movement in ("created", "reopened", "pulled_in", "raised", "lowered", "slipped", "won", "lost", "closed_here"):
        amounts = [abs(amount or 0) for _, kind, amount in moves if kind == movement]
        row[f"{movement}_value" if movement in ("won", "lost") else movement] = money(sum(amounts))
        row[f"{movement}_deals"] = len(amounts)
    return [row]


def negotiations_movements(facts: Facts, view: View) -> list[Row]:
    rows: list[Row] = [
        {
            "negotiation_id": talk.negotiation_id,
            "customer_id": talk.customer,
            "customer": facts.name_of(talk),
            "movement": movement,
            "amount": money(amount),
            "requested_on": talk.requested,
            "expected_close_on": deal_standing(facts, view, talk).expected,
            "slips": talk.slips,
            "closed_on": talk.closed,
        }
        for talk, movement, amount in moved(facts, view)[0]
        if view.flow in (None, movement) and found(view.search, facts.name_of(talk), talk.negotiation_id)
    ]
    name: Callable[[Row], Any] = named if view.sort == "customer" else (lambda row: "")
    rows.sort(
        key=lambda row: (
            name(row),
            falling(None if row["amount"] is None else abs(row["amount"])),
            row["negotiation_id"],
            row["movement"],
        )
    )
    return page(rows, view, "movements")


def visits_lately(facts: Facts, view: View) -> list[Visit]:
    talks = {talk.negotiation_id for talk in asked_lately(facts, view)}
    return [v for v in facts.visits if v.kind == view.places and v.negotiation.negotiation_id in talks]


def negotiations_places(facts: Facts, view: View) -> list[Row]:
    visits = visits_lately(facts, view)
    everybody = {visit.negotiation.negotiation_id for visit in visits}
    rows: list[Row] = []
    for place in {visit.place for visit in visits}:
        here = [visit for visit in visits if visit.place == place]
        talks = {visit.negotiation.negotiation_id: visit.negotiation for visit in here}
        times = Counter(visit.negotiation.negotiation_id for visit in here)
        once = [talk.counts_as for key, talk in talks.items() if times[key] == 1 and talk.counts_as]
        again = [talk.counts_as for key, talk in talks.items() if times[key] > 1 and talk.counts_as]
        days = [visit.days for visit in here if visit.days is not None]
        low, high = wilson(again.count("won"), len(again))
        first = [min(v.number for v in here if v.negotiation.negotiation_id == key) for key in talks]
        rows.append(
            {
                "usual": Fraction(sum(first), len(first)),
                "place": place,
                "deals": len(talks),
                "reached": Fraction(len(talks), len(everybody)),
                "visits": len(here),
                "visits_per_deal": Fraction(len(here), len(talks)),
                "rework_rate": Fraction(sum(visit.is_revisit for visit in here), len(here)),
                "median_days": Fraction(statistics.median(map(Fraction, days))) if days else None,
                "p90_days": quantile(days, Fraction(9, 10)) if days else None,
                "there_now": sum(v.negotiation.outcome is None and v.following is None for v in here),
                "decided_once": len(once),
                "win_rate_once": share_of(once.count("won"), len(once), len(once)),
                "decided_again": len(again),
                "win_rate_again": share_of(again.count("won"), len(again), len(again)),
                "win_rate_again_low": low,
                "win_rate_again_high": high,
            }
        )
    rows.sort(key=lambda row: (float(row["usual"]), row["place"]))
    return [{key: value for key, value in row.items() if key != "usual"} for row in rows]


def negotiations_loops(facts: Facts, view: View) -> list[Row]:
    visits = visits_lately(facts, view)
    talks = {visit.negotiation.negotiation_id: visit.negotiation for visit in visits}
    loops = defaultdict(set)
    for visit in visits:
        if visit.is_back:
            loops[visit.place, visit.following].add(visit.negotiation.negotiation_id)
    rows = []
    for (left, reached), went in loops.items():
        ended = [talks[key].counts_as for key in went if talks[key].counts_as]
        others = [talk.counts_as for key, talk in talks.items() if key not in went and talk.counts_as]
        lost, lost_others = (rate(these.count("lost"), len(these)) for these in (ended, others))
        difference = spread = None
        if lost is not None and lost_others is not None:
            difference = lost - lost_others
            variance = lost * (1 - lost) / len(ended) + lost_others * (1 - lost_others) / len(others)
            spread = Fraction(1.645 * math.sqrt(variance))
        if len(ended) < 20 or len(others) < 20:
            standing = "too_few"
        else:
            assert difference is not None
            assert spread is not None
            standing = "no_difference"
            standing = "lost_more" if difference > spread else "won_more" if difference < -spread else standing
        rows.append(
            {
                "from_place": left,
                "to_place": reached,
                "deals": len(went),
                "decided": len(ended),
                "loss_rate": lost,
                "loss_rate_others": lost_others,
                "difference": difference,
                "difference_low": None if difference is None or spread is None else difference - spread,
                "difference_high": None if difference is None or spread is None else difference + spread,
                "standing": standing,
            }
        )
    rows.sort(
        key=lambda row: (
            row["standing"] == "too_few",
            math.inf if row["difference_low"] is None else -round(float(row["difference_low"]), 12),
            row["from_place"],
            row["to_place"],
        )
    )
    return rows


def negotiations_buying_group(facts: Facts, view: View) -> list[Row]:
    groups = defaultdict(list)
    for talk in asked_lately(facts, view):
        if talk.last_event:
            groups[min(talk.people, 4)].append(talk)
    rows = []
    for people in (1, 2, 3, 4, 0):
        if talks := groups[people]:
            ended = [talk.counts_as for talk in talks if talk.counts_as]
            low, high = wilson(ended.count("won"), len(ended))
            pending = [talk for talk in talks if deal_standing(facts, view, talk).is_open]
            rows.append(
                {
                    "people_class": f"people_{people}" if people else "people_unknown",
                    "deals": len(talks),
                    "open_deals": len(pending),
                    "open_value": money(worth(pending)),
                    "average_roles": Fraction(sum(t.roles for t in talks), len(talks)) if people else None,
                    "decided": len(ended),
                    "win_rate": share_of(ended.count("won"), len(ended), len(ended)),
                    "win_rate_low": low,
                    "win_rate_high": high,
                }
            )
    return rows


def negotiations_observed_since(facts: Facts, view: View) -> list[Row]:
    seen = [
        (max(event["occurred_at"].date(), talk.requested), talk.negotiation_id)
        for talk in facts.negotiations
        for event in talk.events
        if event["event_id"].startswith("observed:")
    ]
    return [{"observed_since": min(seen)[0] if seen else None, "deals": len({talk for _, talk in seen})}]


def negotiations_touches(facts: Facts, view: View) -> list[Row]:
    events = [
        (talk.negotiation_id, event["buying_job"], event["channel"], event.get("contact_id"))
        for talk in asked_lately(facts, view)
        for event in talk.events
        if event.get("buying_job") and event.get("channel")
    ]
    rows = []
    for job in sorted({job for _, job, _, _ in events}):
        here = [event for event in events if event[1] == job]
        shares = Counter(channel for _, _, channel, _ in here)
        people = {(talk, person) for talk, _, _, person in here if person}
        rows.append(
            {
                "place": job,
                "events": len(here),
                "digital": Fraction(shares["digital"], len(here)),
                "in_person": Fraction(shares["personal"], len(here)),
                "by_phone": Fraction(shares["phone"], len(here)),
                "by_email": Fraction(shares["email"], len(here)),
                "people_a_deal": rate(len(people), len({talk for talk, _ in people})),
            }
        )
    return rows


def negotiations_negotiation(facts: Facts, view: View) -> list[Row]:
    rows = []
    for talk in facts.negotiations:
        if talk.negotiation_id == view.negotiation:
            won, stands = facts.wins.get(talk.negotiation_id, {}), deal_standing(facts, view, talk)
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": facts.name_of(talk),
                    "segment": talk.segment,
                    "channel": talk.newest.get("channel"),
                    "source": talk.source,
                    "category": talk.category,
                    "amount": money(talk.amount),
                    "discount_depth": talk.discount,
                    "requested_on": talk.requested,
                    "issued_on": talk.issued,
                    "response_days": talk.response,
                    "expected_close_on": stands.expected,
                    "loaded_close_on": talk.expected,
                    "close_on": stands.set_on,
                    "day_standing": stands.word,
                    "close_decision": stands.decision,
                    "close_standing": stands.close,
                    "close_version": stands.version,
                    "is_past_expected": stands.is_past,
                    "is_overlong": stands.is_overlong,
                    "next_step": next_step(facts, view, talk),
                    "slips": talk.slips,
                    "valid_until": talk.valid,
                    "outcome": talk.outcome,
                    "closed_on": talk.closed,
                    "outcome_reason": talk.newest.get("outcome_reason") if talk.outcome else None,
                    "days_to_close": talk.days,
                    "age_days": (facts.as_of - talk.requested).days,
                    "stage": talk.stage,
                    "revisions": talk.revisions,
                    "people": talk.people,
                    "roles": talk.roles,
                    "is_reopened": talk.is_reopened,
                    **{column: won.get(column) for column in ("win_probability", "won_30_days", "has_signal")},
                    **{column: stands.closes and won.get(column) for column in ("close_from", "close_until")},
                    "closes_on": stands.closes,
                    "reasons": won.get("reasons"),
                }
            )
    return rows


def negotiations_deal_versions(facts: Facts, view: View) -> list[Row]:
    return [
        {
            "quote_id": quote["quote_id"],
            "requested_on": quote["requested_on"],
            "issued_on": quote["issued_on"],
            "amount": money(facts.value_of(quote)),
            "discount_depth": facts._quoted(quote["quote_id"])["discount"],
            "valid_until": quote.get("valid_until"),
            "expected_close_on": quote.get("expected_close_on"),
            "outcome": quote["outcome"],
            "is_current": quote["quote_id"] in talk.heads,
        }
        for talk in facts.negotiations
        if talk.negotiation_id == view.negotiation
        for quote in talk.versions
    ]


def negotiations_deal_people(facts: Facts, view: View) -> list[Row]:
    contacts = {person["contact_id"]: person for person in facts.company.get("contacts", [])}
    rows = []
    for talk in facts.negotiations:
        if talk.negotiation_id == view.negotiation:
            for who in {event["contact_id"] for event in talk.events if event.get("contact_id")}:
                here = [event for event in talk.events if event.get("contact_id") == who]
                rows.append(
                    {
                        "contact_id": who,
                        "contact": contacts.get(who, {}).get("name"),
                        "role": contacts.get(who, {}).get("role"),
                        "events": len(here),
                        "jobs": len({event["buying_job"] for event in here if event.get("buying_job")}),
                        "digital_events": sum(event.get("channel") == "digital" for event in here),
                        "last_event_on": max(max(e["occurred_at"].date(), talk.requested) for e in here),
                    }
                )
    return sorted(rows, key=lambda row: (-row["events"], row["contact_id"]))


def negotiations_path(facts: Facts, view: View) -> list[Row]:
    return [
        {
            "visit": visit.number,
            "place": visit.place,
            "entered_on": visit.entered,
            "left_on": visit.left,
            "days": visit.days,
            "is_revisit": visit.is_revisit,
        }
        for visit in facts.visits
        if visit.negotiation.negotiation_id == view.negotiation and visit.kind == view.places
    ]
