"""What the filters offer."""

import math
from fractions import Fraction
from typing import Any

from tests.facts import Facts, total
from tests.kpis.close import deal_standing
from tests.kpis.shared import Nearest, Row, View, falling, money, team_of


def shared_segments(facts: Facts, view: View) -> list[Row]:
    return [{"value": v} for v in sorted({c["segment"] for c in facts.customers.values() if c["segment"]})]


def shared_categories(facts: Facts, view: View) -> list[Row]:
    return [{"value": v} for v in sorted({p["category"] for p in facts.products.values() if p["category"]})]


def shared_teams(facts: Facts, view: View) -> list[Row]:
    credited = [(order.credited, order.day) for order in facts.orders]
    decided = [(talk.rep, talk.closed) for talk in facts.negotiations if talk.outcome]
    teams = {facts.team_on(rep, day) for rep, day in (*credited, *decided) if rep and day}
    teams |= {row["team"] for row in facts.reps.values()}
    return [{"value": team} for team in sorted(team for team in teams if team)]


def shared_owners(facts: Facts, view: View) -> list[Row]:
    return [{"value": k, "label": r["name"]} for k, r in sorted(facts.reps.items(), key=by_name)]


def shared_catalog_choices(facts: Facts, view: View) -> list[Row]:
    return [{"value": k, "label": r["name"]} for k, r in sorted(facts.catalogs.items(), key=by_name)]


def by_name(item: tuple[str, Row]) -> tuple[str, str]:
    return (item[1]["name"], item[0])


def team_pipeline_forecast(facts: Facts, view: View) -> list[Row]:
    deals = [
        (talk.rep, talk.amount, won, deal_standing(facts, view, talk).is_past)
        for talk in facts.negotiations
        if talk.rep in team_of(facts, view)
        and deal_standing(facts, view, talk).is_open
        and (won := facts.wins.get(talk.negotiation_id))
        and won["win_probability"] is not None
    ]
    rows = []
    for rep in [None, *{deal[0] for deal in deals}]:
        these = [(amount, won) for owner, amount, won, _ in deals if rep in (None, owner)]
        valued = [(amount, won) for amount, won in these if amount is not None]
        past = [amount for owner, amount, _, is_past in deals if is_past and rep in (None, owner)]
        if not these:
            continue

        def within(days: int, valued: list[Any] = valued) -> Fraction | None:
            return total(Fraction(won[f"won_{days}_days"]) * amount for amount, won in valued)

        def between(low: float, high: float, valued: list[Any] = valued) -> Any:
            return money(sum(amount for amount, won in valued if low <= won["win_probability"] < high))

        variance = sum(
            (chance := Fraction(won["won_90_days"])) * (1 - chance) * amount * amount for amount, won in valued
        )
        spread, whole = Fraction(1.282 * math.sqrt(variance)), within(90)
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"] if rep else "all_people",
                "team": facts.reps[rep]["team"] if rep else None,
                "deals": len(these),
                "open_value": money(total(amount for amount, _ in these)),
                "past_expected": len(past),
                "past_expected_value": money(total(past) or 0),
                "commit_value": between(0.7, 2),
                "likely_value": between(0.5, 0.7),
                "best_case_value": between(0.25, 0.5),
                "won_30_days": nearest(within(30)),
                "won_60_days": nearest(within(60)),
                "won_90_days": nearest(whole),
                "won_90_low": nearest(whole and max(whole - spread, Fraction(0))),
                "won_90_high": nearest(whole and whole + spread),
            }
        )

    def largest(row: Row) -> tuple[bool, Any]:
        return falling(row["won_90_days"] and round(row["won_90_days"].cents, 6))

    return sorted(rows, key=lambda row: (row["rep_id"] is not None, largest(row), row["rep_id"] or ""))


def nearest(cents: Fraction | None) -> Nearest | None:
    return None if cents is None else Nearest(cents)
