"""What asks for attention: categories at risk, growth, the work list and its reasons."""

import hashlib
import json
import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from tests.facts import Facts, chosen
from tests.kpis.due import dues
from tests.kpis.shared import Nearest, Row, View, money, name_of, page, wilson

LEAVING = ("late", "quiet", "probably_gone", "churned")
LOSSES, GAINS = ("late", "contact", "order"), ("growth", "deal", "contract")
# What a row of reasons may hold besides what every reason has.
TOLD = (
    "verdict", "usual_purchases", "recent_purchases", "changed_around", "reason_product", "reason_category",
    "reason_share", "like_kind", "like_name", "like_is_sized", "like_buyers",
)  # fmt: skip


def customers_category_risks(facts: Facts, view: View) -> list[Row]:
    columns = (
        "customer_id", "category", "verdict", "usual_purchases", "recent_purchases", "changed_around",
        "last_bought_on", "loss_probability", "at_stake",
    )  # fmt: skip
    rows = [
        {"customer": facts.customers[risk["customer_id"]]["name"]} | {name: risk[name] for name in columns}
        for risk in sorted(
            (risk for own in facts.risks.values() for risk in own),
            key=lambda risk: (-risk["priority"], risk["customer_id"], risk["category"]),
        )
        if _is_seen(facts, view, risk["customer_id"])
        and chosen(view.customer)(risk["customer_id"])
        and chosen(view.category)(risk["category"])
    ]
    return page(rows, view, "alerts")


def catalogs_category_losses(facts: Facts, view: View) -> list[Row]:
    left: dict[str, list[Row]] = defaultdict(list)
    for own in facts.risks.values():
        for risk in own:
            if chosen(view.segment)(facts.customers[risk["customer_id"]]["segment"]):
                left[risk["category"]].append(risk)
    rows = [
        {
            "category": category,
            "customers_stopped": sum(risk["verdict"] == "stopped" for risk in risks),
            "customers_declining": sum(risk["verdict"] == "declining" for risk in risks),
            "at_stake": sum((risk["at_stake"] for risk in risks), Decimal(0)),
        }
        for category, risks in left.items()
        if chosen(view.category)(category)
    ]
    return sorted(rows, key=lambda row: (-row["at_stake"], row["category"]))


def customers_growth(facts: Facts, view: View) -> list[Row]:
    rows = []
    for account in _worthwhile(facts, view):
        customer = account["customer_id"]
        if not (_is_seen(facts, view, customer) and chosen(view.customer)(customer)):
            continue
        rows.append(
            {
                "customer_id": customer,
                "customer": facts.customers[customer]["name"],
                "products": ", ".join(facts.products[one["product_id"]]["name"] for one in _shown(facts, customer)),
                "probability": account["chance"],
                "growth_expected": account["expected"],
                "growth_potential": account["potential"],
                **_reason(facts, customer),
            }
        )
    return page(rows, view, "accounts")


def customers_account_growth(facts: Facts, view: View) -> list[Row]:
    accounts = [one for one in _worthwhile(facts, view) if one["customer_id"] == view.customer]
    rows = [
        {
            "product_id": one["product_id"],
            "product": facts.products[one["product_id"]]["name"],
            "category": one["category"],
            "is_new_category": one["is_new_category"],
            "probability": one["probability"],
            "growth_potential": one["potential"],
            "because": name_of(facts.products, one["because_product_id"]),
            "product_share": one["product_share"],
            "category_share": one["category_share"],
        }
        for account in accounts
        for one in _shown(facts, account["customer_id"])
    ]
    return page(rows, view, "proposals")


def customers_growth_record(facts: Facts, view: View) -> list[Row]:
    chance, expected = _limits(facts, view)
    shown = [row for row in facts.growth_replays if row["chance"] >= chance and row["expected"] >= expected]
    hits = sum(row["has_taken"] for row in shown)
    low, high = wilson(hits, len(shown))

    def mean(column: str) -> Fraction | None:
        return sum((Fraction(row[column]) for row in shown), Fraction(0)) / len(shown) if shown else None

    record = {
        "kind": "growth",
        "horizon_days": 90,
        "alerts": len(shown),
        "hits": hits,
        "precision": Fraction(hits, len(shown)) if len(shown) >= 5 else None,
        "precision_low": low,
        "precision_high": high,
        "told": mean("chance"),
        "base_rate": mean("random_chance"),
        "popular_rate": mean("has_taken_popular"),
        "expected": sum((row["expected"] for row in shown), Decimal(0)),
        "least_chance": chance,
        "least_expected": expected,
    }
    return [record]


def customers_work_list(facts: Facts, view: View) -> list[Row]:
    bundles: dict[str, list[Row]] = defaultdict(list)
    for reason in _decided(facts, view):
        stands = view.status == "any" or reason["status"] == (view.status or "open")
        if stands and chosen(view.alert)(reason["alert"]) and chosen(view.channel)(reason["channel"]):
            bundles[reason["customer_id"]].append(reason)
    rows = []
    for customer, reasons in bundles.items():
        words: dict[str, Row] = {}
        for reason in reasons:
            own = {"late": facts.rhythms[customer].state, "growth": "could_grow"}
            word: str = own.get(reason["alert"]) or reason["reason"]
            told = words.setdefault(word, {"worth": -math.inf, "is_silence": False})
            told["worth"] = max(told["worth"], reason["worth"])
            told["is_silence"] |= reason["alert"] == "late"
        order = sorted(words, key=lambda word: (-words[word]["worth"], not words[word]["is_silence"], word))
        categories = sum(reason["worth"] for reason in reasons if reason["alert"] == "category_risk")
        loss = max(categories, *(reason["worth"] for reason in reasons if reason["alert"] in LOSSES), 0.0)
        gain = sum(reason["worth"] for reason in reasons if reason["alert"] in GAINS)
        rhythm = facts.rhythms[customer]
        rows.append(
            {
                "customer_id": customer,
                "customer": facts.customers[customer]["name"],
                "reasons": ",".join(order),
                "worth": _near(loss + gain),
                "loss": _near(loss),
                "gain": _near(gain),
                "due_on": min((reason["due_on"] for reason in reasons if reason["due_on"]), default=None),
                "days_since_last": rhythm.since,
                "usual_interval_days": rhythm.usual,
                "channel": min((reason["channel"] for reason in reasons if reason["channel"]), default=None),
                "owner": name_of(facts.reps, facts.customers[customer]["owner_rep_id"]),
            }
        )
    rows.sort(key=lambda row: (-row["worth"].cents, row["customer_id"]))
    return page(rows, view, "accounts")


def customers_work_reasons(facts: Facts, view: View) -> list[Row]:
    rows = []
    reach = _reach(facts)
    for reason in _decided(facts, view):
        customer, kind, subject = reason["customer_id"], reason["alert"], reason["subject"]
        if customer != view.customer:
            continue
        rhythm, told = facts.rhythms[customer], dict.fromkeys(TOLD)
        risk = next((one for one in facts.risks[customer] if one["category"] == subject), {})
        about = {"category_risk": subject, "contact": reason["about"]}.get(kind)
        if kind == "category_risk":
            told |= {name: risk[name] for name in TOLD[:4]}
        if kind == "growth":
            told |= _reason(facts, customer)
            about = told["reason_category"] or told["reason_product"]
        person = reach.get(customer, {})
        rows.append(
            {
                **{name: reason[name] for name in ("alert", "customer_id", "subject", "reason", "money", "probability",
                                                   "due_on", "channel", "status", "until", "version")},
                "customer": facts.customers[customer]["name"],
                "about": about,
                "worth": _near(reason["worth"]),
                "owner": name_of(facts.reps, facts.customers[customer]["owner_rep_id"]),
                "days_since_last": rhythm.since,
                "usual_interval_days": rhythm.usual,
                **told,
                "rhythm": rhythm.state,
                "grade": risk["grade"] if kind == "category_risk" else rhythm.said["grade"],
                "contact": person.get("name"),
                "phone": person.get("phone"),
                "email": person.get("email"),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (-row["worth"].cents, row["alert"] != "late", row["alert"], row["subject"]))


def _decided(facts: Facts, view: View) -> list[Row]:
    """Every reason within the view, as people decided and taught."""
    decided = {(one["kind"], one["customer_id"], one["subject"]): one for one in json.loads(view.decided or "[]")}
    taught = {one["group_key"]: one for one in json.loads(view.taught or "[]")}
    worthwhile, routed = {one["customer_id"] for one in _worthwhile(facts, view)}, _channels(facts)
    rows = []
    for reason in _reasons(facts, view):
        customer, kind = reason["customer_id"], reason["alert"]
        hidden = kind == "growth" and customer not in worthwhile
        rank = Fraction(int(hashlib.md5(customer.encode(), usedforsecurity=False).hexdigest()[:4], 16), 65536)
        if (
            hidden
            or rank < Fraction(view.held_share)
            or not (chosen(view.segment)(facts.customers[customer]["segment"]) and chosen(view.owner)(reason["rep"]))
        ):
            continue
        lesson = taught.get(reason["group_key"])
        sinks = (lesson["accepted"] + 3) / (lesson["accepted"] + lesson["dismissed"] + 3) if lesson else 1.0
        decision = decided.get((kind, customer, reason["subject"]), {})
        rows.append(
            reason
            | {
                "worth": reason["worth"] * sinks,
                "status": decision.get("status", "open"),
                "until": decision.get("until"),
                "version": decision.get("version", 0),
                "channel": decision.get("channel") or routed[customer],
            }
        )
    return rows


def _reasons(facts: Facts, view: View) -> list[Row]:
    rows = [item | {"reason": item["alert"], "due_on": None, "about": None} for item in _items(facts)]
    for due in dues(facts):
        customer, kind = due["customer_id"], due["alert"]
        rhythm = facts.rhythms[customer]
        worth = {"deal": due["at_stake"], "contract": _quarter(due["at_stake"])}.get(kind, _stake(facts, customer))
        chance = due["win_probability"] if kind == "deal" else rhythm.said.get("silence_probability")
        rows.append(
            {
                "alert": kind,
                "customer_id": customer,
                "subject": due["subject"],
                "reason": due["reason"],
                "about": due["about"],
                "rep": due["rep_id"],
                "group_key": "",
                "money": worth,
                "probability": chance,
                "worth": 0.0 if worth is None or chance is None else float(worth) * chance,
                "due_on": due["due_on"],
            }
        )
    return rows


def _items(facts: Facts) -> list[Row]:
    """What is worth acting on without a day: silent accounts, categories at risk and growth."""
    rows = []

    def item(kind: str, customer: str, subject: str, taught_by: str | None, worth: Decimal, chance: float) -> None:
        rows.append(
            {
                "alert": kind,
                "customer_id": customer,
                "subject": subject,
                "rep": facts.customers[customer]["owner_rep_id"],
                "group_key": f"{kind}:{taught_by or ''}",
                "money": worth,
                "probability": chance,
                "worth": float(worth) * chance,
            }
        )

    for customer, rhythm in facts.rhythms.items():
        stake = _stake(facts, customer)
        if rhythm.is_silent and stake is not None:
            segment = facts.customers[customer]["segment"]
            item("late", customer, "account", segment, stake, rhythm.said["silence_probability"])
    for own in facts.risks.values():
        for risk in own:
            category = risk["category"]
            item("category_risk", risk["customer_id"], category, category, risk["at_stake"], risk["loss_probability"])
    for account in facts.growth_accounts:
        customer = account["customer_id"]
        category = _reason(facts, customer)["reason_category"]
        item("growth", customer, "account", category, account["potential"], account["chance"])
    return rows


def _channels(facts: Facts) -> dict[str, str | None]:
    """Who takes up each account: its rep while there is room, then inside sales, then e-commerce."""
    worth: dict[str, float] = defaultdict(float)
    for item in _items(facts):
        worth[item["customer_id"]] += item["worth"]
    books: dict[str | None, list[str]] = defaultdict(list)
    for customer in sorted(facts.customers, key=lambda one: (-worth[one], one)):
        books[facts.customers[customer]["owner_rep_id"]].append(customer)
    kept, left = {}, []
    for rep, book in books.items():
        kind, room = (facts.reps[rep].get("kind"), facts.reps[rep].get("capacity")) if rep else (None, None)
        for place, customer in enumerate(book):
            if kind and (room is None or place < room):
                kept[customer] = kind
            else:
                left.append(customer)
    spare = sum(
        max(rep["capacity"] - len(books[rep_id]), 0)
        for rep_id, rep in facts.reps.items()
        if rep.get("kind") == "inside" and rep.get("capacity") is not None
    )
    left.sort(key=lambda one: (-worth[one], one))
    spread = {customer: "inside" if place < spare else "ecommerce" for place, customer in enumerate(left)}
    return dict.fromkeys(facts.customers) if not facts.reps else kept | spread


def _limits(facts: Facts, view: View) -> tuple[float, Decimal]:
    chance = facts.growth_limits["least_chance"] if view.least_chance is None else view.least_chance
    expected = facts.growth_limits["least_expected"] if view.least_expected is None else view.least_expected
    return chance, expected


def _rank(customer: str) -> Fraction:
    """Where an account stands among those held out first: a number below one that its id alone decides."""
    digits = hashlib.md5(f"held out {customer}".encode(), usedforsecurity=False).hexdigest()
    return Fraction(int(digits[:4], 16), 65536)


def _worthwhile(facts: Facts, view: View) -> list[Row]:
    chance, expected = _limits(facts, view)
    rows = [one for one in facts.growth_accounts if one["chance"] >= chance and one["expected"] >= expected]
    return sorted(rows, key=lambda one: (-one["expected"], one["customer_id"]))


def _shown(facts: Facts, customer: str) -> list[Row]:
    return sorted((one for one in facts.proposals[customer] if one["is_shown"]), key=lambda one: one["rank"])


def _reason(facts: Facts, customer: str) -> Row:
    """The category it buys nothing of that most like buyers buy, else the first product."""
    shown = _shown(facts, customer)
    fresh = sorted((one for one in shown if one["is_new_category"]), key=lambda one: -one["category_share"])
    first = (fresh or shown)[0]
    return {
        "reason_product": facts.products[first["product_id"]]["name"],
        "reason_category": first["category"] if fresh else None,
        "reason_share": first["category_share"] if fresh else first["product_share"],
        **{name: first[name] for name in ("like_kind", "like_name", "like_is_sized", "like_buyers")},
    }


def _reach(facts: Facts) -> dict[str, Row]:
    """Whom to reach of each account: the first contact with a telephone or an address, else the first."""
    found: dict[str, Row] = {}
    contacts = facts.company.get("contacts", [])
    for one in sorted(contacts, key=lambda c: (c["phone"] is None and c["email"] is None, c["contact_id"])):
        found.setdefault(one["customer_id"], one)
    return found


def _stake(facts: Facts, customer: str) -> Decimal | None:
    rhythm = facts.rhythms[customer]
    return money(round(rhythm.at_stake)) if rhythm.said else None


def _quarter(a_year: Decimal | None) -> Decimal | None:
    return None if a_year is None else (a_year * 90 / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _near(amount: float) -> Nearest:
    return Nearest(Fraction(amount) * 100, Fraction(51, 100))


def _is_seen(facts: Facts, view: View, customer: str) -> bool:
    about: dict[str, Any] = facts.customers[customer]
    return chosen(view.segment)(about["segment"]) and chosen(view.owner)(about["owner_rep_id"])
