"""The sentences about what turns quotes into orders: each made from a result, safe to show as Markdown."""

from datetime import date

from data.warehouse.access import Result
from presentation import labels
from presentation.format import SMALLEST_BASE, change, literal, money, value
from presentation.format import span as days_between
from presentation.words import plural, text

_ENDS = {"estimate": "", "low": "_low", "high": "_high"}  # of an estimate and its interval
_SOON = 30  # days


def conversion(figures: Result) -> str:
    """How many quotes become orders, and what is open."""
    row = figures.one()
    return plural(
        "{conversion} of quotes become orders; {number} open negotiation is worth {worth}",
        "{conversion} of quotes become orders; {number} open negotiations are worth {worth}",
        row["open_negotiations"],
        conversion=value(row["conversion"], "ratio"),
        number=value(row["open_negotiations"], "count"),
        worth=money(figures, row["open_value"]),
    )


def maturity(figures: Result) -> str:
    """Which quotes the conversion counts, and how many were decided."""
    row = figures.one()
    return text(
        "Conversion counts {issued} quotes issued {span}: nine of ten orders follow within {days}. "
        "{won} won, {lost} lost.",
        issued=value(row["issued"], "count"),
        span=days_between(row["cohort_from"], row["cohort_to"]),
        days=value(row["maturity_days"], "days"),
        won=value(row["won"], "count"),
        lost=value(row["lost"], "count"),
    )


def ordered(cohorts: Result) -> str:
    """How many quotes of the mature months became orders, by count and by value."""
    rows = cohorts.rows()
    quoted, ordered = (sum(row[name] for row in rows) for name in ("quoted", "ordered"))
    worth, worth_ordered = (float(sum(row[f"{name}_value"] for row in rows)) for name in ("quoted", "ordered"))
    counts = {"ordered": value(ordered, "count"), "quoted": value(quoted, "count")}
    if quoted < SMALLEST_BASE or not worth:
        return text("{ordered} of {quoted} quotes became orders", **counts)
    return text(
        "{ordered} of {quoted} quotes became orders: {share} of them, {worth} of their value",
        share=value(ordered / quoted, "ratio"),
        worth=value(worth_ordered / worth, "ratio"),
        **counts,
    )


def mature_months(cohorts: Result) -> str:
    """What the months stand for, how many requests they hold, and what makes a month mature."""
    rows = cohorts.rows()
    return text(
        "By month of request, {requests} requests in all, intervals hold nine of ten. A month is shown {days} after "
        "its end: nine of ten orders follow within that time.",
        requests=value(sum(row["requests"] for row in rows), "count"),
        days=value(rows[0]["maturity_days"], "days"),
    )


def mature_requests(groups: Result) -> str:
    """Which requests the conversion of the groups counts, and what else the win rate counts."""
    row = groups.rows()[0]
    return text(
        "Conversion counts requests of {span}: nine of ten orders follow within {days}. Win rate counts decisions of "
        "the period. Ahead and behind are said only where intervals do not overlap.",
        span=days_between(row["cohort_from"], row["cohort_to"]),
        days=value(row["maturity_days"], "days"),
    )


def waits(responses: Result) -> str:
    """After which waits for an answer deals were won more or less often than after all others."""
    if all(row["standing"] == "too_few" for row in responses.rows()):
        return text("Too few deals were decided to compare waits.")
    named = {
        standing: ", ".join(labels.code(row["response"]) for row in responses.rows() if row["standing"] == standing)
        for standing in ("ahead", "behind")
    }
    said = [text("Won more often than after all other waits: {waits}.", waits=named["ahead"])] if named["ahead"] else []
    said += [text("Won less often than after all others: {waits}.", waits=named["behind"])] if named["behind"] else []
    said = said or [text("No wait stands out from the others beyond chance.")]
    return " ".join([*said, text("An association: harder requests may wait longer.")])


def decided(incidence: Result) -> str:
    """What became of requests within 30 days, or as far as they could be watched."""
    rows = incidence.rows()
    row = ([row for row in rows if row["days"] <= _SOON] or rows[:1])[-1]
    days = _SOON if row["days"] <= _SOON < rows[-1]["days"] else row["days"]
    return text(
        "Within {days} of the request {won} are won and {lost} lost, {open} are still open",
        days=value(days, "days"),
        won=value(row["won_share"], "ratio"),
        lost=value(row["lost_share"], "ratio"),
        open=value(row["open_share"], "ratio"),
    )


def stuck(found: Result) -> str:
    """How many open deals are in their stage for longer than nine of ten stays, and their worth."""
    if not len(found):
        return text("Stuck deals")
    row = found.rows()[0]
    return plural(
        "{number} open deal worth {money} is in its stage for longer than nine of ten stays there",
        "{number} open deals worth {money} are in their stage for longer than nine of ten stays there",
        row["stuck"],
        number=value(row["stuck"], "count"),
        money=money(found, row["stuck_value"]),
    )


def reasons(found: Result, outcome: str) -> str:
    """The most frequent reason of one outcome; none is named that chance could have put first."""
    named = [row for row in found.rows() if row["outcome_reason"] != "no_reason" and row["share"] is not None]
    ranked = sorted(named, key=lambda row: (-row["decided"], row["outcome_reason"]))[:2]
    if not ranked:
        return text("Too few decisions with a reason to tell why")
    first, number = ranked[0], value(ranked[0]["alike"], "count")
    said = {
        "reason": literal(labels.code(first["outcome_reason"])),
        "share": value(first["share"], "ratio"),
        "low": value(first["share_low"], "ratio"),
        "high": value(first["share_high"], "ratio"),
        "number": number,
    }
    if len(ranked) == 2 and first["share_low"] <= ranked[1]["share_high"]:
        second = literal(labels.code(ranked[1]["outcome_reason"]))
        if outcome == "won":
            return text(
                "No reason of the {number} won stands out: {reason} {share}, {second} near it", second=second, **said
            )
        return text(
            "No reason of the {number} lost stands out: {reason} {share}, {second} near it", second=second, **said
        )
    if outcome == "won":
        return text("Won most often for: {reason}, {share} of {number} ({low}–{high})", **said)
    return text("Lost most often for: {reason}, {share} of {number} ({low}–{high})", **said)


def discount_response(found: Result) -> str:
    """How the odds of winning go with ten points more discount, or that it cannot be told."""
    row = found.one()
    if row["standing"] == "too_few":
        return text("Too few decisions to tell how winning goes with the discount")
    said = {name: value(row[f"odds_ratio{end}"], "factor") for name, end in _ENDS.items()}
    if row["standing"] == "cannot_tell":
        return text(
            "Whether winning goes with the discount cannot be told: odds {estimate} for ten points ({low}–{high})",
            **said,
        )
    return text("Ten points more discount go with {estimate} the odds of winning ({low}–{high})", **said)


def programme(found: Result, since: date) -> str:
    """How the segment of a change fared since, against the others."""
    row = found.rows()[0]
    if not row["is_changed"] or row["standing"] == "too_few":
        return text(
            "Too few requests before or since {day} to compare the segment with the others", day=value(since, "date")
        )
    said = {
        "segment": literal(labels.code(row["segment"])),
        "day": value(since, "date"),
        **{name: change(row[f"difference{end}"], 0, "ratio") for name, end in _ENDS.items()},
    }
    if row["standing"] == "cannot_tell":
        return text(
            "{segment} since {day}: no difference to the others beyond chance, {estimate} ({low} to {high})", **said
        )
    return text("{segment} since {day}: {estimate} against the others ({low} to {high})", **said)


def programme_reach(found: Result) -> str:
    """Which requests are compared, and from what age on they count."""
    row = found.rows()[0]
    return text(
        "Requests of the six months before, and until {until}: only those at least {days} old, of which nine of ten "
        "are decided. Whatever else changed that day in one segment alone counts, too.",
        until=value(row["until"], "date"),
        days=value(row["maturity_days"], "days"),
    )


def under_way(steps: Result) -> str:
    """How many orders are under way, what they are worth, and how many of them are late."""
    rows = steps.rows()

    def counted(name: str) -> str:
        return value(sum(row[name] for row in rows), "count")

    orders = sum(row["standing_orders"] for row in rows)
    said = plural(
        "{number} order is under way, worth {value}",
        "{number} orders are under way, worth {value}",
        orders,
        number=value(orders, "count"),
        value=money(steps, sum(row["standing_value"] for row in rows)),
    )
    late = text(
        "{deliveries} late in delivery ({deliveries_value}), {payments} in payment ({payments_value})",
        deliveries=counted("late_deliveries"),
        deliveries_value=money(steps, sum(row["late_deliveries_value"] for row in rows)),
        payments=counted("late_payments"),
        payments_value=money(steps, sum(row["late_payments_value"] for row in rows)),
    )
    return f"{said}; {late}"
