"""Sentences about quotes that become orders, and which of them are old enough to count."""

from data.warehouse.access import Result
from presentation import labels
from presentation.format import SMALLEST_BASE, money, value
from presentation.format import span as days_between
from presentation.needs import lacks
from presentation.words import plural, text


def conversion(figures: Result) -> str:
    """How many quotes become orders, and what is open."""
    row = figures.one()
    if lacks(figures, "quote_orders"):
        return _won(figures)
    return text("{conversion} of quotes become orders; {open}", conversion=value(row["conversion"], "ratio"),
                open=_open(figures))  # fmt: skip


def _won(figures: Result) -> str:
    """How many of the decided quotes were won, where no order names its quote, and what is open."""
    row = figures.one()
    if row["win_rate"] is None:
        return _open(figures)
    return text("{rate} of decided quotes won; {open}", rate=value(row["win_rate"], "ratio"), open=_open(figures))


def _open(figures: Result) -> str:
    """What is open, and how many of that are past the day on which their decision was expected."""
    row = figures.one()
    number = value(row["open_negotiations"], "count")
    if lacks(figures, "quote_amounts"):
        still_open = plural(
            "{number} open negotiation", "{number} open negotiations", row["open_negotiations"], number=number
        )
    else:
        still_open = plural(
            "{number} open negotiation is worth {worth}",
            "{number} open negotiations are worth {worth}",
            row["open_negotiations"],
            number=number,
            worth=money(figures, row["open_value"]),
        )
    if not row["past_expected"]:
        return still_open
    return text("{open}, {late} of them past the expected day", open=still_open,
                late=value(row["past_expected"], "count"))  # fmt: skip


def without_amount(figures: Result) -> str:
    """How many open deals have no amount, so that values hold nothing of them; nothing where all have one."""
    row = figures.one()
    if not row["without_amount"]:
        return ""
    return plural(
        "{number} open negotiation has no amount: it is counted, not valued.",
        "{number} open negotiations have no amount: they are counted, not valued.",
        row["without_amount"],
        number=value(row["without_amount"], "count"),
    )


def dates(figures: Result) -> str:
    """What is past its expected day and what was closed here, in money; nothing where there is neither or no amount."""
    row, said = figures.one(), []
    if lacks(figures, "quote_amounts"):
        return ""
    if row["past_expected"]:
        said.append(
            text(
                "{worth} of what is open is past the expected day, which is believed no more.",
                worth=money(figures, row["past_expected_value"]),
            )
        )
    if row["closed_here"]:
        said.append(
            plural(
                "{number} deal worth {worth} is closed here, not yet by the source.",
                "{number} deals worth {worth} are closed here, not yet by the source.",
                row["closed_here"],
                number=value(row["closed_here"], "count"),
                worth=money(figures, row["closed_here_value"]),
            )
        )
    return " ".join(said)


def maturity(figures: Result) -> str:
    """Which quotes the conversion counts, and how many were decided."""
    row = figures.one()
    if lacks(figures, "decisions"):
        return ""
    if lacks(figures, "quote_orders"):
        return text(
            "No order names its quote, so conversion is told by decisions: {won} won, {lost} lost.",
            won=value(row["won"], "count"),
            lost=value(row["lost"], "count"),
        )
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
    if lacks(groups, "quote_orders"):
        return text(
            "Win rate counts decisions of the period. Ahead and behind are said only where intervals do not overlap."
        )
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
