"""What surrounds orders and quotes: contacts, leads, contracts, activities, feedback, quotas."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.contract import SEGMENTS
from data.demo import words
from data.demo.accounts import B2C, DEALER, Accounts
from data.demo.calendar import NEVER, date, day_of, history
from data.demo.deals import Deals, Written
from data.demo.invoices import Invoiced
from data.demo.reps import Reps
from data.demo.tables import Floats, Writer, codes, pick
from data.demo.world import Leads, World

LEAD_STATUS = ("new", "accepted", "rejected", "converted")
NEW, ACCEPTED, REJECTED, CONVERTED = range(len(LEAD_STATUS))
ACTIVITY_KINDS = ("call", "visit", "email", "meeting", "portal")


def write_contacts(accounts: Accounts, rng: np.random.Generator, writer: Writer) -> None:
    """Writes the people whom the customers have."""
    customer = np.repeat(np.arange(len(accounts)), accounts.contacts)
    place = np.arange(len(customer)) - accounts.first_contact[customer]
    names = words.people(rng, [words.REGIONS[accounts.region[i]][0] for i in customer])
    firm = accounts.segment[customer] != B2C
    role = np.where(place == 0, 0, rng.integers(1, len(words.ROLES), len(customer)))
    plain = [words.plain(name.split()[0]) for name in names]
    numbers = rng.integers(1_000_000, 9_999_999, len(customer))
    site = rng.random(len(customer))
    writer.add(
        {
            "contact_id": codes("K", 1 + np.arange(len(customer)), 7),
            "customer_id": pick(accounts.ids, customer),
            "name": names,
            "role": pick(words.ROLES, np.where(firm, role, -1)),
            "email": [f"{word}{i}@customer.example" for i, word in enumerate(plain, 1)],
            "phone": [f"+00 {number}" for number in numbers],
            "site": pick(
                ("Head office", "Plant 1", "Plant 2", "Warehouse"),
                np.where(firm, np.floor(site**2 * 4), -1).astype(np.int64),
            ),
        }
    )


def write_leads(
    accounts: Accounts, reps: Reps, rng: np.random.Generator, n: int, names: list[str], yearly: Floats, writer: Writer
) -> Leads:
    """Leads; most customers won during the history came from one."""
    joined = np.flatnonzero((accounts.created > 20) & (rng.random(len(accounts)) < 0.7))
    converted_on = accounts.created[joined] - rng.integers(1, 20, len(joined))
    others = max(10, n - len(joined))
    day = np.concatenate([converted_on, np.floor(history.last_day * rng.random(others) ** 0.85).astype(np.int64)])
    customer = np.concatenate([joined, np.full(others, -1)])
    fresh = (history.last_day - day) < 25
    draw = rng.random(len(day))
    status = np.where(draw < 0.55, REJECTED, ACCEPTED)
    status = np.where(fresh & (draw > 0.3), NEW, status)
    status[: len(joined)] = CONVERTED
    order = np.argsort(day, kind="stable")
    day, customer, status = day[order], customer[order], status[order]
    total = len(day)

    segment = np.where(customer >= 0, accounts.segment[customer], rng.choice(3, total, p=[0.15, 0.6, 0.25]))
    # Rejections have reasons, though not everybody gives one.
    reason = np.where(
        (status == REJECTED) & (rng.random(total) < 0.85), rng.integers(len(words.REJECTION_REASONS), size=total), -1
    )
    answer = day + np.floor(rng.gamma(1.2, 2.5, total)).astype(np.int64)
    answer[customer >= 0] = np.minimum(answer, accounts.created[customer])[customer >= 0]
    answered = (status != NEW) & (answer <= history.last_day)
    owner = np.where(customer >= 0, accounts.owner[customer], -1)
    given = np.where(owner >= 0, owner, reps.sellers[rng.integers(len(reps.sellers), size=total)])
    regions = list(words.REGIONS)
    companies = words.companies(rng, [regions[i] for i in rng.integers(len(regions), size=total)])
    for row in np.flatnonzero(customer >= 0):
        companies[row] = names[customer[row]]
    size = np.where(customer >= 0, yearly[customer], np.median(yearly) * rng.lognormal(0, 1.4, total))
    firm = segment != B2C
    writer.add(
        {
            "lead_id": codes("L", 1 + np.arange(total), 7),
            "created_on": day,
            "company": companies,
            "source": pick(words.LEAD_SOURCES, rng.integers(len(words.LEAD_SOURCES), size=total)),
            "segment": pick(SEGMENTS, segment),
            "rep_id": pick(reps.ids, np.where((status == NEW) & (rng.random(total) < 0.4), -1, given)),
            "customer_id": pick(accounts.ids, customer),
            "status": pick(LEAD_STATUS, status),
            "rejected_reason": pick(words.REJECTION_REASONS, reason),
            "first_response_on": np.where(answered, answer, NEVER),
            "outlets": np.where(segment == DEALER, 1 + rng.poisson(3, total), np.nan),
            "annual_turnover": np.where(firm, np.round(size * rng.lognormal(3.2, 0.9, total), -3), np.nan),
            "expected_annual_volume": np.round(size * rng.uniform(0.7, 1.6, total), -2),
        }
    )
    lead_of, created = np.full(len(accounts), -1), np.full(len(accounts), NEVER)
    known = np.flatnonzero(customer >= 0)
    lead_of[customer[known]], created[customer[known]] = known, day[known]
    return Leads(lead_of, created)


def write_contracts(accounts: Accounts, reps: Reps, rng: np.random.Generator, yearly: Floats, writer: Writer) -> None:
    """Yearly contracts of the larger companies, one row a year; reviews fall due two months before the end."""
    firm = accounts.segment != B2C
    holders = np.flatnonzero(firm & (accounts.owner >= 0) & (rng.random(len(accounts)) < 0.7 * accounts.rank**3))
    starts = np.concatenate(
        [np.arange(-360, history.last_day, 365) + shift for shift in rng.integers(0, 365, len(holders))]
    )
    customer = np.repeat(holders, len(starts) // max(1, len(holders)))
    stopped = accounts.stopped[customer]
    runs = (
        (starts >= accounts.created[customer])
        & (starts <= history.last_day)
        & ((stopped == NEVER) | (starts <= stopped))
    )
    customer, starts = customer[runs], starts[runs]
    ends = starts + 364
    open_ended = (starts > history.last_day - 365) & (rng.random(len(customer)) < 0.1)
    value = yearly[customer] * rng.uniform(0.7, 1.1, len(customer))
    writer.add(
        {
            "contract_id": codes("CT", 1 + np.arange(len(customer)), 6),
            "customer_id": pick(accounts.ids, customer),
            "rep_id": pick(reps.ids, accounts.owner[customer]),
            "starts_on": starts,
            "ends_on": np.where(open_ended, NEVER, ends),
            "review_on": np.where(rng.random(len(customer)) < 0.95, ends - 60, NEVER),
            "annual_value": np.round(value, -2),
        }
    )


def write_activities(
    world: World,
    deals: Deals,
    quotes: Written,
    invoiced: Invoiced,
    chance: float,
    seed: list[int],
    writer: Writer,
) -> None:
    """Contacts around orders (`chance` for each, house accounts far less) and about quotes."""
    accounts, reps = world.accounts, world.reps
    rng = np.random.default_rng(seed)
    owned = accounts.owner[invoiced.customer] >= 0
    some = np.flatnonzero(rng.random(len(invoiced.day)) < np.where(owned, chance, 0.08 * chance))
    before = invoiced.day[some] - rng.integers(0, 15, len(some))
    # A final proposal is followed up; nobody follows up what is not issued yet.
    issued = deals.issued[np.arange(len(deals)), np.maximum(deals.versions - 1, 0)]
    followed = np.flatnonzero(~np.isnan(issued) & (rng.random(len(deals)) < 0.6))
    after = np.minimum(issued[followed].astype(np.int64) + rng.integers(1, 8, len(followed)), history.last_day)
    customer = np.concatenate([invoiced.customer[some], deals.customer[followed]])
    day = np.maximum(0, np.concatenate([before, after]))
    n = len(day)
    rep = np.concatenate([accounts.owner[invoiced.customer[some]], deals.rep[followed]])
    road = (rep >= 0) & reps.outside[rep]
    draw = rng.random(n)
    away = np.where(draw < 0.35, 1, np.where(draw < 0.6, 0, np.where(draw < 0.8, 3, 2)))
    desk = np.where(draw < 0.55, 0, np.where(draw < 0.9, 2, 4))
    quote = np.concatenate([np.zeros(len(some), dtype=np.int64), quotes.final_quote[followed]])
    contact = accounts.first_contact[customer] + rng.integers(0, 64, n) % accounts.contacts[customer]
    writer.add(
        {
            "activity_id": codes("A", writer.rows + 1 + np.arange(n), 9),
            "occurred_on": day,
            "customer_id": pick(accounts.ids, customer),
            "rep_id": pick(reps.ids, rep),
            "kind": pick(ACTIVITY_KINDS, np.where(rep < 0, 4, np.where(road, away, desk))),
            "contact_id": codes("K", contact + 1, 7),
            "quote_id": pc.if_else(pa.array(quote > 0), codes("Q", quote, 9), pa.scalar(None, pa.string())),
        }
    )


def write_feedback(accounts: Accounts, invoiced: Invoiced, chance: float, seed: list[int], writer: Writer) -> None:
    """Answers after deliveries; scores follow the service the customer gets."""
    rng = np.random.default_rng(seed)
    answer = invoiced.day + rng.integers(3, 15, len(invoiced.day))
    asked = ~invoiced.credit_note & (rng.random(len(answer)) < chance) & (answer <= history.last_day)
    some = np.flatnonzero(asked)
    service = accounts.service[invoiced.customer[some]]
    score = np.clip(np.rint(7.8 + 1.5 * service + rng.normal(0, 1.1, len(some))), 0, 10).astype(np.int64)
    mood = np.where(score >= 9, 0, np.where(score >= 7, 1, 2))
    comments = words.PRAISE + words.NEUTRAL + words.BLAME
    comment = np.where(rng.random(len(some)) < 0.4, 4 * mood + rng.integers(4, size=len(some)), -1)
    writer.add(
        {
            "feedback_id": codes("F", writer.rows + 1 + np.arange(len(some)), 8),
            "given_on": answer[some],
            "customer_id": pick(accounts.ids, invoiced.customer[some]),
            "order_id": codes("SO", invoiced.number[some], 9),
            "score": score,
            "comment": pick(comments, comment),
        }
    )


def write_quotas(reps: Reps, rng: np.random.Generator, reached: Floats, writer: Writer) -> None:
    """Targets to the end of the as-of year, from what was `reached` (metric x rep x month, EUR).

    Each rep's are hard or easy throughout, with the yearly season of the whole company.
    """
    full = history.months - 1
    last = date(history.last_day)
    months = full + 1 + (12 - last.month)
    first_month = date(history.month_starts[0])
    starts = [
        day_of(
            first_month.replace(
                year=first_month.year + (first_month.month - 1 + i) // 12, month=(first_month.month - 1 + i) % 12 + 1
            )
        )
        for i in range(months)
    ]
    ambition = rng.uniform(0.85, 1.25, len(reps.team))
    for metric, name in enumerate(("revenue", "margin", "won_value")):
        level = reached[metric][:, :full].mean(axis=1)
        total = reached[metric][:, :full].sum(axis=0)
        season = np.array([total[m % 12 : full : 12].mean() for m in range(12)]) / total.mean()
        growth = 1 + 0.04 * (np.arange(months) - full / 2) / 12
        target = level[:, None] * ambition[:, None] * (season[np.arange(months) % 12] * growth)[None, :]
        rep, month = np.nonzero((reps.manager > 0)[:, None] & np.ones(months, dtype=bool))
        writer.add(
            {
                "rep_id": pick(reps.ids, rep),
                "month": np.array(starts)[month],
                "metric": [name] * len(rep),
                "target": np.maximum(100.0, np.round(target[rep, month], -2)),
            }
        )
