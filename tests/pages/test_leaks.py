"""Nobody is shown another's rows: every page for every scope, director first, nothing cleared in between.

Names and ids of the company below tell whose they are, so that whatever a page shows can be judged by itself.
"""

import datetime as dt
import random
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data import settings
from data.warehouse import access, build, reading
from pages.ui.customers import account
from presentation import format
from tests import companies
from tests.pages.screen import shown

REPS = ("R1", "R2", "R3", "R4", "R5")
MANAGERS = {"R2": "R1", "R3": "R1", "R4": "R3"}
SCOPES = {
    "director": set(REPS),
    "lead:R1": {"R1", "R2", "R3", "R4"},
    "lead:R3": {"R3", "R4"},
    **{f"rep:{rep}": {rep} for rep in REPS},
    "ecommerce": set(REPS),
}
PAGES = ("customers", "catalogs", "negotiations", "team")
START, AS_OF = dt.date(2025, 1, 1), dt.date(2026, 3, 31)
# kind, owner or handler, number: customer-R3-7
_TOKEN = re.compile(r"(customer|order|quote|person)-(R\d)-(\d+)")


def company(each: int = 7, said: Sequence[str] = ("Ltd",)) -> companies.Company:
    """`each` customers of every rep; what is `said` stands in turn behind their names."""
    pick = random.Random(11)
    days = (AS_OF - START).days
    customers = [f"customer-{rep}-{i}" for rep in REPS for i in range(each)]
    orders = [
        {"order_id": f"order-{c.split('-')[1]}-{c.split('-')[2]}{n:02}", "customer_id": c, "currency": "EUR",
         "ordered_on": AS_OF if n == 0 else START + dt.timedelta(pick.randrange(days)), "rep_id": c.split("-")[1],
         "catalog_id": "K1"}
        for c in customers
        for n in range(pick.randint(6, 12))
    ]  # fmt: skip
    quotes: list[dict[str, Any]] = [
        {"quote_id": f"quote-{rep}-{i}", "rep_id": rep, "customer_id": f"customer-{rep}-{i % each}",
         "currency": "EUR", "amount": Decimal(pick.randrange(100, 9999)),
         "requested_on": START + dt.timedelta(pick.randrange(days)),
         "outcome": (outcome := pick.choice((None, "won", "lost"))), "closed_on": AS_OF if outcome else None}
        for rep in REPS
        for i in range(9)
    ]  # fmt: skip
    return {
        "sales_reps": [
            {"rep_id": rep, "name": f"person-{rep}-0", "team": f"Team {rep}", "manager_id": MANAGERS.get(rep)}
            for rep in REPS
        ],
        "catalogs": [{"catalog_id": "K1", "name": "Everything"}],
        "customers": [
            {"customer_id": c, "name": f"{c} {said[n % len(said)]}", "segment": "dealer",
             "owner_rep_id": c.split("-")[1], "catalog_id": "K1"}
            for n, c in enumerate(customers)
        ],
        "products": [{"product_id": f"P{i}", "name": f"Product {i}", "category": "All"} for i in range(5)],
        "catalog_items": [
            {"catalog_id": "K1", "product_id": f"P{i}", "valid_from": START, "price": Decimal(80)} for i in range(5)
        ],
        "quotes": quotes,
        "quote_events": [
            {"event_id": f"{quote['quote_id']}/{n}", "quote_id": quote["quote_id"], "stage": "talks",
             "buying_job": pick.choice(("validation", "solution_exploration", "consensus_creation")),
             "occurred_at": dt.datetime.combine(quote["requested_on"], dt.time(9 + n))}
            for quote in quotes
            for n in range(3)
        ],
        "orders": orders,
        "order_lines": [
            {"order_id": order["order_id"], "line_no": 1, "product_id": f"P{pick.randrange(5)}",
             "quantity": Decimal(pick.randrange(1, 50)), "unit_price": Decimal(pick.randrange(100, 9000)) / 100,
             "unit_cost": Decimal(1), "list_price": Decimal(90)}
            for order in orders
        ],
        "contacts": [
            {"contact_id": f"K-{c}", "customer_id": c, "name": f"person-{c.split('-')[1]}-1", "role": "Buyer"}
            for c in customers
        ],
        "contracts": [
            {"contract_id": f"T-{c}", "customer_id": c, "rep_id": "R1", "starts_on": START} for c in customers
        ],
        "activities": [
            {"activity_id": f"A-{c}", "customer_id": c, "rep_id": "R1", "occurred_on": AS_OF, "kind": "visit",
             "contact_id": f"K-{c}"}
            for c in customers
        ],
        "feedback": [
            {"feedback_id": f"F-{c}", "customer_id": c, "given_on": AS_OF, "score": 9, "comment": f"from {c}"}
            for c in customers
        ],
        "quotas": [
            {"rep_id": rep, "month": dt.date(2026, 3, 1), "metric": "revenue", "target": Decimal(5000)} for rep in REPS
        ],
    }  # fmt: skip


COMPANY = company()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, COMPANY)
        build.build(settings.current())
    return home


@pytest.fixture(autouse=True)
def loaded(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The company, published; nothing is cached before and after."""
    monkeypatch.setenv("ORDERBEAT_HOME", str(house))
    cache = reading._fetch
    cache.cache_clear()
    yield
    cache.cache_clear()
    access._connections.clear()


def test_every_page_shows_each_scope_its_own_rows_alone() -> None:
    assert leaks() == []


@pytest.mark.slow
def test_a_cache_that_forgets_whose_rows_it_keeps_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same run with a cache whose key lacks the scope, put in the place of ours."""
    kept: dict[Any, access.Result] = {}

    def forgetful(scope: str, shown: access.Snapshot, name: str, params: Any) -> access.Result:
        key = (shown, name, params)
        if key not in kept:
            kept[key] = access.query(scope, name, dict(params))
        return kept[key]

    monkeypatch.setattr(reading, "_fetch", forgetful)
    found = leaks()
    assert any("lead:R1 customers: customer-R5" in leak for leak in found)
    assert any("rep:R5 customers: person-R1" in leak for leak in found)
    assert any("rep:R5 customers: revenue" in leak for leak in found)


@pytest.mark.parametrize("scope", ["rep:R5", "lead:R3"])
def test_every_part_of_an_account_shows_its_own_alone(scope: str) -> None:
    """What one customer did and said, in every section of its page."""
    for rep in SCOPES[scope]:
        for goods, dealings in zip(("bought", "could_buy", "prices") * 2, account.DEALINGS, strict=True):
            said = shown(scope, "customers", customer=f"customer-{rep}-3", goods=goods, dealings=dealings)
            words = "\n".join(said)
            assert {token[0] for token in _TOKEN.finditer(words) if token[1] == "customer"} <= {f"customer-{rep}-3"}
            assert foreign(said, SCOPES[scope]) == set()
            assert {"contacts": f"person-{rep}-1", "timeline": f"from customer-{rep}-3"}.get(dealings, "") in words


def test_contacts_are_not_in_the_file_of_ecommerce() -> None:
    said = shown("ecommerce", "customers", customer="customer-R2-1", dealings="contacts")
    assert "No contacts." in said
    assert not any(kind[1] == "person" for w in said for kind in _TOKEN.finditer(w))


@pytest.mark.slow
def test_proposed_catalogs_are_made_of_ones_own_customers_alone() -> None:
    for scope, reps in SCOPES.items():
        said = shown(scope, "catalogs", list="proposals")
        assert foreign(said, reps) == set()
        assert {token[2] for words in said for token in _TOKEN.finditer(words) if token[1] == "customer"} == reps
    assert "customer-R5-3 Ltd" in "\n".join(shown("rep:R5", "catalogs", list="proposals", **{"for": "customer-R5-3"}))
    said = shown("rep:R5", "catalogs", list="proposals", **{"for": "customer-R1-3"})
    assert "Not found." in "\n".join(said)
    assert foreign(said, {"R5"}) == set()


def test_details_of_others_are_not_found() -> None:
    orders = {order["customer_id"]: order["order_id"] for order in COMPANY["orders"]}
    for customer, order in list(orders.items())[-6:]:
        said = shown("rep:R5", "customers", customer=customer, order=order)
        own = customer.startswith("customer-R5-")
        assert ("Not found." in "\n".join(said)) is not own
        assert own or foreign(said, {"R5"}) == set()
    for quote in COMPANY["quotes"][-6:]:
        said = shown("rep:R5", "negotiations", negotiation=quote["quote_id"])
        assert ("Not found." in "\n".join(said)) is not (quote["rep_id"] == "R5")
        assert quote["rep_id"] == "R5" or foreign(said, {"R5"}) == set()


def leaks() -> list[str]:
    """What any scope is shown of others, or what its revenue should be instead; the director looks first."""
    found = []
    for scope, reps in SCOPES.items():
        for page in PAGES if scope != "ecommerce" else PAGES[:3]:
            said = shown(scope, page)
            found += [f"{scope} {page}: {token}" for token in sorted(foreign(said, reps))]
            if page == "customers" and revenue(reps) not in said:
                found.append(f"{scope} {page}: revenue is not {revenue(reps)}")
            if scope == "ecommerce":
                found += [f"{scope} {page}: {w}" for w in said for kind in _TOKEN.finditer(w) if kind[1] == "person"]
    return found


def foreign(said: list[str], reps: set[str]) -> set[str]:
    return {token[0] for words in said for token in _TOKEN.finditer(words) if token[2] not in reps}


def revenue(reps: set[str]) -> str:
    """Of the last twelve months, as the first figure of the customers page says it."""
    lines = {line["order_id"]: line for line in COMPANY["order_lines"]}
    amounts = (
        (lines[order["order_id"]]["quantity"] * lines[order["order_id"]]["unit_price"]).quantize(Decimal("0.01"))
        for order in COMPANY["orders"]
        if order["rep_id"] in reps and order["ordered_on"] >= dt.date(2025, 4, 1)
    )
    return format.value(sum(amounts, Decimal(0)), "money", companies.CURRENCY)
