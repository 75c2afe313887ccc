"""Sentences about one account: its rhythm, the case for it, and what is known of the relationship."""

from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import SMALLEST_BASE, change, literal, money, value
from presentation.format import span as days_between
from presentation.sentences import alerts
from presentation.words import plural, text


def late(answer: Result) -> str:
    """How many accounts are late against their own rhythm, and what is at stake."""
    row = answer.one()
    return plural(
        "{number} account is late against its own rhythm, {stake} at stake",
        "{number} accounts are late against their own rhythm, {stake} at stake",
        row["late_customers"],
        number=value(row["late_customers"], "count"),
        stake=money(answer, row["at_stake"]),
    )


def account(found: Result) -> str:
    """Who it is, and how it keeps its own rhythm."""
    return f"{literal(found.one()['customer'])} · {rhythm(found)}"


def rhythm(found: Result) -> str:
    """How an account keeps its own rhythm, to stand after its name."""
    who = found.one()
    since, usual = value(who["days_since_last"], "days"), value(who["usual_interval_days"], "days")
    return {
        "late": text("late: usually orders every {usual}, silent for {since}", usual=usual, since=since),
        "on_rhythm": text("on rhythm: usually orders every {usual}, last order {since} ago", usual=usual, since=since),
        "seasonal_pause": text("in a seasonal pause, silent for {since}", since=since),
        "irregular": text("an irregular buyer, last order {since} ago", since=since),
        "new": text("too few orders for a rhythm, last order {since} ago", since=since),
        "one_off": text("bought once or twice, silent for {since}", since=since),
        "probably_gone": text("probably gone: silent for {since}", since=since),
        "no_orders": text("has not ordered yet"),
    }[who["rhythm"]]


def case(found: Result, record: Result) -> str:
    """Why the verdict: its own gaps, the season last year, what is expected, and how such silences ended."""
    who = found.one()
    said = []
    if who["gap_p10_days"] is not None and who["rhythm"] in ("late", "on_rhythm", "seasonal_pause"):
        said.append(
            text(
                "Four of five of its gaps lie between {low} and {high}.",
                low=value(who["gap_p10_days"], "days"),
                high=value(who["gap_p90_days"], "days"),
            )
        )
    if who["pause_from"] and who["pause_until"]:
        paused = days_between(who["pause_from"], who["pause_until"])
        said.append(text("It paused {span} last year.", span=paused))
    elif who["rhythm"] == "seasonal_pause":
        said.append(text("Customers of its segment are pausing, too."))
    if who["expected_on"] and who["rhythm"] != "late":
        window = days_between(who["expected_from"], who["expected_until"])
        said.append(text("The next order is expected {span}.", span=window))
    if who["rhythm"] == "late":
        said.append(alerts.fared(record))
    return " ".join(filter(None, said))


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
