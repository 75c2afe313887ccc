"""Figures of the team page: attainment, what is closed, one person. They are kept by month, too."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.facts import Facts, Negotiation, Order, chosen, known, rate, sums, total, worth, years_before
from tests.kpis.close import deal_standing
from tests.kpis.shared import (
    YEAR,
    Nearest,
    Row,
    View,
    average,
    falling,
    median_survival,
    memberships,
    money,
    months_before,
    rising,
    team_of,
)


def month_quotas(
    facts: Facts, view: View, rep: str, team: str | None, metric: str = "revenue"
) -> dict[date, tuple[int, int | None]]:
    """In cents, by month of the period: the quota of somebody in a team, and that to date.

    Of a month in several teams each takes its working days, of the as-of month to date those that have passed.
    """
    span, this_month = view.window(facts), facts.as_of.replace(day=1)
    targets: Counter[date] = Counter()
    for row in facts.company["quotas"]:
        month = row["month"].replace(day=1)
        if (
            row["rep_id"] == rep
            and row["metric"] == metric
            and span.date_from.replace(day=1) <= month <= span.period_to
        ):
            targets[month] += int(row["target"] * 100)
    quotas: dict[date, tuple[int, int | None]] = {}
    first_month, last_month = (day.replace(day=1) for day in known_days(facts))
    known_to = date.max if metric == "won_value" else facts.rep_ends.get(rep, date.max)
    for month, target in targets.items():
        days = [month + timedelta(days=number) for number in range((months_after(month, 1) - month).days)]
        days = [day for day in days if day.weekday() < 5] if first_month <= month <= last_month else days[:1]
        if not any(facts.team_on(rep, day) == team for day in days):
            continue
        shares = [0, 0]
        for number, day in enumerate(days):
            part = nearest(target * (number + 1), len(days)) - nearest(target * number, len(days))
            if facts.team_on(rep, day) == team:
                shares[0] += part
                shares[1] += part if day <= known_to and (month < this_month or day <= facts.as_of) else 0
        quotas[month] = (shares[0], shares[1] if month <= this_month else None)
    return quotas


def known_days(facts: Facts) -> tuple[date, date]:
    """The first and the last day that any document bears, the as-of day among them."""
    known = [order.day for order in facts.orders] + [facts.as_of]
    known += [quote["requested_on"] for talk in facts.negotiations for quote in talk.versions]
    known += [quote["closed_on"] for talk in facts.negotiations for quote in talk.versions if quote["closed_on"]]
    known += [event["occurred_at"].date() for event in facts.company["quote_events"]]
    return min(known), max(known)


def nearest(whole: int, parts: int) -> int:
    """The quotient to the nearest whole number, halves up."""
    return (2 * whole + parts) // (2 * parts)


def quota_to_date(facts: Facts, view: View, rep: str, team: str | None) -> int | None:
    return total(passed for _, passed in month_quotas(facts, view, rep, team).values())


def credited(facts: Facts, rep: str, holds: Callable[[date], bool]) -> tuple[list[Order], list[Negotiation], int]:
    """A rep's orders, the deals won and the number lost."""
    own = [talk for talk in facts.negotiations if talk.rep == rep and talk.counts_as]
    decided = [talk for talk in own if talk.closed and holds(talk.closed)]
    won = [talk for talk in decided if talk.counts_as == "won"]
    return [o for o in facts.orders if o.credited == rep and holds(o.day)], won, len(decided) - len(won)


def team_kpis(facts: Facts, view: View) -> list[Row]:
    span, people = view.window(facts), [each for each in memberships(facts, view) if chosen(view.rep)(each[0])]
    row: Row = {}
    with_quota = 0
    for suffix, holds in (("", span.now_by_month), ("_base", span.base_by_month)):
        won: list[Negotiation] = []
        revenue = lost = 0
        for rep, team in people:

            def then(day: date, rep: str = rep, team: str | None = team, holds: Any = holds) -> bool:
                return holds(day) and facts.team_on(rep, day) == team

            orders, deals, number_lost = credited(facts, rep, then)
            revenue += sum(order.revenue for order in orders)
            won, lost = won + deals, lost + number_lost
            if not suffix and quota_to_date(facts, view, rep, team):
                with_quota += sum(order.revenue for order in orders)
        row |= {
            f"revenue{suffix}": money(revenue),
            f"won_value{suffix}": money(worth(won)),
            f"win_rate{suffix}": rate(len(won), len(won) + lost),
            f"average_won{suffix}": average(won),
        }
        if not suffix:
            row |= {"won": len(won), "lost": lost}
    quota = total(quota_to_date(facts, view, *each) for each in people)
    return [row | {"quota_to_date": money(quota), "attainment": rate(with_quota, quota)}]


def month_credits(facts: Facts, view: View, rep: str, team: str | None, metric: str) -> dict[date, int | None]:
    """In cents, by month with any order or decision; a margin is unknown where none of its lines has a cost."""
    holds = view.window(facts).now_by_month
    found: dict[date, list[int | None]] = defaultdict(list)
    for order in facts.orders:
        if order.credited == rep and holds(order.day) and facts.team_on(rep, order.day) == team:
            value = {"revenue": order.revenue, "margin": sums(order.lines).margin}.get(metric, 0)
            found[order.day.replace(day=1)].append(value)
    for talk in facts.negotiations:
        if (talk.rep, talk.team) == (rep, team) and talk.outcome and talk.closed and holds(talk.closed):
            won = (talk.amount or 0) if metric == "won_value" and talk.outcome == "won" else 0
            found[talk.closed.replace(day=1)].append(None if metric == "margin" else won)
    return {month: total(values) for month, values in found.items()}


def month_dues(facts: Facts, view: View, rep: str, team: str | None) -> list[tuple[date, int | None, float | None]]:
    """Open quotes due by the end of the period: month, cents, and cents times the probability to be won."""
    dues = []
    for talk in facts.negotiations:
        stands = deal_standing(facts, view, talk)
        due = stands.closes if stands.is_past else stands.expected or stands.closes
        is_due = stands.is_open and due and due <= view.window(facts).period_to
        if is_due and due and (talk.rep, talk.team) == (rep, team):
            chance = facts.wins.get(talk.negotiation_id, {}).get("win_probability")
            likely = None if chance is None or talk.amount is None else talk.amount * chance
            dues.append((max(due, facts.as_of).replace(day=1), talk.amount, likely))
    return dues


def without_quotes(facts: Facts, rep: str) -> dict[date, int]:
    """In cents, by forecast month: what is expected beyond what is booked, less the share that is won by quote."""
    this_month = facts.as_of.replace(day=1)
    year = months_after(this_month, -11)
    orders, won, _ = credited(facts, rep, lambda day: day >= year)
    revenue = sum(order.revenue for order in orders)
    share = 1 - min(max(Fraction(worth(won), revenue), Fraction(0)), Fraction(1)) if revenue else Fraction(1)
    booked = sum(order.revenue for order in orders if order.day.replace(day=1) == this_month)
    expected = {}
    for month in forecast_months(facts):
        told = sum(
            int(row["p50"] * 100)
            for row in facts.forecasts
            if (row["level"], row["rep_id"], row["period_start"]) == ("rep", rep, month)
        )
        left = max(told - (booked if month <= facts.as_of else 0), 0)
        expected[month] = math.floor(left * share + Fraction(1, 2))
    return expected


def forecast_months(facts: Facts) -> list[date]:
    return sorted(row["period_start"] for row in facts.forecasts if row["level"] == "company")


def team_attainment(facts: Facts, view: View) -> list[Row]:
    by, metric, this_month = view.by or "by_rep", view.metric, facts.as_of.replace(day=1)
    is_dated = by in ("by_month", "by_quarter")
    last_month = view.window(facts).period_to.replace(day=1)

    def first_of(month: date) -> date:
        return month.replace(month=(month.month - 1) // 3 * 3 + 1) if by == "by_quarter" else month

    groups: dict[tuple[Any, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    # In each group, person by person: what is lacking to the quota, and what is to come for it.
    lacking: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    coming: dict[tuple[Any, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    likely: dict[tuple[Any, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for rep, team in memberships(facts, view):
        if not chosen(view.rep)(rep):
            continue
        quotas = month_quotas(facts, view, rep, team, metric)
        is_measured = bool(total(passed for _, passed in quotas.values()))
        has_quota = any(target for target, _ in quotas.values())

        def key_of(month: date, rep: str = rep, team: str | None = team) -> tuple[Any, ...]:
            return (first_of(month),) if is_dated else (rep, facts.reps[rep]["team"]) if by == "by_rep" else (team,)

        if not is_dated and team == facts.reps[rep]["team"]:
            groups[key_of(this_month)]["credits"] += []
        for month, reached in month_credits(facts, view, rep, team, metric).items():
            group = groups[key_of(month)]
            group["credits"].append(reached)
            group["measured"] += [reached] * is_measured
            lacking[key_of(month)][rep] -= (reached or 0) * has_quota
        for month, (target, passed) in quotas.items():
            group = groups[key_of(month)]
            group["quota"].append(target)
            group["to_date"].append(passed)
            group["ended"] += [rep] * (metric != "won_value" and rep in facts.rep_ends)
            lacking[key_of(month)][rep] += target * has_quota
        for month, amount, chance in month_dues(facts, view, rep, team):
            groups[key_of(month)]["due"].append(amount)
            likely[key_of(month)][rep] += [chance] * has_quota
        if team == facts.reps[rep]["team"] and metric == "revenue":
            for month, amount in without_quotes(facts, rep).items():
                if month <= last_month:
                    groups[key_of(month)]["coming"].append(amount)
                    coming[key_of(month)][rep] += [amount] * has_quota
    rows = []
    for key, found in groups.items():
        begins: date | None = key[0] if is_dated else None
        to_date, quota = total(found["to_date"]), total(found["quota"])
        measured = total(found["measured"]) if found["measured"] else 0
        is_over = begins is not None and begins < first_of(this_month)
        is_known = bool(quota) and not is_over and not found["ended"]
        ends = last_month if begins is None else begins if by == "by_month" else months_after(begins, 2)
        months = forecast_months(facts)
        is_forecast = metric == "revenue" and bool(months) and min(ends, last_month) <= months[-1]
        short = [rep for rep, cents in lacking[key].items() if cents > 0]
        shortfall = sum(lacking[key][rep] for rep in short)
        beyond = sum(max(-cents, 0) for cents in lacking[key].values())
        expected = sum(total(coming[key][rep]) or 0 for rep in short)
        chances = Fraction(sum(Fraction(total(likely[key][rep]) or 0) for rep in short))
        left = sum(
            max(
                lacking[key][rep] - (total(coming[key][rep]) or 0) - Fraction(total(likely[key][rep]) or 0), Fraction(0)
            )
            for rep in short
        )
        has_come = begins is None or begins <= this_month
        covers = is_known and shortfall and (is_forecast or metric == "won_value")
        rows.append(
            {
                "rep_id": key[0] if by == "by_rep" else None,
                "rep": facts.reps[key[0]]["name"] if by == "by_rep" else None,
                "team": key[-1] if not is_dated else None,
                "month": begins,
                "quarter": f"{begins.year} Q{begins.month // 3 + 1}" if begins and by == "by_quarter" else None,
                "credited": money(total(found["credits"]) if found["credits"] else 0 if has_come else None),
                "quota_to_date": money(to_date),
                "attainment": rate(measured, to_date),
                "quota": money(quota),
                "needed": money(max(shortfall - beyond, 0)) if is_known else None,
                "shortfall": money(shortfall) if is_known else None,
                "short_people": len(short) if is_known else None,
                "beyond_quota": money(beyond) if is_known else None,
                "orders_to_come": money(expected) if is_known and is_forecast else None,
                "due_quotes": len(found["due"]),
                "due_value": money(total(found["due"]) or 0),
                "due_likely": Nearest(chances) if is_known and metric != "margin" else None,
                "quota_covered": (expected * is_forecast + chances) / shortfall if covers else None,
                "uncovered": Nearest(Fraction(left)) if is_known and is_forecast else None,
            }
        )
    return sorted(
        rows,
        key=lambda row: (
            rising(row["month"] and row["month"].toordinal()),
            falling(row["uncovered"] and math.floor(row["uncovered"].cents + Fraction(1, 2))),
            falling(row["credited"]),
            row["rep_id"] or "",
            row["team"] is None,
            row["team"] or "",
        ),
    )


def peer_win_rate(facts: Facts) -> tuple[Fraction, Fraction] | None:
    """How often all people win what was decided in the last 365 days, and as how many decisions it counts."""
    decided: dict[str, list[bool]] = defaultdict(list)
    for talk in facts.negotiations:
        if talk.rep and talk.counts_as and talk.closed and facts.as_of - YEAR < talk.closed <= facts.as_of:
            decided[talk.rep].append(talk.counts_as == "won")
    people = len(decided)
    if people < 5:
        return None
    number = sum(map(len, decided.values()))
    share = Fraction(sum(map(sum, decided.values())), number)
    chance = share * (1 - share)
    seen = sum(len(own) * (Fraction(sum(own), len(own)) - share) ** 2 for own in decided.values())
    beyond = seen - chance * (people - 1)
    at_most = chance * (sum(len(own) * (1 - Fraction(len(own), number)) for own in decided.values()) - (people - 1))
    if beyond <= 0 or at_most <= 0:
        return share, Fraction(1000)
    return share, min(max((at_most - beyond) / beyond, Fraction(1)), Fraction(1000))


def usual_depths(facts: Facts) -> dict[tuple[str | None, str | None], Fraction]:
    """Mean discounts of the last 365 days by segment and category, of five people at least."""
    cells: dict[tuple[str | None, str | None], list[Negotiation]] = defaultdict(list)
    for talk in facts.negotiations:
        is_recent = talk.outcome and talk.closed and facts.as_of - YEAR < talk.closed <= facts.as_of
        if is_recent and talk.discount is not None and talk.segment and talk.category:
            cells[talk.segment, talk.category].append(talk)
    return {
        cell: mean(talk.discount for talk in talks)
        for cell, talks in cells.items()
        if len({talk.rep for talk in talks if talk.rep}) >= 5
    }


def mean(values: Iterable[Any]) -> Any:
    known = [Fraction(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def middle(values: Iterable[Any]) -> Any:
    known = [Fraction(value) for value in values if value is not None]
    return statistics.median(known) if known else None


def likely_share(
    won: int, lost: int, peers: tuple[Fraction, Fraction] | None
) -> tuple[Fraction, Fraction, Fraction | None, Fraction | None]:
    """The company's rate, a person's drawn towards it, and its interval."""
    share, weight = peers or (Fraction(1, 2), Fraction(1))
    for_winning, for_losing = share * weight + won, (1 - share) * weight + lost
    likely = for_winning / (for_winning + for_losing)
    if not for_winning or not for_losing:
        return share, likely, None, None
    odds, reach = math.log(for_winning / for_losing), 1.645 * math.sqrt(1 / for_winning + 1 / for_losing)
    low, high = (Fraction(1 / (1 + math.exp(-odds + side * reach))) for side in (1, -1))
    return share, likely, low, high


def looked_after(facts: Facts, rep: str) -> Row:
    accounts = Counter(row["segment"] for row in facts.customers.values() if row["owner_rep_id"] == rep)
    largest = min(accounts, key=lambda segment: (-accounts[segment], segment is None, segment or ""), default=None)
    orders, _, _ = credited(facts, rep, lambda day: True)
    days = [order.day for order in orders]
    days += [talk.closed for talk in facts.negotiations if talk.rep == rep and talk.outcome and talk.closed]
    return {
        "accounts": accounts.total(),
        "main_segment": largest,
        "main_segment_share": rate(accounts[largest], accounts.total()),
        "known_since": min(days).replace(day=1) if days else None,
    }


def team_closing(facts: Facts, view: View) -> list[Row]:
    span, peers, usual = view.window(facts), peer_win_rate(facts), usual_depths(facts)
    rows = []
    for rep, row in facts.reps.items():
        own = [talk for talk in facts.negotiations if talk.rep == rep and chosen(view.team)(talk.team)]
        decided = [talk for talk in own if talk.outcome and talk.closed and span.now(talk.closed)]
        asked = [talk for talk in own if span.now(talk.requested)]
        book = looked_after(facts, rep)
        if not decided and not asked and not (book["accounts"] and chosen(view.team)(row["team"])):
            continue
        deals = [talk for talk in decided if talk.counts_as == "won"]
        won, lost = len(deals), sum(talk.counts_as == "lost" for talk in decided)
        share, likely, low, high = likely_share(won, lost, peers)
        like_others = [talk for talk in decided if (talk.segment, talk.category) in usual and talk.discount is not None]
        recent = [talk for talk in own if talk.requested > years_before(facts.as_of, 1)]
        closed = [max(talk.days, 0) for talk in recent if talk.is_timed and talk.days is not None]
        still_open = [max((facts.as_of - talk.requested).days, 0) for talk in recent if talk.outcome is None]
        standing = "ahead" if low and low > share else "behind" if high and high < share else "cannot_tell"
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"],
                "team": facts.reps[rep]["team"],
                "kind": facts.reps[rep].get("kind"),
                "won": won,
                "lost": lost,
                "win_rate": rate(won, won + lost) if won + lost >= 5 else None,
                "win_rate_likely": likely,
                "win_rate_low": low,
                "win_rate_high": high,
                "standing": "too_few" if won + lost < 5 else standing,
                "won_value": money(worth(deals)),
                "average_won": average(deals),
                "median_won": Nearest(middle(known(deals))) if known(deals) else None,
                "median_days_to_close": median_survival(closed, still_open),
                "response_days": middle(talk.response for talk in asked),
                "discount_depth": mean(talk.discount for talk in like_others),
                "usual_depth": mean(usual[talk.segment, talk.category] for talk in like_others),
                **book,
            }
        )
    return sorted(rows, key=lambda row: (row["won"] + row["lost"] < 5, falling(row["win_rate_low"]), row["rep_id"]))


MEASURES = ("revenue", "margin_rate", "win_rate", "average_won", "response_days", "discount_depth")


def peer_groups(facts: Facts) -> dict[str, list[str]]:
    """The groups each person with accounts is in, the narrowest first, of six people at least."""
    owned = Counter(row["owner_rep_id"] for row in facts.customers.values())
    kinds = {rep: row.get("kind") or "unknown" for rep, row in facts.reps.items() if owned[rep]}
    halves = {kind: statistics.median(owned[rep] for rep in kinds if kinds[rep] == kind) for kind in kinds.values()}
    groups = {
        rep: [f"{kind}_{'larger' if owned[rep] > halves[kind] else 'smaller'}", f"{kind}_any", "everybody"]
        for rep, kind in kinds.items()
    }
    people = Counter(group for those in groups.values() for group in those)
    return {rep: [group for group in those if people[group] >= 6] for rep, those in groups.items()}


def span_figures(facts: Facts, rep: str, first: date, last: date) -> Row:
    """What a person did from the first to the last day, in cents, rates and days."""
    orders, won, lost = credited(facts, rep, lambda day: first <= day <= last)
    own = [talk for talk in facts.negotiations if talk.rep == rep]
    gave = [talk.discount for talk in own if talk.outcome and talk.closed and first <= talk.closed <= last]
    answers = [talk.response for talk in own if first <= talk.requested <= last]
    decided = len(won) + lost

    def of_five(values: list[Any], result: Callable[[list[Any]], Any]) -> Any:
        known = [value for value in values if value is not None]
        return result(known) if len(known) >= 5 else None

    return {
        "decided": decided,
        "revenue": Fraction(sum(order.revenue for order in orders)),
        "margin_rate": sums(line for order in orders for line in order.lines).margin_rate,
        "win_rate": rate(len(won), decided) if decided >= 5 else None,
        "average_won": of_five([talk.amount for talk in won], mean),
        "response_days": of_five(answers, middle),
        "discount_depth": of_five(gave, mean),
    }


def told_figures(facts: Facts, rep: str, first: date, last: date) -> Row:
    """Figures of a span; revenue of one that was not loaded in full is unknown, but for the last 365 days."""
    figures = span_figures(facts, rep, first, last)
    end = facts.rep_ends.get(rep)
    is_year = last - first > timedelta(days=300)
    if is_year and last == facts.as_of:
        return figures
    is_cut = end is not None and (is_year or end < last)
    return figures | {"revenue": None} if is_cut or not facts.is_loaded(first) else figures


def beside_peers(facts: Facts, rep: str, first: date, last: date, base_first: date, base_last: date | None) -> Row:
    """A person's figures in a span, in another, and the median of its group with the spread around it."""
    own = told_figures(facts, rep, first, last)
    base = told_figures(facts, rep, base_first, base_last) if base_last else {}
    groups = peer_groups(facts)
    mine = next(iter(groups.get(rep, ())), None)
    others = [told_figures(facts, peer, first, last) for peer, those in groups.items() if mine in those]
    row: Row = {"decided": own["decided"]}
    for column in MEASURES:
        known = [figures[column] for figures in others if figures[column] is not None]
        median = middle(known) if len(known) >= 6 else None
        spread = None if median is None else middle(abs(figure - median) for figure in known)
        row |= {
            column: own[column],
            f"{column}_base": base.get(column),
            f"{column}_peers": median,
            f"{column}_spread": spread,
        }
    for name, amount in row.items():
        if name.startswith(("revenue", "average_won")) and amount is not None:
            row[name] = Nearest(amount, Fraction(3, 2))  # rounded up to three times, own, median and distance
    return row


def has_figures(facts: Facts, rep: str | None) -> bool:
    if rep is None or rep not in facts.reps:
        return False
    book = looked_after(facts, rep)
    return bool(book["accounts"] or book["known_since"])


def team_coaching(facts: Facts, view: View) -> list[Row]:
    rep = view.rep
    if rep is None or not has_figures(facts, rep):
        return []
    last, days = facts.as_of, timedelta(days=1)
    first = last - YEAR + days
    groups = peer_groups(facts)
    mine = next(iter(groups.get(rep, ())), None)
    return [
        {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"],
            "team": facts.reps[rep]["team"],
            "kind": facts.reps[rep].get("kind"),
            **looked_after(facts, rep),
            "peer_group": mine,
            "peers": sum(mine in those for those in groups.values()) - 1 if mine else None,
            **beside_peers(facts, rep, first, last, first - YEAR, first - days),
        }
    ]


def team_coaching_accounts(facts: Facts, view: View) -> list[Row]:
    """The five accounts that fell most, the five that rose most, and what is left to the person's revenue."""
    span = view.window(facts)
    now: Counter[str | None] = Counter()
    base: Counter[str | None] = Counter()
    for order in facts.orders:
        if view.rep is not None and order.credited == view.rep:
            now[order.customer] += order.revenue if span.now_by_month(order.day) else 0
            base[order.customer] += order.revenue if span.base_by_month(order.day) else 0
    change = {account: now[account] - base[account] for account in now if account is not None}
    fallen = sorted((cents, account) for account, cents in change.items() if cents < 0)[:5]
    risen = sorted((-cents, account) for account, cents in change.items() if cents > 0)[:5]
    shown = sorted((abs(cents), account) for cents, account in fallen + risen)
    shown.sort(key=lambda each: (-each[0], each[1]))
    accounts = [account for _, account in shown]
    rows = [(account, facts.customers[account]["name"], now[account], base[account]) for account in accounts]
    others = (now.total() - sum(row[2] for row in rows), base.total() - sum(row[3] for row in rows))
    return [
        {
            "customer_id": account,
            "customer": name,
            "revenue": money(revenue),
            "revenue_base": money(before),
            "change": money(revenue - before),
        }
        for account, name, revenue, before in [*rows, (None, None, *others)]
        if revenue or before
    ]


def team_coaching_quarters(facts: Facts, view: View) -> list[Row]:
    rep = view.rep
    if rep is None or not has_figures(facts, rep):
        return []
    first = known_days(facts)[0].replace(day=1)
    earliest = months_before(facts.as_of, 39)[0]
    starts = [date(year, month, 1) for year in range(earliest.year, facts.as_of.year + 1) for month in (1, 4, 7, 10)]
    rows = []
    for start in starts:
        last = months_after(start, 3) - timedelta(days=1)
        if not (max(first, earliest) <= start and last <= facts.as_of):
            continue
        before = months_after(start, -12)
        base_last = months_after(before, 3) - timedelta(days=1) if max(first, earliest) <= before else None
        row = beside_peers(facts, rep, start, last, before, base_last)
        row = {name: value for name, value in row.items() if not name.endswith("_spread")}
        rows.append({"quarter": f"{start.year} Q{start.month // 3 + 1}", "starts_on": start, **row})
    return rows[-8:]


def months_after(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def team_stages(facts: Facts, view: View) -> list[Row]:
    amounts = defaultdict(list)
    for talk in facts.negotiations:
        if deal_standing(facts, view, talk).is_open and talk.rep in team_of(facts, view):
            amounts[talk.rep, talk.stage].append(talk.amount)
    rows = [
        {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"],
            "stage": stage,
            "negotiations": len(these),
            "amount": money(total(these)),
        }
        for (rep, stage), these in amounts.items()
    ]
    return sorted(rows, key=lambda row: (row["rep"], row["rep_id"], row["stage"] is None, row["stage"] or ""))
