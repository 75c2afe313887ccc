import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import growth, track_record
from analytics.growth import chances, choice, reasons, scores
from analytics.growth.past import Habits, Past
from analytics.growth.potential import potential
from analytics.tables import Ask
from queries import load
from tests import warehouse

Row = dict[str, Any]
AS_OF = dt.date(2026, 6, 30)
TABLES = {"order_lines", "order_days", "products", "customers", "customer_feed_ends", "input_catalog_items"}
# Two kinds of buyers: A buys P0 to P9, B buys P10 to P19, each customer all but two or three of its kind.
GROUPS = (range(10), range(10, 20))


def orders(customers: int = 80, days: int = 600, seed: int = 0) -> list[Row]:
    random = np.random.default_rng(seed)
    lines = []
    for number in range(customers):
        group = list(GROUPS[number % 2])
        for item in random.permutation(group)[:8]:
            first = random.integers(0, days)
            lines += [
                line(f"C{number:03}", f"P{item:02}", AS_OF - dt.timedelta(days=back), 10.0 + number)
                for back in range(int(first), -1, -40)
            ]
    return lines


def line(customer: str, product: str, day: dt.date, revenue: float) -> Row:
    return {"customer_id": customer, "product_id": product, "ordered_on": day, "quantity": 1.0, "revenue": revenue}


@contextmanager
def asking(
    lines: list[Row],
    products: Sequence[Row] = (),
    offers: Sequence[Row] = (),
    catalogs: Mapping[str, str | None] | None = None,
    industries: Mapping[str, str] | None = None,
) -> Iterator[Ask]:
    """The product's own statistics over those order lines; every product bought has a category by its tens."""
    ids = sorted({row["product_id"] for row in lines})
    known = {i: {"product_id": i, "category": i[:2], "discontinued_on": None} for i in ids}
    known |= {row["product_id"]: row for row in products}
    customers = [
        {"customer_id": c, "catalog_id": (catalogs or {}).get(c), "industry": (industries or {}).get(c)}
        for c in sorted({row["customer_id"] for row in lines})
    ]
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, TABLES)
        given_rows = {"order_lines": lines, "products": list(known.values()), "customers": customers}
        for table, rows in (given_rows | {"input_catalog_items": list(offers)}).items():
            if rows:
                connection.register("given_rows", pa.Table.from_pylist(rows))
                connection.execute(f"insert into {table} by name select * from given_rows")
        connection.execute(
            "insert into order_days by name select customer_id, ordered_on, count(*) as orders, "
            "sum(revenue) as revenue from order_lines group by all"
        )

        def ask(name: str, **params: object) -> pa.Table:
            return connection.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        yield ask


def proposed(lines: list[Row], dismissed: AbstractSet[tuple[str, str]] = frozenset(), **tables: Any) -> growth.Growth:
    with asking(lines, **tables) as ask:
        return growth.proposals(ask, AS_OF, dismissed)


def pairs(table: pa.Table) -> list[tuple[str, str, int]]:
    return list(zip(*(table.column(name).to_pylist() for name in ("customer_id", "product_id", "rank")), strict=True))


@pytest.fixture(scope="module")
def lines() -> list[Row]:
    return orders()


@pytest.fixture(scope="module")
def plain(lines: list[Row]) -> growth.Growth:
    return proposed(lines)


def test_ease_by_hand() -> None:
    """X'X + I = [[3, 1], [1, 2]], its inverse [[2, -1], [-1, 3]] / 5; each column over its diagonal, negated."""
    bought = sp.csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0]], np.float32))
    assert scores.ease((bought.T @ bought).toarray(), 1.0) == pytest.approx(
        np.array([[0, 1 / 3], [1 / 2, 0]]), abs=1e-6
    )


def test_item_similarities_by_hand() -> None:
    bought = sp.csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]], np.float32))
    gram = (bought.T @ bought).toarray()
    one, two = 2 / 6**0.5, 1 / 3**0.5
    assert scores.item_knn(gram, 2) == pytest.approx(np.array([[0, one, two], [one, 0, 0], [two, 0, 0]]), abs=1e-6)
    nearest = scores.item_knn(gram, 1)
    assert nearest[:, 0] == pytest.approx([0, one, 0], abs=1e-6)


def test_ndcg_by_hand() -> None:
    """The second of two candidates is right: 1 / log2(3). Who has nothing to find is left out."""
    given_scores, allowed = np.array([[3.0, 2.0, 9.0], [1.0, 1.0, 1.0]]), np.array([[True, True, False], [True] * 3])
    gains = np.array([[0.0, 5.0, 0.0], [0.0, 0.0, 0.0]])
    assert scores.ndcg(given_scores, allowed, gains, np.arange(2)) == pytest.approx([1 / np.log2(3)])


def test_missing_products_of_the_own_kind_are_proposed_first(lines: list[Row], plain: growth.Growth) -> None:
    top = [row for row in plain.proposals.to_pylist() if row["rank"] == 1]
    assert len(top) == len({row["customer_id"] for row in lines})
    kind = [int(row["customer_id"][1:]) % 2 == (row["product_id"] >= "P10") for row in top]
    assert np.mean(kind) > 0.95
    because = [row["because_product_id"][:2] == row["product_id"][:2] for row in top if row["because_product_id"]]
    assert because
    assert np.mean(because) > 0.95


def test_tables_are_as_said(plain: growth.Growth) -> None:
    assert plain.proposals.schema.equals(growth.SCHEMA)
    assert plain.record.schema.equals(track_record.SCHEMA)
    (row,) = plain.record.to_pylist()
    assert (row["kind"], row["horizon_days"], row["origins"]) == ("growth", 90, 1)
    assert row["precision"] > row["base_rate"] > 0
    ranks: dict[str, list[int]] = {}
    for customer, _, rank in pairs(plain.proposals):
        ranks.setdefault(customer, []).append(rank)
    assert all(found == list(range(1, len(found) + 1)) and len(found) <= 10 for found in ranks.values())
    assert_sound(plain)


def test_nothing_owned_is_proposed(lines: list[Row], plain: growth.Growth) -> None:
    year = AS_OF - dt.timedelta(days=365)
    owned = {(row["customer_id"], row["product_id"]) for row in lines if row["ordered_on"] > year}
    assert not owned & {pair[:2] for pair in pairs(plain.proposals)}


def past_of(bought: list[list[int]], category: Sequence[str], **more: Any) -> Past:
    """A past of what each customer owns, a unit spent on each item; everything is offered to everybody."""
    owned = np.array(bought, np.float32)
    customers, items = (np.array([f"{sign}{n:02}" for n in range(many)], dtype=object)
                        for sign, many in zip("CP", owned.shape, strict=True))  # fmt: skip
    count = len(customers)
    given_columns = {
        "spend": sp.csr_matrix(owned.astype(float)),
        "trade": np.full(count, "", dtype=object),
        "habits": Habits(np.full(count, 9.0), np.zeros(count), np.full(count, 30.0), np.zeros(count)),
    } | more
    return Past(
        customers=customers,
        items=items,
        category=np.array(list(category), dtype=object),
        bought=sp.csr_matrix(owned),
        recent=sp.csr_matrix(owned),
        trend=np.zeros(len(items)),
        offers=np.ones((1, len(items)), bool),
        catalog=np.zeros(count, int),
        **given_columns,
    )


def chosen(past: Past, wanted: list[float], kept: int) -> choice.Top:
    """What is proposed to the first customer where items score as given."""
    allowed, rows = past.candidates(np.array([0])), np.array([0])
    weights = np.zeros((past.kinds.max() + 1,) * 2, np.float32)
    return choice.Top(*choice._chosen(past, np.array([wanted], np.float32), allowed, rows, weights, kept))


def test_a_list_holds_the_best_two_of_each_category() -> None:
    """One customer, seven candidates of three categories, scored in the order of the items."""
    past = past_of([[0] * 7], "aaababc")
    top = chosen(past, [7, 6, 5, 4, 3, 2, 1], kept=0)
    assert (top.column.tolist(), top.rank.tolist(), top.score.tolist()) == (
        [0, 1, 3, 5, 6],
        [1, 2, 3, 4, 5],
        [7, 6, 4, 2, 1],
    )
    assert chosen(past_of([[0] * 7], [""] * 7), [7, 6, 5, 4, 3, 2, 1], kept=0).column.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_places_are_kept_for_categories_it_buys_nothing_of() -> None:
    """It buys of a to c; by score alone none of d, e and f would be shown, and of d there are two."""
    past = past_of([[1, 1, 1, *[0] * 10]], "abcaabbccddef")
    wanted = [0, 0, 0, 9, 8, 7, 6, 5, 4, 3, 2.5, 2, 1]
    assert chosen(past, wanted, kept=0).shown.column.tolist() == [3, 4, 5, 6, 7]
    top = chosen(past, wanted, kept=2)
    assert top.shown.column.tolist() == [3, 4, 5, 9, 11], "the best of each of two categories, in order of score"
    assert top.shown.is_new.tolist() == [False, False, False, True, True]
    assert top.column[5:].tolist() == [6, 7, 8, 10, 12], "the others follow"


def test_no_customer_is_proposed_more_than_two_of_a_category(plain: growth.Growth) -> None:
    given = plain.proposals.group_by(["customer_id", "category"]).aggregate([("product_id", "count")])
    assert 0 < max(given["product_id_count"].to_pylist()) <= choice.OF_A_CATEGORY


def test_the_reason_is_owned(lines: list[Row], plain: growth.Growth) -> None:
    owned = {(row["customer_id"], row["product_id"]) for row in lines}
    rows = plain.proposals.to_pylist()
    assert {(r["customer_id"], r["because_product_id"]) for r in rows if r["because_product_id"]} <= owned


def test_dismissed_proposals_stay_away(lines: list[Row], plain: growth.Growth) -> None:
    first = frozenset(pair[:2] for pair in pairs(plain.proposals) if pair[2] == 1)
    again = {pair[:2] for pair in pairs(proposed(lines, dismissed=first).proposals)}
    assert again
    assert not first & again


def test_discontinued_products_are_not_proposed(lines: list[Row], plain: growth.Growth) -> None:
    gone = {"product_id": "P03", "category": "P0", "discontinued_on": AS_OF}
    assert "P03" in plain.proposals.column("product_id").to_pylist()
    left = proposed(lines, products=[gone]).proposals.column("product_id").to_pylist()
    assert left
    assert "P03" not in left


def test_products_without_a_late_sale_are_not_proposed(lines: list[Row]) -> None:
    late = AS_OF - dt.timedelta(days=180)
    kept = [row for row in lines if row["product_id"] != "P03" or row["ordered_on"] <= late]
    found = proposed(kept).proposals.column("product_id").to_pylist()
    assert found
    assert "P03" not in found


def test_only_the_customers_catalog_is_proposed(lines: list[Row]) -> None:
    offers = [{"catalog_id": "K1", "product_id": f"P{i:02}", "valid_from": dt.date(2020, 1, 1)} for i in range(5)]
    catalogs = {"C000": "K1", "C001": "K1", "C002": "K2"}
    rows = proposed(lines, offers=offers, catalogs=catalogs).proposals.to_pylist()
    inside = {row["product_id"] for row in rows if row["customer_id"] in ("C000", "C001")}
    assert inside
    assert inside <= {f"P{i:02}" for i in range(5)}
    assert any(row["product_id"] >= "P05" for row in rows if row["customer_id"] == "C002"), "a catalog without items"


def test_the_scale_of_money_changes_amounts_and_nothing_else(lines: list[Row], plain: growth.Growth) -> None:
    scaled = proposed([row | {"revenue": row["revenue"] * 1000} for row in lines]).proposals
    assert pairs(scaled) == pairs(plain.proposals)
    for name in ("potential_p50", "potential_p80", "value"):
        expected = 1000 * plain.proposals.column(name).to_numpy()
        assert scaled.column(name).to_numpy() == pytest.approx(expected, rel=1e-5)


def test_the_order_of_rows_changes_nothing(lines: list[Row], plain: growth.Growth) -> None:
    shuffled = [lines[i] for i in np.random.default_rng(5).permutation(len(lines))]
    assert proposed(shuffled).proposals.equals(plain.proposals)


def test_a_day_later_everything_is_the_same(lines: list[Row], plain: growth.Growth) -> None:
    day = dt.timedelta(days=1)
    with asking([row | {"ordered_on": row["ordered_on"] + day} for row in lines]) as ask:
        assert growth.proposals(ask, AS_OF + day).proposals.equals(plain.proposals)


def test_what_comes_after_the_day_is_not_seen(lines: list[Row], plain: growth.Growth) -> None:
    later = [line("C000", f"P{i:02}", AS_OF + dt.timedelta(days=1 + i), 500.0) for i in range(20)]
    assert proposed([*lines, *later]).proposals.equals(plain.proposals)


def test_a_duplicate_gets_the_same(lines: list[Row]) -> None:
    twin = [row | {"customer_id": "C000x"} for row in lines if row["customer_id"] == "C000"]
    found = pairs(proposed([*lines, *twin]).proposals)
    one, other = ([pair[1:] for pair in found if pair[0] == customer] for customer in ("C000", "C000x"))
    assert one
    assert one == other


@pytest.mark.parametrize(
    "few",
    [
        [],
        [line("C1", "P1", AS_OF, 5.0)],
        [line("C1", f"P{i}", AS_OF - dt.timedelta(days=i), 5.0) for i in range(300)],
        [line(f"C{i}", "P1", AS_OF - dt.timedelta(days=i), 5.0) for i in range(300)],
        [line(f"C{i}", "P1", AS_OF, 0.0) for i in range(30)],
    ],
    ids=["empty", "one line", "one customer", "one product", "one day"],
)
def test_what_is_too_little_gives_no_proposals(few: list[Row]) -> None:
    found = proposed(few)
    assert (found.proposals.num_rows, found.proposals.schema) == (0, growth.SCHEMA)
    assert found.record.schema == track_record.SCHEMA


def test_a_short_past_falls_back_and_says_so() -> None:
    (row,) = proposed(orders(150, 300)).record.to_pylist()
    assert row["method"] == "item-kNN"


def test_of_few_customers_products_are_proposed_and_no_chance_is_told() -> None:
    found = proposed(orders(20, 600))
    assert found.proposals.num_rows > 0
    assert (found.accounts.num_rows, found.replays.num_rows, found.record.num_rows) == (0, 0, 0)
    assert scores.untuned(past_of([[1]] * 40, "a")) == scores.POPULARITY


def test_potential_is_told_by_the_owners() -> None:
    """All owners of an item spend 20 of 60 on it; who spends 40 in all will spend 20 by the root of 40 / 60."""
    amounts = np.full((60, 3), 20.0)
    amounts[[1, 2], [1, 2]] = 0
    spend = sp.csr_matrix(amounts)
    past = past_of((amounts > 0).astype(int).tolist(), "XXX", spend=spend)
    p50, p80 = potential(past, np.array([1, 2]), np.array([1, 2]))
    assert p50 == pytest.approx([20 * (40 / 60) ** 0.5] * 2, rel=0.01)
    assert (p80 >= p50).all()


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 1000),
    customers=st.integers(1, 70),
    days=st.integers(1, 700),
    revenue=st.sampled_from([0.0, 0.01, 1.0, 1e9, -5.0]),
)
def test_numbers_are_numbers(seed: int, customers: int, days: int, revenue: float) -> None:
    assert_sound(proposed([row | {"revenue": revenue} for row in orders(customers, days, seed)]))


def test_nothing_is_told_of_who_is_leaving(lines: list[Row], plain: growth.Growth) -> None:
    """It ordered every forty days and is silent for a hundred."""
    silent = AS_OF - dt.timedelta(days=100)
    found = proposed([row for row in lines if row["customer_id"] != "C000" or row["ordered_on"] <= silent])
    assert "C000" in plain.accounts["customer_id"].to_pylist()
    assert "C000" not in found.accounts["customer_id"].to_pylist()
    assert found.accounts.num_rows > 70


def test_account_and_products_agree(plain: growth.Growth) -> None:
    """At least one comes true with the chance told, and what is expected of all is what is expected of each."""
    shown: dict[str, list[Row]] = {}
    for row in plain.proposals.to_pylist():
        if row["is_shown"]:
            shown.setdefault(row["customer_id"], []).append(row)
    for account in plain.accounts.to_pylist():
        rows = shown[account["customer_id"]]
        assert 1 - np.prod([1 - row["probability"] for row in rows]) == pytest.approx(account["chance"], abs=1e-6)
        assert account["expected"] == pytest.approx(account["chance"] * account["potential"])
        each = sum(row["probability"] * row["potential"] for row in rows)
        assert account["expected"] == pytest.approx(each)


def test_the_record_is_of_rows_above_the_limits(plain: growth.Growth) -> None:
    (limit,), (row,) = plain.limits.to_pylist(), plain.record.to_pylist()
    assert limit["least_chance"] == growth.LEAST_CHANCE
    above = [
        replay
        for replay in plain.replays.to_pylist()
        if replay["chance"] >= limit["least_chance"] and replay["expected"] >= limit["least_expected"]
    ]
    assert 0 < len(above) == row["alerts"]
    assert row["hits"] == sum(replay["has_taken"] for replay in above)
    assert row["base_rate"] == pytest.approx(np.mean([replay["random_chance"] for replay in above]))


def test_few_cases_tell_no_certainty() -> None:
    """Thirty cases, all right: of the next one it is not told that it will be; nor where half are, by a clear mark."""
    mark = np.linspace(-1, 1, 30)[:, None]
    right = mark[:, 0] > 0
    told = chances.Calibration([(mark, right)]).probability(np.array([[-50.0], [50.0]]))
    assert told[0] > 0.02
    assert told[1] < 0.98
    assert chances.Calibration([(mark, np.ones(30, bool))]).probability(mark).max() < 0.99


def test_the_level_follows_the_latest_origin() -> None:
    """Before, half came true, lately one in ten: what is told is near the latter, of many cases nearer than of few."""
    mark = np.zeros((400, 1))

    def told(cases: int) -> float:
        lately = (mark[:cases], np.arange(cases) % 10 == 0)
        return float(chances.Calibration([lately, (mark, np.arange(400) % 2 == 0)]).probability(mark[:1])[0])

    assert told(400) == pytest.approx(0.1, abs=0.05)
    assert told(400) < told(20) < 0.4


def test_each_and_all_agree() -> None:
    each = chances.each_of(np.array([0.1, 0.2]), np.array([0.28, 0.28]), np.array([0.5, 0.5]))
    assert 1 - np.prod(1 - each) == pytest.approx(0.5)


def test_like_buyers_are_of_its_trade_and_size() -> None:
    """Sixty gardeners, who spend more with their number, and sixty joiners; of the middle third half buy."""
    bought = [[1, number % 2] for number in range(60)] + [[1, 1]] * 60
    spend = sp.csr_matrix([[float(number), bought[number][1] * 0.001] for number in range(1, 61)] + [[1.0, 1.0]] * 60)
    trade = np.array(["Gardens"] * 60 + ["Joinery"] * 60, dtype=object)
    past = past_of(bought, "ab", spend=sp.csr_matrix(spend), trade=trade)
    like = reasons.like_buyers(past)
    top = choice.Top(np.array([30]), np.array([1]), np.array([1]), np.array([0.0]), np.array([True]))
    others, product_share, category_share = reasons.shares(past, like, top)
    of = like.group[30]
    assert (like.name[of], like.kind[of], like.is_sized[of], others[0]) == ("Gardens", "trade", True, 19)
    assert product_share[0] == category_share[0] == pytest.approx(10 / 19)


def test_shares_of_like_buyers_are_as_counted_from_the_lines(lines: list[Row]) -> None:
    """Of its industry, its third by what was spent in the year; the customer itself does not count."""
    industry = {row["customer_id"]: "Joinery" if row["customer_id"] < "C050" else "Gardens" for row in lines}
    found = proposed(lines, industries=industry).proposals.to_pylist()
    year = [row for row in lines if row["ordered_on"] > AS_OF - dt.timedelta(days=365)]
    spent: dict[str, float] = {}
    bought: dict[str, set[str]] = {}
    for row in year:
        spent[row["customer_id"]] = spent.get(row["customer_id"], 0) + row["revenue"]
        bought.setdefault(row["customer_id"], set()).update((row["product_id"], row["product_id"][:2]))
    thirds: dict[str, list[str]] = {}
    for name in ("Joinery", "Gardens"):
        by_size = sorted((c for c in spent if industry[c] == name), key=lambda c: (spent[c], c))
        sizes = [len(by_size) // 3 + (place < len(by_size) % 3) for place in range(3)]
        for start, size in zip((0, sizes[0], sizes[0] + sizes[1]), sizes, strict=True):
            thirds |= dict.fromkeys(by_size[start : start + size], by_size[start : start + size])
    assert found
    for row in found:
        others = [other for other in thirds[row["customer_id"]] if other != row["customer_id"]]
        assert (row["like_name"], row["like_buyers"]) == (industry[row["customer_id"]], len(others))
        for share, thing in (("product_share", row["product_id"]), ("category_share", row["category"])):
            assert row[share] == pytest.approx(np.mean([thing in bought[other] for other in others])), (row, share)


def test_without_trades_like_buyers_buy_alike() -> None:
    past = past_of([[1, 0]] * 60 + [[0, 1]] * 60, "ab")
    like = reasons.like_buyers(past)
    assert set(like.kind) == {"pattern"}
    assert len({like.group[0], like.group[60]}) == 2


def assert_sound(found: growth.Growth) -> None:
    table = found.proposals
    numbers = ("score", "potential_p50", "potential_p80", "value", "potential")
    shares = ("probability", "product_share", "category_share")
    for name in (*numbers, *shares):
        assert np.isfinite(table.column(name).to_numpy()).all(), name
    for name in shares:
        assert all(0 <= share <= 1 for share in table.column(name).to_pylist()), name
    for told in (found.accounts, found.replays):
        assert all(0 <= chance <= 1 for chance in told.column("chance").to_pylist())
        assert all(np.isfinite(amount) and amount >= 0 for amount in told.column("expected").to_pylist())
    assert (table.column("potential_p80").to_numpy() >= table.column("potential_p50").to_numpy() - 1e-9).all()
    assert (table.column("value").to_numpy() >= 0).all()
