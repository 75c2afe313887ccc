"""What is due on the team page."""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.facts import Facts, chosen
from tests.kpis.close import deal_standing
from tests.kpis.conversion import tracked_of
from tests.kpis.customers import standings
from tests.kpis.shared import Row, View, falling, money, name_of, page, team_of


def dues(facts: Facts, view: View) -> list[Row]:
    days, soon, month = timedelta(days=1), facts.as_of + timedelta(days=14), facts.as_of + timedelta(days=30)
    sixty, never = 60 * days, date.max
    rows: list[Row] = []

    def due(
        kind: str, customer: str, subject: str, rep: str | None, reason: str, day: date | None, **more: Any
    ) -> None:
        told = ("told_close_on", "expected_close_on", "slips", "valid_until", "ends_on", "review_on", "last_contact_on",
                "days_since", "usual_gap_days", "at_stake", "win_probability")  # fmt: skip
        name = facts.customers[customer]["name"]
        row = {"alert": kind, "customer_id": customer, "subject": subject, "customer": name, "about": subject}
        person = {"rep_id": rep, "rep": name_of(facts.reps, rep), "status": "open", "until": None, "version": 0}
        rows.append(dict.fromkeys(told) | row | {"reason": reason, "due_on": day} | person | more)

    for talk in facts.negotiations:
        stands = deal_standing(facts, view, talk)
        if not stands.is_open or talk.customer is None:
            continue
        won = facts.wins.get(talk.negotiation_id, {})
        told, expected = stands.closes, stands.expected
        days_ahead = (expected,) if stands.is_dated_here else (told, expected)
        ahead = min((day for day in days_ahead if day and day >= facts.as_of), default=None)
        if talk.valid and facts.as_of <= talk.valid <= soon:
            reason = "offer_ends"
        elif ahead and ahead <= soon:
            reason = "decision_14"
        elif stands.is_past:
            reason = "past_expected"
        elif talk.slips and not stands.is_dated_here:
            reason = "slipped"
        elif ahead and ahead <= month:
            reason = "decision_30"
        else:
            continue
        due(
            "deal", talk.customer, talk.negotiation_id, talk.rep, reason,
            talk.valid if reason == "offer_ends" else ahead or expected,
            at_stake=money(talk.amount), win_probability=won.get("win_probability"), told_close_on=told,
            expected_close_on=expected, slips=talk.slips, valid_until=talk.valid,
        )  # fmt: skip

    agreements = defaultdict(list)
    for agreement in facts.company.get("contracts", []):
        agreements[agreement["customer_id"]].append(agreement)
    for customer, several in agreements.items():
        last = max(agreement["ends_on"] or never for agreement in several)
        for agreement in several:
            ends, review = agreement["ends_on"] or never, agreement["review_on"]
            if ends != last or ends < facts.as_of:
                continue
            is_ending = ends != never and ends <= facts.as_of + sixty
            if not is_ending and not (review and abs(review - facts.as_of) <= sixty):
                continue
            due(
                "contract", customer, agreement["contract_id"], facts.customers[customer]["owner_rep_id"],
                "contract_ends" if is_ending else "review_due", agreement["ends_on"] if is_ending else review,
                at_stake=agreement["annual_value"], ends_on=agreement["ends_on"], review_on=review,
            )  # fmt: skip

    touches: dict[str | None, set[date]] = defaultdict(set)
    for activity in facts.company.get("activities", []):
        touches[activity["contact_id"]].add(activity["occurred_on"])
    for talk in facts.negotiations:
        for event in talk.events:
            touches[event.get("contact_id")].add(max(event["occurred_at"].date(), talk.requested))
    worth = standings(facts)
    people = defaultdict(list)
    for contact in facts.company.get("contacts", []):
        if touches[contact["contact_id"]]:
            people[contact["customer_id"]].append(contact)
    for customer, several in people.items():
        several.sort(key=lambda contact: contact["contact_id"])
        main = max(
            several, key=lambda contact: (len(touches[contact["contact_id"]]), max(touches[contact["contact_id"]]))
        )
        on = sorted(touches[main["contact_id"]])
        gaps = [(later - earlier).days for earlier, later in itertools.pairwise(on)]
        usual = Fraction(statistics.median(map(Fraction, gaps))) if len(gaps) >= 3 else None
        since = (facts.as_of - on[-1]).days
        if 365 >= since > max(90, 2 * (usual or 0)) and worth[customer]["year"] > 0:
            due(
                "contact", customer, main["contact_id"], facts.customers[customer]["owner_rep_id"], "contact_quiet",
                None,
                about=main["name"], at_stake=money(worth[customer]["year"]), last_contact_on=on[-1], days_since=since,
                usual_gap_days=usual,
            )  # fmt: skip

    for one in tracked_of(facts, View()):
        late, customer = one.late(facts, "delivered", "promised_on"), one.order.customer
        if one.is_under_way and late is not None and late <= 365 and customer:
            due(
                "order", customer, one.order.order_id, facts.customers[customer]["owner_rep_id"], "order_late",
                one.row["promised_on"], at_stake=money(one.order.revenue),
            )  # fmt: skip
    return rows


def team_due(facts: Facts, view: View) -> list[Row]:
    reps = team_of(facts, view)
    rows = [
        row
        for row in dues(facts, view)
        if (view.team is None or row["rep_id"] in reps)
        and chosen(view.owner)(row["rep_id"])
        and chosen(view.alert)(row["alert"])
        and chosen(view.reason)(row["reason"])
        and row["status"] == (view.status or "open")
        and chosen(view.customer)(row["customer_id"])
        and (view.search or "").lower() in row["customer"].lower()
    ]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "due_on": lambda row: row["due_on"] or date.max,
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: 0)
    rows.sort(key=lambda row: (by(row), falling(row["at_stake"]), row["alert"], row["customer_id"], row["subject"]))
    return page(rows, view, "items")


def team_due_people(facts: Facts, view: View) -> list[Row]:
    rows = []
    for rep in [*team_of(facts, view), *([] if view.team else [None])]:
        own = {kind: [row for row in dues(facts, view) if row["rep_id"] == rep and row["alert"] == kind]
               for kind in ("deal", "contract", "contact", "order")}  # fmt: skip
        worths = {kind: sum((row["at_stake"] or 0 for row in of_kind), Decimal(0)) for kind, of_kind in own.items()}
        row = {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"] if rep else None,
            "deals": len(own["deal"]),
            "deal_value": worths["deal"],
            "contracts": len(own["contract"]),
            "contract_value": worths["contract"],
            "quiet_contacts": len(own["contact"]),
            "late_orders": len(own["order"]),
            "items": sum(map(len, own.values())),
        }
        rows += [row] if row["items"] else []
    return sorted(rows, key=lambda row: (-row["deal_value"], -row["items"], row["rep_id"] is None, row["rep_id"] or ""))
