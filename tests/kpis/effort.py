"""Effort against opportunity on the team page."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.facts import Facts, Order, rate, total
from tests.kpis.customers import standings
from tests.kpis.shared import YEAR, Row, View, falling, money, page, team_of


def owned(facts: Facts, rep: str) -> list[str]:
    return [customer for customer, row in facts.customers.items() if row["owner_rep_id"] == rep]


def served(facts: Facts, rep: str) -> int:
    """Segments that make up at least 5 accounts and a twentieth of a book."""
    book = owned(facts, rep)
    by_segment = Counter(facts.customers[customer]["segment"] for customer in book)
    return sum(1 for code, number in by_segment.items() if code and number >= 5 and number * 20 >= len(book))


def segments_of(facts: Facts) -> int:
    return len({row["segment"] for row in facts.customers.values()} - {None})


def stakes(facts: Facts, customers: Iterable[str]) -> tuple[Decimal, Decimal]:
    """What silent accounts will likely lose, and what categories at risk put at stake."""
    loss, risks = Decimal(0), Decimal(0)
    for customer in customers:
        loss += facts.rhythms[customer].likely_loss or 0
        risks += sum((row["at_stake"] for row in facts.risks[customer]), Decimal(0))
    return loss, risks


def team_effort(facts: Facts, view: View) -> list[Row]:
    worth, rows = standings(facts), []
    since = facts.as_of - timedelta(days=90)
    recent = Counter(
        row["customer_id"] for row in facts.company.get("activities", []) if since < row["occurred_on"] <= facts.as_of
    )
    for rep in team_of(facts, view):
        if not (book := owned(facts, rep)):
            continue
        capacity, number = facts.reps[rep].get("capacity"), served(facts, rep)
        loss, risks = stakes(facts, book)
        tail = [customer for customer in book if worth[customer]["tier"] == "long_tail"]
        contacts = sum(recent[customer] for customer in book)
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"],
                "kind": facts.reps[rep].get("kind"),
                "accounts": len(book),
                "capacity": capacity,
                "capacity_use": rate(len(book), capacity),
                "revenue_year": money(sum(worth[customer]["year"] for customer in book)),
                "silent_accounts": sum(facts.rhythms[customer].is_silent for customer in book),
                "likely_loss": loss,
                "at_risk_value": risks,
                "long_tail_accounts": len(tail),
                "long_tail_touched": rate(sum(recent[customer] > 0 for customer in tail), len(tail)),
                "activities": contacts,
                "activities_per_account": Fraction(contacts, len(book)),
                "segments_served": number,
                "serves_all": number == segments_of(facts) > 1,
            }
        )
    return sorted(rows, key=lambda row: (falling(row["capacity_use"]), -row["accounts"], row["rep_id"]))


def team_channel_mix(facts: Facts, view: View) -> list[Row]:
    span, team = view.window(facts), team_of(facts, view)
    orders = [o for o in facts.orders if o.owner in team and (span.now(o.day) or span.base(o.day))]
    now = {
        c: sum(o.revenue for o in orders if (o.channel or "unknown") == c and span.now(o.day)) for c in channels(orders)
    }
    base = {
        c: sum(o.revenue for o in orders if (o.channel or "unknown") == c and span.base(o.day))
        for c in channels(orders)
    }
    rows = []
    for code, revenue in now.items():
        whole, whole_base = sum(now.values()), sum(base.values())
        share = rate(revenue, whole) if whole > 0 else None
        share_base = rate(base[code], whole_base) if whole_base > 0 else None
        rows.append(
            {
                "channel": code,
                "revenue": money(revenue),
                "share": share,
                "revenue_base": money(base[code]),
                "share_base": share_base,
                "share_shift": None if share is None or share_base is None else share - share_base,
                "orders": sum((o.channel or "unknown") == code and span.now(o.day) and not o.is_note for o in orders),
            }
        )
    return sorted(rows, key=lambda row: (-row["revenue"], row["channel"]))


def channels(orders: Iterable[Order]) -> set[str]:
    return {order.channel or "unknown" for order in orders}


STUDENT = {4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def team_all_segments(facts: Facts, view: View) -> list[Row]:
    if segments_of(facts) < 2:
        return []
    worth, year = standings(facts), facts.as_of - YEAR
    measures: dict[str, list[tuple[str, str | None, bool, int]]] = {
        "win_rate": [
            (talk.rep, talk.segment, talk.counts_as == "won", talk.amount or 0)
            for talk in facts.negotiations
            if talk.counts_as and talk.rep and talk.closed and year < talk.closed <= facts.as_of
        ],
        "retention": [
            (row["owner_rep_id"], row["segment"], worth[customer]["year"] > 0, 0)
            for customer, row in facts.customers.items()
            if row["owner_rep_id"] and worth[customer]["base"] > 0
        ],
    }
    rows = []
    for measure, trials in measures.items():
        hits = defaultdict(list)
        for _, segment, hit, _ in trials:
            hits[segment].append(hit)
        usual = {segment: Fraction(sum(known), len(known)) for segment, known in hits.items()}
        sides: dict[bool, list[tuple[Fraction, Fraction, int]]] = {True: [], False: []}
        for rep in team_of(facts, view):
            own = [trial for trial in trials if trial[0] == rep]
            if len(own) >= 5 and owned(facts, rep):
                mean = Fraction(sum(hit for _, _, hit, _ in own), len(own))
                excess = mean - sum((usual[segment] for _, segment, _, _ in own), Fraction(0)) / len(own)
                sides[served(facts, rep) == segments_of(facts)].append((mean, excess, sum(t[3] for t in own)))
        if not any(sides.values()):
            continue
        (everything, fewer), difference, spread = (sides[True], sides[False]), None, None
        if (least := min(len(everything), len(fewer))) >= 5:
            above, below = [e for _, e, _ in everything], [e for _, e, _ in fewer]
            difference = statistics.mean(above) - statistics.mean(below)
            error = math.sqrt(statistics.variance(above) / len(above) + statistics.variance(below) / len(below))
            spread = Fraction(error * STUDENT.get(least - 1, 2.228))
        rows.append(
            {
                "measure": measure,
                "people_all": len(everything),
                "people_fewer": len(fewer),
                "rate_all": statistics.mean(m for m, _, _ in everything) if everything else None,
                "rate_fewer": statistics.mean(m for m, _, _ in fewer) if fewer else None,
                "difference": difference,
                "difference_low": None if difference is None or spread is None else difference - spread,
                "difference_high": None if difference is None or spread is None else difference + spread,
                "decided_value": money(sum(amount for _, _, amount in everything)),
            }
        )
    return rows


def team_moves(facts: Facts, view: View) -> list[Row]:
    worth = standings(facts)
    spoken: dict[str, date] = {}
    for row in facts.company.get("activities", []):
        if row["occurred_on"] <= facts.as_of:
            spoken[row["customer_id"]] = max(row["occurred_on"], spoken.get(row["customer_id"], date.min))
    books = {rep: owned(facts, rep) for rep in team_of(facts, view) if facts.reps[rep].get("capacity") is not None}
    capacity = {rep: facts.reps[rep]["capacity"] for rep in books}

    def least(customer: str) -> tuple[int, date, str]:
        return worth[customer]["year"], spoken.get(customer, date.min), customer

    def mostly(rep: str, name: str) -> str | None:
        known = Counter(facts.customers[customer].get(name) for customer in books[rep])
        known.pop(None, None)
        return min(known, key=lambda code: (-known[code], code), default=None)

    wishes = sorted(
        (c for rep, book in books.items() for c in sorted(book, key=least)[: max(0, len(book) - capacity[rep])]),
        key=least,
    )
    wishes = [customer for customer in wishes if facts.customers[customer]["segment"]]
    room = [rep for rep, book in books.items() if book and len(book) < capacity[rep] and mostly(rep, "segment")]
    free: dict[tuple[Any, Any], list[tuple[int, int, str]]] = defaultdict(list)
    for rep in room:
        for place in range(capacity[rep] - len(books[rep])):
            free[mostly(rep, "segment"), mostly(rep, "region")].append((place, len(books[rep]) - capacity[rep], rep))
    near = {cell: [rep for *_, rep in sorted(places)] for cell, places in free.items()}
    taken: Counter[tuple[Any, Any]] = Counter()
    given: dict[str, str] = {}
    for customer in wishes:
        cell = facts.customers[customer]["segment"], facts.customers[customer].get("region")
        if None not in cell and taken[cell] < len(near.get(cell, [])):
            given[customer] = near[cell][taken[cell]]
            taken[cell] += 1
    left: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for cell, reps in near.items():
        left[cell[0]] += [(number, rep) for number, rep in enumerate(reps, 1) if number > taken[cell]]
    for segment, places in left.items():
        waiting = [c for c in wishes if c not in given and facts.customers[c]["segment"] == segment]
        given |= {customer: rep for customer, (_, rep) in zip(waiting, sorted(places), strict=False)}
    rows = []
    for customer, to in given.items():
        account, giver = facts.customers[customer], facts.customers[customer]["owner_rep_id"]
        away = sum(facts.customers[c]["owner_rep_id"] == giver for c in given)
        more = sum(rep == to for rep in given.values())
        silent = customer not in spoken or spoken[customer] <= facts.as_of - timedelta(days=90)
        rows.append(
            {
                "customer_id": customer,
                "customer": account["name"],
                "segment": account["segment"],
                "region": account.get("region"),
                "from_rep": facts.reps[giver]["name"],
                "to_rep": facts.reps[to]["name"],
                "move_reason": "no_revenue"
                if worth[customer]["year"] <= 0
                else "silent_90"
                if silent
                else "lowest_worth",
                "revenue_year": money(worth[customer]["year"]),
                "last_contact_on": spoken.get(customer),
                "is_same_region": account.get("region") == mostly(to, "region"),
                "from_accounts": len(books[giver]),
                "from_accounts_after": len(books[giver]) - away,
                "from_use_after": rate(len(books[giver]) - away, capacity[giver]),
                "to_accounts": len(books[to]),
                "to_accounts_after": len(books[to]) + more,
                "to_use_after": rate(len(books[to]) + more, capacity[to]),
            }
        )
    rows = [row for row in rows if (view.search or "").lower() in row["customer"].lower()]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "last_contact_on": lambda row: row["last_contact_on"] or date.min,
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: 0)
    rows.sort(key=lambda row: (by(row), row["revenue_year"], row["customer_id"]))
    return page(rows, view, "moves")


def team_targets(facts: Facts, view: View) -> list[Row]:
    def target(rep: str, month: int) -> Decimal | None:
        return total(
            row["target"]
            for row in facts.company["quotas"]
            if (row["rep_id"], row["metric"]) == (rep, view.metric)
            and (row["month"].year, row["month"].month) == (facts.as_of.year, month)
        )

    rows = [
        {"rep_id": rep, "rep": facts.reps[rep]["name"], "team": facts.reps[rep]["team"]}
        | {f"target_{month:02}": target(rep, month) for month in range(1, 13)}
        for rep in team_of(facts, view)
    ]
    return sorted(rows, key=lambda row: (row["team"] is None, row["team"] or "", row["rep"], row["rep_id"]))
