"""The sentences that answer: each made from a result, safe to show as Markdown."""

from datetime import date
from typing import Any

import pyarrow.compute as pc

from analytics.what_if import Outlook
from data.access import Result
from data.store import Event
from pages.ui import labels
from pages.ui.format import change, literal, money, value
from pages.ui.format import span as days_between
from pages.ui.words import plural, text

_BASE_OF_A_SHARE = 5  # a share of fewer says more than is known
_ENDS = {"estimate": "", "low": "_low", "high": "_high"}  # of an estimate and its interval
_ACCOUNTS_OF_A_SCORE = 30  # ten in each third
_SOON = 30  # days


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


def best_catalog(alike: Result, figures: Result) -> str:
    """Which catalog is ahead with whom, like for like; none is named that chance could have put there."""
    ahead = [row for row in alike.rows() if row["standing"] == "ahead"]
    row = figures.one()
    if not ahead:
        return text(
            "{number} products sold {revenue}; like for like no catalog is ahead of the others beyond chance",
            number=value(row["products_sold"], "count"),
            revenue=money(figures, row["revenue"]),
        )
    best = max(ahead, key=lambda row: (row["difference"], row["catalog_id"]))
    return text(
        "{catalog} is ahead with {segment}: {change} like for like, other catalogs {others}",
        catalog=literal(best["catalog"]),
        segment=literal(labels.code(best["segment"]).lower()),
        change=_signed(best["change"]),
        others=_signed(best["others_change"]),
    )


def _signed(rate: float) -> str:
    return ("+" if rate >= 0 else "−") + value(abs(rate), "ratio")


def what_if(basis: Result, outlook: Outlook, change: float, unchanged: Outlook) -> str:
    """What a change of price would bring, against none, with how far it may be off and from where on it pays."""
    told = [
        text(
            "At {change} the margin would be {margin} ({low} to {high}) instead of {now} at today's price.",
            change=_signed(change),
            margin=f"**{money(basis, outlook.margin[1])}**",
            low=money(basis, outlook.margin[0]),
            high=money(basis, outlook.margin[2]),
            now=money(basis, unchanged.margin[1]),
        ),
        text(
            "Revenue {revenue} ({low} to {high}) instead of {now}, "
            "units {units} ({least} to {most}) instead of {before}.",
            revenue=money(basis, outlook.revenue[1]),
            low=money(basis, outlook.revenue[0]),
            high=money(basis, outlook.revenue[2]),
            now=money(basis, unchanged.revenue[1]),
            units=value(outlook.units[1], "quantity"),
            least=value(outlook.units[0], "quantity"),
            most=value(outlook.units[2], "quantity"),
            before=value(unchanged.units[1], "quantity"),
        ),
    ]
    if outlook.break_even_units == outlook.break_even_units:
        told.append(
            text(
                "To earn as much as at today's price, units must change by {needed}; expected are {expected}.",
                needed=_signed(outlook.break_even_units),
                expected=_signed(outlook.units[1] / unchanged.units[1] - 1),
            )
        )
    else:
        told.append(text("At that price every unit is sold at a loss."))
    return " ".join(told)


def what_if_reach(basis: Result, told: list[int], record: Result) -> str:
    """Of how many products it is told, how many speak for themselves, and how such answers fared."""
    known = basis.table.take(told)
    revenue, of_all = (pc.sum(table["revenue"]).as_py() for table in (known, basis.table))
    said = text(
        "Told of {number} of {all} products with {share} of revenue, {own} of them by price changes of their own.",
        number=value(len(known), "count"),
        all=value(len(basis), "count"),
        share=value(revenue / of_all, "ratio"),
        own=value(pc.sum(known["is_published"]).as_py(), "count"),
    )
    came_out = {row["kind"]: row for row in record.rows()}
    if came_out.keys() < {"product", "group"}:
        return said
    return f"{said} " + text(
        "Of {changes} past changes of one product's price {within} came out within the interval told before, of "
        "{sums} quarters of whole categories and of everything {sums_within}; four in five should.",
        changes=value(came_out["product"]["what_ifs"], "count"),
        within=value(came_out["product"]["share_within"], "ratio"),
        sums=value(came_out["group"]["what_ifs"], "count"),
        sums_within=value(came_out["group"]["share_within"], "ratio"),
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
    if quoted < _BASE_OF_A_SHARE or not worth:
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


def attainment(figures: Result) -> str:
    """What was sold, against the quota, and how many quotes were won; of a team or of one person."""
    row = figures.one()
    revenue, reached = money(figures, row["revenue"]), value(row["attainment"], "ratio")
    if row["attainment"] is None:
        return text("{revenue} sold; no quota is loaded for this period", revenue=revenue)
    if not row["won"] + row["lost"]:
        return text("{revenue} sold, {attainment} of the quota to date", revenue=revenue, attainment=reached)
    return text(
        "{revenue} sold, {attainment} of the quota to date; {won} of {closed} decided quotes won",
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
    if row["answers"] < _BASE_OF_A_SHARE:
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


def proposals(found: Result) -> str:
    """How many products to add, what they are worth, how many to drop, and why."""
    row = found.one()
    add = plural(
        "{number} product to add, worth {money} a year;",
        "{number} products to add, worth {money} a year;",
        row["added"],
        number=value(row["added"], "count"),
        money=money(found, row["added_potential"]),
    )
    counts = {"dropped": value(row["dropped"], "count"), "offered": value(row["products_offered"], "count")}
    if row["customer"] is None:
        drop = text("{dropped} of {offered} to drop: nobody of this group bought them in a year", **counts)
    else:
        drop = text("{dropped} of {offered} to drop: it did not buy them in a year", **counts)
    return f"{add} {drop}"


def proposed_for(found: Result) -> str:
    """Whom a proposed catalog is for, and how much of what it adds is offered already."""
    row = found.one()
    catalog = literal(row["catalog"])
    offered = text("In the catalog already: {number} of those to add.", number=value(row["added_of_catalog"], "count"))
    if row["customer"] is not None and row["catalog_id"] is None:
        return text("{customer} is offered no catalog.", customer=literal(row["customer"]))
    if row["customer"] is not None:
        who = text("{customer} is offered {catalog}.", customer=literal(row["customer"]), catalog=catalog)
    else:
        number = row["group_customers"]
        who = plural(
            "{number} customer is offered {catalog}.",
            "{number} customers are offered {catalog}.",
            number,
            number=value(number, "count"),
            catalog=catalog,
        )
    return f"{who} {offered}"


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


def given_away(found: Result) -> str:
    """How much was given away of list value, how deep against the comparison, and what went below approved prices."""
    row = found.one()
    if not row["list_value"]:
        return text("Nothing was sold whose list price is known")
    if row["discount_depth"] is None:
        return text("Nothing was sold below its list price")
    figures = {
        "discounts": money(found, row["discounts"]),
        "list_value": money(found, row["list_value"]),
        "share": value(row["discounted_share"], "ratio"),
        "depth": value(row["discount_depth"], "ratio"),
    }
    if points := change(row["discount_depth"], row["discount_depth_base"], "ratio"):
        said = text(
            "{discounts} was given away on {list_value} of list value: {share} of it sold at a discount, {depth} deep, "
            "{points} against the comparison",
            points=points,
            **figures,
        )
    else:
        said = text(
            "{discounts} was given away on {list_value} of list value: {share} of it sold at a discount, {depth} deep",
            **figures,
        )
    if not row["leaked"]:
        return said
    return f"{said}; {text('{leaked} below approved prices', leaked=money(found, row['leaked']))}"


def role_lines(found: Result) -> str:
    """Where the lines between the roles of products are."""
    return text(
        "Wanted: in more orders than {demand} of the products. Earning: a higher margin rate than {margin} of them. "
        "The lines are yours to choose under Filters.",
        demand=labels.code(found.params["demand_split"]),
        margin=labels.code(found.params["margin_split"]),
    )


def leaking(found: Result, name: str) -> str:
    """How many lines of a customer, product or channel (the column `name`) leak, and how much together."""
    row = found.one()
    return plural(
        "{name}: {number} line sold below the approved price, {leaked}",
        "{name}: {number} lines sold below the approved price, {leaked}",
        row["leaking_lines"],
        name=literal(labels.code(row[name])),
        number=value(row["leaking_lines"], "count"),
        leaked=money(found, row["leaked_together"]),
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
