"""The sentences that answer: each made from a result, safe to show as Markdown."""

from typing import Any

from data.access import Result
from pages.ui import labels
from pages.ui.format import literal, value
from pages.ui.format import span as days_between
from pages.ui.words import plural, text


def late(answer: Result) -> str:
    """How many accounts are late against their own rhythm, and what is at stake."""
    row = answer.one()
    return plural(
        "{number} account is late against its own rhythm, {stake} at stake",
        "{number} accounts are late against their own rhythm, {stake} at stake",
        row["late_customers"],
        number=value(row["late_customers"], "count"),
        stake=_money(answer, row["at_stake"]),
    )


def account(found: Result) -> str:
    """Who it is, and how it keeps its own rhythm."""
    who = found.one()
    since, usual = value(who["days_since_last"], "days"), value(who["usual_interval_days"], "days")
    rhythm = {
        "late": text("late: usually orders every {usual}, silent for {since}", usual=usual, since=since),
        "on_rhythm": text("on rhythm: usually orders every {usual}, last order {since} ago", usual=usual, since=since),
        "seasonal_pause": text("in a seasonal pause, silent for {since}", since=since),
        "irregular": text("an irregular buyer, last order {since} ago", since=since),
        "new": text("too few orders for a rhythm, last order {since} ago", since=since),
        "one_off": text("bought once or twice, silent for {since}", since=since),
        "probably_gone": text("probably gone: silent for {since}", since=since),
        "no_orders": text("has not ordered yet"),
    }[who["rhythm"]]
    return f"{literal(who['customer'])} · {rhythm}"


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
        said.append(fared(record))
    return " ".join(filter(None, said))


def fared(record: Result) -> str:
    """How alerts of this kind fared when the past was replayed; nothing is said without a past."""
    if not len(record):
        return text("The data are too short to say how such alerts fared.")
    row = record.one()
    figures = {
        "alerts": value(row["alerts"], "count"),
        "hits": value(row["hits"], "count"),
        "days": value(row["horizon_days"], "days"),
        "low": f"{row['precision_low']:.0%}",
        "high": f"{row['precision_high']:.0%}",
        "base": f"{row['base_rate']:.0%}",
    }
    if row["kind"] in ("late", "late_category"):
        return text(
            "Of {alerts} such silences, {hits} went on without an order for {days} ({low}–{high}; like buyers {base}).",
            **figures,
        )
    if row["kind"] == "growth":
        return text("Of {alerts} such proposals, {hits} were bought in the next {days} ({low}–{high}).", **figures)
    return text(
        "Of {alerts} such alerts, {hits} lost half or more in the next {days} ({low}–{high}; like buyers {base}).",
        **figures,
    )


def best_catalog(catalogs: Result, figures: Result) -> str:
    """Which catalog keeps the highest margin; without one, what was sold at all."""
    sold = [row for row in catalogs.rows() if row["revenue"] > 0 and row["margin_rate"] is not None]
    if not sold:
        row = figures.one()
        return text(
            "{number} products sold {revenue}",
            number=value(row["products_sold"], "count"),
            revenue=_money(figures, row["revenue"]),
        )
    best = max(sold, key=lambda row: (row["margin_rate"], row["catalog_id"]))
    return text(
        "{catalog} keeps the highest margin of {number} catalogs: {rate} of {revenue} from {segment}",
        catalog=literal(best["catalog"]),
        number=len({row["catalog_id"] for row in sold}),
        rate=value(best["margin_rate"], "ratio"),
        revenue=_money(catalogs, best["revenue"]),
        segment=literal(labels.code(best["segment"]).lower()),
    )


def conversion(figures: Result) -> str:
    """How many quotes become orders, and what is open."""
    row = figures.one()
    return plural(
        "{conversion} of quotes become orders; {number} open negotiation is worth {worth}",
        "{conversion} of quotes become orders; {number} open negotiations are worth {worth}",
        row["open_negotiations"],
        conversion=value(row["conversion"], "ratio"),
        number=value(row["open_negotiations"], "count"),
        worth=_money(figures, row["open_value"]),
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


def negotiation(found: Result) -> str:
    """With whom, over how much, and how it stands."""
    row = found.one()
    if row["outcome"]:
        age = value(row["days_to_close"], "days")
        state = text("{outcome} after {age}", outcome=labels.code(row["outcome"]), age=age)
    else:
        state = text("open for {age}", age=value(row["age_days"], "days"))
    return f"{literal(row['customer'])} · {_money(found, row['amount'])} · {state}"


def steps_back(path: Result) -> str:
    """How often a negotiation went back to a job already visited."""
    back = sum(move["is_step_back"] for move in path.rows())
    return plural(
        "Its path between buying jobs, {count} step back", "Its path between buying jobs, {count} steps back", back
    )


def attainment(figures: Result) -> str:
    """What the team sold, against its quota, and how many quotes it won."""
    row = figures.one()
    revenue, reached = _money(figures, row["revenue"]), value(row["attainment"], "ratio")
    if row["attainment"] is None:
        return text("The team sold {revenue}; no quota is loaded for this period", revenue=revenue)
    if not row["won"] + row["lost"]:
        return text("The team sold {revenue}, {attainment} of its quota to date", revenue=revenue, attainment=reached)
    return text(
        "The team sold {revenue}, {attainment} of its quota to date, and won {won} of {closed} decided quotes",
        revenue=revenue,
        attainment=reached,
        won=value(row["won"], "count"),
        closed=value(row["won"] + row["lost"], "count"),
    )


def published(shown: Result) -> str:
    """Which snapshot is shown, and what waits in quarantine."""
    row = shown.one()
    return plural(
        "Snapshot {snapshot} shows data to {day}; {count} row waits in quarantine",
        "Snapshot {snapshot} shows data to {day}; {count} rows wait in quarantine",
        row["quarantined"],
        snapshot=row["snapshot"],
        day=value(row["as_of"], "date"),
    )


def _money(result: Result, amount: Any) -> str:
    return value(amount, "money", result.snapshot.currency)
