"""Sentences about one account: its rhythm, the case for it, and what is known of the relationship."""

from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import SMALLEST_BASE, change, literal, money, value
from presentation.format import span as days_between
from presentation.sentences import alerts
from presentation.words import plural, text


def silent(answer: Result) -> str:
    """How many accounts are silent beyond their own limit, and what will likely be lost by it."""
    row = answer.one()
    if not row["customers_with_limit"]:
        return text("No account has ordered often enough yet to say what its silence means")
    if not row["silent_customers"]:
        return text("No account is silent beyond its own limit")
    return plural(
        "{number} account is silent beyond its own limit: {loss} of {stake} will likely be lost in 90 days",
        "{number} accounts are silent beyond their own limits: {loss} of {stake} will likely be lost in 90 days",
        row["silent_customers"],
        number=value(row["silent_customers"], "count"),
        loss=money(answer, row["likely_loss"]),
        stake=money(answer, row["at_stake"]),
    )


def kinds_of_silence(answer: Result) -> str:
    """How the silent accounts divide, each word with its meaning."""
    row = answer.one()
    said = [
        (row["late_customers"], text("late (a rhythm of its own, and beyond nine in ten of its gaps)")),
        (row["quiet_customers"], text("quiet (no firm rhythm, and beyond three in four of its gaps)")),
        (row["gone_customers"], text("probably gone (over 180 days and four usual intervals, or unlikely to return)")),
        (row["paused_customers"], text("in a seasonal pause (as a year ago, or as its segment)")),
    ]
    parts = [f"{value(number, 'count')} {words}" for number, words in said if number]
    if not parts:
        return ""
    return text(
        "{kinds}. Likely loss is what they buy in 90 days times the chance that no order comes in 90 days.",
        kinds=", ".join(parts),
    )


def account(found: Result) -> str:
    """Who it is, and how it keeps its own rhythm."""
    return f"{literal(found.one()['customer'])} · {rhythm(found)}"


def rhythm(found: Result) -> str:
    """How an account keeps its own rhythm, to stand after its name."""
    who = found.one()
    since, usual = value(who["days_since_last"], "days"), value(who["usual_interval_days"], "days")
    limit, churned = value(who["late_after_days"], "days"), value(who["churned_on"], "date")
    return {
        "late": text("late: usually orders every {usual}, silent for {since}", usual=usual, since=since),
        "on_rhythm": text("on rhythm: usually orders every {usual}, last order {since} ago", usual=usual, since=since),
        "seasonal_pause": text("in a seasonal pause, silent for {since}", since=since),
        "irregular": text("an irregular buyer, last order {since} ago", since=since),
        "new": text("too few orders for a rhythm, last order {since} ago", since=since),
        "quiet": text("unusually quiet: silent for {since}, beyond its limit of {limit}", since=since, limit=limit),
        "one_off": text("bought once or twice, silent for {since}", since=since),
        "probably_gone": text(
            "probably gone: usually orders every {usual}, silent for {since}", usual=usual, since=since
        )
        if who["usual_interval_days"]
        else text("probably gone: silent for {since}", since=since),
        "churned": text("counts as churned since {day}: silent for {since}", day=churned, since=since),
        "no_orders": text("has not ordered yet"),
    }[who["rhythm"]]


def case(found: Result, record: Result, season: Result) -> str:
    """Why the verdict: its own gaps, what is likely lost, the season, what is expected, how such silences ended."""
    who = found.one()
    said = []
    if who["gap_p10_days"] is not None and who["rhythm"] in ("late", "quiet", "on_rhythm", "seasonal_pause"):
        said.append(
            text(
                "Four of five of its gaps lie between {low} and {high}.",
                low=value(who["gap_p10_days"], "days"),
                high=value(who["gap_p90_days"], "days"),
            )
        )
    if who["is_silent"]:
        said += [loss(found), seasonal(season), alerts.fared(record), _churned_from(who)]
    elif who["expected_on"]:
        window = days_between(who["expected_from"], who["expected_until"])
        said.append(text("The next order is expected {span}.", span=window))
    return " ".join(filter(None, said))


def loss(found: Result) -> str:
    """What a silent account will likely cost in 90 days, and how that is made up."""
    who = found.one()
    return text(
        "{loss} will likely be lost in 90 days: {stake} that it usually buys, times a chance of {chance} that no order "
        "comes.",
        loss=money(found, who["likely_loss"]),
        stake=money(found, who["at_stake"]),
        chance=value(who["silence_probability"], "ratio"),
    )


def seasonal(season: Result) -> str:
    """Season or something else: the same weeks of earlier years, its peers now, and the verdict. One sentence."""
    years = season.rows()
    if not years:
        return text("It has not been a customer for long enough to tell a season.")
    then = ", ".join(_in_the_same_weeks(year) for year in years)
    row = years[0]
    facts = (
        text(
            "In the same weeks it ordered {then}, and accounts of its segment order at {pace} of their usual pace now",
            then=then,
            pace=value(row["peer_activity"], "ratio"),
        )
        if row["peer_activity"] is not None
        else text("In the same weeks it ordered {then}", then=then)
    )
    if row["rhythm"] == "seasonal_pause":
        verdict = text("so this looks like its season")
    elif row["order_days"]:
        verdict = text("so the season does not explain it")
    else:
        verdict = text("so a season may be part of it, yet its pauses were shorter or at another time")
    return f"{facts}: {verdict}."


def _in_the_same_weeks(year: dict[str, Any]) -> str:
    days = (
        plural("on {count} day", "on {count} days", year["order_days"])
        if year["order_days"]
        else text("on no day", count=0)
    )
    return plural("{days} {count} year ago", "{days} {count} years ago", year["years_back"], days=days)


def _churned_from(who: dict[str, Any]) -> str:
    day = value(who["churned_on"], "date")
    return text("Without an order it counts as churned in Retention from {day} on, and leaves the list.", day=day)


def relationship(known: Result) -> str:
    """Since when and how much it buys, the trend, returns, the last contact and its answers, as far as loaded."""
    row = known.one()
    said = [
        plural(
            "{since}{number} order, {revenue} in total.",
            "{since}{number} orders, {revenue} in total.",
            row["orders"],
            since=_since(row["customer_since"], is_known=row["is_since_known"]),
            number=value(row["orders"], "count"),
            revenue=money(known, row["revenue"]),
        )
    ]
    if row["revenue_year"] or row["revenue_year_base"]:
        year, trend = money(known, row["revenue_year"]), change(row["revenue_year"], row["revenue_year_base"], "money")
        said.append(
            text("Last 365 days {year}, {trend} on the year before.", year=year, trend=trend)
            if trend
            else text("Last 365 days {year}.", year=year)
        )
    if row["last_contact_on"]:
        day = value(row["last_contact_on"], "date")
        said.append(text("Last contact {day} ({kind}).", day=day, kind=labels.code(row["last_contact"])))
    if row["answers"]:
        said.append(_answers(row))
    return " ".join(said)


def _since(day: Any, *, is_known: bool) -> str:
    if not day:
        return ""
    if not is_known:
        return text("Customer since {day} or earlier: ", day=value(day, "date"))
    return text("Customer since {day}: ", day=value(day, "date"))


def _answers(row: dict[str, Any]) -> str:
    """A net promoter score from five answers on; of fewer, the last one alone."""
    last, day = value(row["last_score"], "count"), value(row["last_answer_on"], "date")
    if row["answers"] < SMALLEST_BASE:
        return text("Would recommend us: {last} of 10 on {day}.", last=last, day=day)
    return text(
        "Net promoter score {score} from {number} answers, the last {last} of 10 on {day}.",
        score=f"{row['net_promoter_score'] * 100:+.0f}",
        number=value(row["answers"], "count"),
        last=last,
        day=day,
    )


def leaving(risks: Result) -> str:
    """Which categories the account is leaving, and how; nothing when it keeps them all."""
    named = ", ".join(f"{literal(row['category'])} ({labels.code(row['verdict'])})" for row in risks.rows())
    return text("▼ At risk: {categories}", categories=named) if named else ""


def returns(known: Result) -> str:
    """What came back in the last year."""
    row = known.one()
    if not row["returned"]:
        return text("Nothing was returned in the last 365 days.")
    if row["returned_rate"] is None:
        return text("Returned in the last 365 days: {amount}.", amount=money(known, row["returned"]))
    return text(
        "Returned in the last 365 days: {amount}, {share} of what was bought.",
        amount=money(known, row["returned"]),
        share=value(row["returned_rate"], "ratio"),
    )
