"""The sentences about accounts and the base: each made from a result, safe to show as Markdown."""

from datetime import date
from typing import Any

from data.people.store import Event
from data.warehouse.access import Result
from presentation import labels
from presentation.format import SMALLEST_BASE, change, literal, money, value
from presentation.format import span as days_between
from presentation.words import plural, text

_ACCOUNTS_OF_A_SCORE = 30  # ten in each third


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


def retention(kept: Result) -> str:
    """How much of the compared revenue stayed, and how many accounts it lost."""
    row = kept.one()
    if row["gross_retention"] is None:
        return text("Nothing was sold in the comparison period, so nothing could stay")
    return plural(
        "{gross} of the compared revenue stayed, {net} with what accounts added; {number} account left",
        "{gross} of the compared revenue stayed, {net} with what accounts added; {number} accounts left",
        row["customers_churned"],
        gross=value(row["gross_retention"], "ratio"),
        net=value(row["net_retention"], "ratio"),
        number=value(row["customers_churned"], "count"),
    )


def concentration(found: Result) -> str:
    """What the largest fifth of the accounts brings, and the index."""
    row = found.one()
    return text(
        "The largest fifth, {number} accounts, brings {share} of revenue, the largest alone {largest}. "
        "Herfindahl-Hirschman index {index} of 10,000.",
        number=value(row["top_fifth"], "count"),
        share=value(row["top_fifth_share"], "ratio"),
        largest=value(row["largest_share"], "ratio"),
        index=value(row["concentration_index"], "count"),
    )


def long_tail(found: Result) -> str:
    """What the long tail brings, and what is missed with it, with its interval."""
    row = found.one()
    if row["missed_rate"] is None:
        return text("Nothing was sold in the last 365 days")
    return text(
        "In the long tail {missed} of revenue is missed ({low}–{high})",
        missed=value(row["missed_rate"], "ratio"),
        low=value(row["missed_low"], "ratio"),
        high=value(row["missed_high"], "ratio"),
    )


def long_tail_case(found: Result) -> str:
    """What the missed revenue of the long tail is made of."""
    row = found.one()
    return text(
        "{number} of {accounts} accounts bring {share}. Lost or bought less than last year: {lost} ({low}–{high}). "
        "Growth proposals if taken up: {p50} at the median of like buyers, {p80} at their upper fifth.",
        number=value(row["long_tail_accounts"], "count"),
        accounts=value(row["accounts"], "count"),
        share=value(row["long_tail_share"], "ratio"),
        lost=money(found, row["lost_revenue"]),
        low=money(found, row["lost_low"]),
        high=money(found, row["lost_high"]),
        p50=money(found, row["potential_p50"]),
        p80=money(found, row["potential_p80"]),
    )


def relationship(known: Result) -> str:
    """Since when and how much it buys, the trend, returns, the last contact and its answers, as far as loaded."""
    row = known.one()
    said = [
        plural(
            "{since}{number} order, {revenue} in total.",
            "{since}{number} orders, {revenue} in total.",
            row["orders"],
            since=_since(row["customer_since"]),
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


def _since(day: Any) -> str:
    return text("Customer since {day}: ", day=value(day, "date")) if day else ""


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


def work(found: Result) -> str:
    """Why something on the work list is worth acting on, and what it may bring."""
    row = found.one()
    worth, chance = money(found, row["money"]), value(row["probability"], "ratio")
    if row["alert"] == "late":
        why = text(
            "Usually orders every {usual}, silent for {since}.",
            usual=value(row["usual_interval_days"], "days"),
            since=value(row["days_since_last"], "days"),
        )
        stake = text(
            "{money} in 90 days is at stake; the chance of further silence is {chance}.", money=worth, chance=chance
        )
    elif row["alert"] == "category_risk":
        why = text(
            "Usually buys {category} on {usual} of its order days in 60 days, lately on {recent}, since about {day}.",
            category=literal(row["about"]),
            usual=value(row["usual_purchases"], "score"),
            recent=value(row["recent_purchases"], "count"),
            day=value(row["changed_around"], "date"),
        )
        stake = text("{money} in 90 days is at stake; the chance of losing it is {chance}.", money=worth, chance=chance)
    else:
        why = _why_proposed(row)
        stake = text(
            "It is worth {money} in 90 days; the chance that it is bought is {chance}.", money=worth, chance=chance
        )
    return f"{why} {stake}"


def _why_proposed(row: dict[str, Any]) -> str:
    said = [text("Does not buy {product}.", product=literal(row["about"]))]
    if row["because"]:
        said.append(text("What it buys that goes with it most: {product}.", product=literal(row["because"])))
    if row["profile"]:
        share = value(row["profile_penetration"], "ratio")
        said.append(
            text("Of those that buy alike ({profile}), {share} do.", profile=literal(row["profile"]), share=share)
        )
    return " ".join(said)


def event(done: Event) -> str:
    """Who did what with something on the work list, and when."""
    parts = [labels.code(done.did), literal(labels.code(done.by.name)), value(done.at.date(), "date")]
    parts += [labels.code(done.reason)] if done.reason and done.did == "dismissed" else []
    parts += [text("until {day}", day=value(done.until, "date"))] if done.until and done.did == "snoozed" else []
    parts += [literal(done.note)] if done.note else []
    return " · ".join(parts)


def qualified(record: Result, accounts: Result) -> str:
    """Whether leads with a high score became customers more often, and new accounts with one brought more."""
    return f"{_converted(record)} {_brought(accounts)}"


def _converted(record: Result) -> str:
    thirds = {row["third"]: row for row in record.rows()}
    if len(thirds) < 3:
        return text("Too few leads were decided to say whether the score tells customers.")
    top, bottom = thirds["top_third"], thirds["bottom_third"]
    return text(
        "Of {leads} decided leads in the top third of the score {top} became customers, in the bottom third {bottom}.",
        leads=value(top["leads"], "count"),
        top=value(top["share"], "ratio"),
        bottom=value(bottom["share"], "ratio"),
    )


def _brought(accounts: Result) -> str:
    thirds = {row["third"]: row for row in accounts.rows()}
    followed = sum(row["accounts"] for row in thirds.values())
    if followed < _ACCOUNTS_OF_A_SCORE:
        return text("Too few new accounts were followed for a year to say whether the score tells large ones.")
    return text(
        "Of {accounts} new accounts followed for a year, the median of the top third brought {top}, that of the bottom "
        "third {bottom}.",
        accounts=value(followed, "count"),
        top=money(accounts, thirds["top_third"]["median_revenue"]),
        bottom=money(accounts, thirds["bottom_third"]["median_revenue"]),
    )


def holdout(found: Result, since: date | None) -> str:
    """What the accounts on the work list brought more than those held out, a line for each kind; `since` when."""
    if since is None:
        return text("Nothing is held out of the list, so its worth is not measured.")
    lines = [_against_held(found, row) for row in found.rows()]
    return "\n\n".join(lines) or text(
        "Accounts are held out since {day}; the days of no alert are over yet.", day=value(since, "date")
    )


def _against_held(found: Result, row: dict[str, Any]) -> str:
    kind = f"**{labels.code(row['alert'])}**"
    if row["difference_low"] is None:
        return text(
            "{kind}: too few accounts to compare: {shown} on the list, {held} held out.",
            kind=kind,
            shown=value(row["shown_accounts"], "count"),
            held=value(row["held_accounts"], "count"),
        )
    is_more = row["difference"] >= 0
    difference, low, high = _turned(found, row, "difference", is_more)
    figures = {"kind": kind, "difference": difference, "low": low, "high": high}
    figures["number"] = value(row["held_accounts"], "count")
    if is_more:
        brought = text(
            "{kind}: accounts on the list brought {difference} more per account than the {number} held out "
            "(interval at 90%: {low} to {high}).",
            **figures,
        )
    else:
        brought = text(
            "{kind}: accounts on the list brought {difference} less per account than the {number} held out "
            "(interval at 90%: {low} to {high}).",
            **figures,
        )
    if row["difference_low"] <= 0 <= row["difference_high"]:
        return f"{brought} {text('It cannot be told apart from chance yet.')}"
    worth, low, high = _turned(found, row, "worth", is_more)
    told = text(
        "Over the {number} accounts on the list that is {worth} ({low} to {high}).",
        number=value(row["shown_accounts"], "count"),
        worth=worth,
        low=low,
        high=high,
    )
    return f"{brought} {told}"


def _turned(found: Result, row: dict[str, Any], column: str, is_more: bool) -> list[str]:
    """An amount and its interval, counted downwards where it is a loss."""
    ends = (column, f"{column}_low", f"{column}_high") if is_more else (column, f"{column}_high", f"{column}_low")
    return [money(found, row[end] if is_more else -row[end]) for end in ends]
