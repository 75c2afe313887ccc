"""Totals and invoices of a handful of documents, small enough to check by eye."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from analytics.reconciliation import Reconciliation, reconcile
from analytics.reconciliation.parts import Document, Entry, Rates, Refused, is_copy, plain_id

APRIL, MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (4, 5, 6, 7))
MONTHS = (APRIL, MAY, JUNE, JULY)
DAILY = {APRIL + dt.timedelta(days=n): Decimal("0.90") + n * Decimal("0.001") for n in range(120)}
RATES = Rates("EUR", {"USD": DAILY})


def money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def documents() -> list[Document]:
    """Four months, six sales each of different amounts, two credit notes, one sale a month to nobody known."""
    made = []
    for place, month in enumerate(MONTHS):
        for number in range(6):
            amount = money(f"{100 + 37 * number + 211 * place}.{11 * number + place:02}")
            customer = f"C{number}" if number else None
            day = month + dt.timedelta(days=4 + 4 * number)
            made.append(Document(f"{place}{number}", day, amount, 2, Decimal("0.00"), customer, segment="b2b"))
    for place, month in enumerate(MONTHS[:2]):
        amount = money(f"-{20 + place}.17")
        made.append(Document(f"K{place}", month + dt.timedelta(days=9), amount, 1, amount, "C1", segment="b2b"))
    return made


def table(rows: Iterable[Any]) -> pa.Table:
    return pa.Table.from_pylist([vars(row) for row in rows])


def compared(ours: list[Document], theirs: list[Entry], refused: list[Refused] | None = None) -> Reconciliation:
    return reconcile(table(ours), table(theirs), table(refused or []), RATES)


def totals(listed: Iterable[Document], factor: str = "1") -> list[Entry]:
    """What finance would total of these documents, month by month."""
    sums: dict[dt.date, Decimal] = {}
    for one in listed:
        month = one.day.replace(day=1)
        sums[month] = sums.get(month, Decimal()) + one.amount
    return [Entry(money(str(amount * Decimal(factor))), month=month) for month, amount in sorted(sums.items())]


NONE = Decimal("0.00")


def causes(found: Reconciliation) -> dict[str, tuple[str, Decimal]]:
    return {row["cause"]: (row["certainty"], row["amount"]) for row in found.reasons.to_pylist()}


def require_sums(found: Reconciliation) -> None:
    """In each cell, difference = explained + remainder, and explained is the sum of the findings of the cell."""
    for row in found.cells.to_pylist():
        assert row["difference"] == row["theirs"] - row["ours"] == row["explained"] + row["remainder"]
        of_cell = [each["amount"] for each in found.findings.to_pylist() if each["month"] == row["month"]]
        assert sum(of_cell) == row["explained"]
    assert found.difference == found.explained + found.remainder


def test_totals_that_agree_have_no_cause() -> None:
    found = compared(documents(), totals(documents()))
    assert (found.difference, len(found.reasons), len(found.cells)) == (NONE, 0, 4)


def test_tax_that_all_months_share_is_certain() -> None:
    found = compared(documents(), totals(documents(), "1.19"))
    require_sums(found)
    assert causes(found) == {"tax": ("certain", found.difference)}
    assert found.remainder == 0


@pytest.mark.parametrize(
    ("cause", "is_counted"),
    [("without_customer", lambda one: one.customer_id), ("returned", lambda one: one.amount > 0)],
)
def test_what_finance_does_not_count_is_found(cause: str, is_counted: Any) -> None:
    found = compared(documents(), totals(one for one in documents() if is_counted(one)))
    require_sums(found)
    months = {row["month"] for row in found.findings.to_pylist()}
    assert causes(found) == {cause: ("certain" if len(months) >= 3 else "possible", found.difference)}
    assert found.remainder == 0


def test_what_waits_in_quarantine_is_counted_by_finance() -> None:
    waiting = documents()[8]
    ours = [one for one in documents() if one != waiting]
    refused = [Refused(waiting.id, waiting.day, waiting.amount, where="orders.csv line 9")]
    found = compared(ours, totals(documents()), refused)
    require_sums(found)
    assert causes(found) == {"quarantined": ("possible", waiting.amount)}
    assert found.findings.to_pylist()[0]["detail"] == "orders.csv line 9"


def test_an_order_entered_twice_is_found() -> None:
    one = documents()[10]
    again = Document(**{**vars(one), "id": f"{one.id}-2"})
    found = compared([*documents(), again], totals(documents()))
    assert causes(found) == {"doubled": ("possible", -one.amount)}


def test_an_order_that_two_months_pass_each_other_is_found_at_the_edge() -> None:
    late = Document("E1", dt.date(2026, 5, 31), money("77.70"), 1, customer_id="C1")
    moved = Document(**{**vars(late), "day": dt.date(2026, 6, 1)})
    found = compared([*documents(), late], totals([*documents(), moved]))
    require_sums(found)
    assert found.remainder == 0
    assert [(row["cause"], row["month"], row["amount"]) for row in found.findings.to_pylist()] == [
        ("other_day", MAY, money("-77.70")), ("other_day", JUNE, money("77.70")),
    ]  # fmt: skip


def test_sales_abroad_at_the_mean_rate_are_found() -> None:
    days = [month + dt.timedelta(days=8 * n) for place, month in enumerate(MONTHS[:3]) for n in range(1 + place)]
    abroad = [
        Document(f"U{day}", day, money(str(1000 * DAILY[day])), 1, customer_id="C2", currency="USD") for day in days
    ]
    at_mean = [
        Document(**{**vars(one), "amount": money(str(1000 * RATES.usual("USD", one.day)["mean_of_month"]))})
        for one in abroad
    ]
    found = compared([*documents(), *abroad], totals([*documents(), *at_mean]))
    require_sums(found)
    assert found.remainder == 0
    assert causes(found) == {"other_rate": ("certain", found.difference)}


def test_a_total_that_nothing_explains_stays() -> None:
    theirs = totals(documents())
    theirs[2] = Entry(theirs[2].amount + money("1234.56"), month=theirs[2].month)
    found = compared(documents(), theirs)
    require_sums(found)
    assert (found.remainder, causes(found)) == (money("1234.56"), {})


def test_what_holds_for_the_other_months_is_taken_off_a_total_that_is_wrong_besides() -> None:
    theirs = totals(documents(), "1.19")
    theirs[2] = Entry(theirs[2].amount + money("1234.56"), month=theirs[2].month)
    found = compared(documents(), theirs)
    require_sums(found)
    assert found.remainder == money("1234.56")
    assert causes(found) == {"tax": ("certain", found.explained)}


def test_a_month_that_one_side_lacks_is_missing() -> None:
    theirs = [*totals(documents()), Entry(money("50.00"), month=dt.date(2026, 8, 1))]
    found = compared(documents(), theirs)
    assert causes(found) == {"missing": ("certain", money("50.00"))}


@pytest.mark.parametrize(
    ("told", "found_causes"),
    [
        ("50.00", {"quarantined": ("certain", "50.00")}),
        ("60.00", {"quarantined": ("possible", "50.00"), "tax": ("possible", "10.00")}),
        ("57.30", {"quarantined": ("possible", "50.00")}),  # and 7.30 is unexplained
    ],
)
def test_a_month_of_which_all_of_ours_waits_is_put_down_to_that(told: str, found_causes: dict[str, Any]) -> None:
    refused = [Refused("Q1", dt.date(2026, 8, 3), money("50.00"), where="orders.csv line 9")]
    theirs = [*totals(documents()), Entry(money(told), month=dt.date(2026, 8, 1))]
    found = compared(documents(), theirs, refused)
    require_sums(found)
    assert causes(found) == {cause: (how, money(amount)) for cause, (how, amount) in found_causes.items()}
    assert found.remainder == money(told) - sum(amount for _, amount in causes(found).values())


def test_a_month_of_nothing_on_both_sides_agrees() -> None:
    empty = Document("N1", dt.date(2026, 8, 3), money("0"), 0)
    found = compared([*documents(), empty], [*totals(documents()), Entry(money("0"), month=dt.date(2026, 8, 1))])
    assert (found.difference, len(found.reasons)) == (NONE, 0)


def test_whole_thousands_are_rounding() -> None:
    big = [Document(**{**vars(one), "amount": one.amount * 1000}) for one in documents()]
    theirs = [Entry(round(entry.amount, -3), month=entry.month) for entry in totals(big)]
    found = compared(big, theirs)
    require_sums(found)
    assert set(causes(found)) == {"rounding"}
    assert found.remainder == 0


def invoices(listed: Iterable[Document]) -> list[Entry]:
    return [Entry(one.amount, number, one.id, one.day, one.day.replace(day=1), one.customer_id)
            for number, one in enumerate(listed, 2)]  # fmt: skip


def test_taxed_invoices_with_a_doubled_one_and_one_in_quarantine() -> None:
    listed = documents()
    waiting = listed[3]
    theirs = [Entry(money(str(entry.amount * Decimal("1.2"))), entry.line, entry.id, entry.day, entry.month)
              for entry in invoices(listed)]  # fmt: skip
    refused = [Refused(waiting.id, waiting.day, waiting.amount, 2)]
    found = compared([one for one in listed if one != waiting], [*theirs, theirs[5]], refused)
    require_sums(found)
    told = causes(found)
    assert told["quarantined"] == ("certain", waiting.amount)
    assert told["doubled"] == ("certain", theirs[5].amount)
    assert found.remainder == 0
    assert set(told) == {"quarantined", "doubled", "tax"}


def test_invoices_in_their_own_currency_are_converted_where_the_amounts_say_so() -> None:
    days = [APRIL + dt.timedelta(days=n) for n in range(5)]
    ours = [
        Document(f"U{n}", day, money(str((100 + n) * DAILY[day])), 1, customer_id="C1", currency="USD")
        for n, day in enumerate(days)
    ]
    theirs = [Entry(money(str(100 + n)), n, f"U{n}", one.day, APRIL, currency="USD") for n, one in enumerate(ours)]
    found = compared(ours, theirs)
    assert found.remainder == 0
    assert set(causes(found)) <= {"rounding"}
    in_reporting = [Entry(one.amount, n, one.id, one.day, APRIL, currency="USD") for n, one in enumerate(ours)]
    assert compared(ours, in_reporting).difference == 0


def test_numbers_as_people_write_them_are_the_same_invoice() -> None:
    found = compared(
        documents(), [Entry(e.amount, e.line, f"INV-00{e.id}", e.day, e.month) for e in invoices(documents())]
    )
    assert (found.difference, len(found.reasons)) == (NONE, 0)


def test_an_invoice_under_another_number_is_the_same_by_customer_and_amount() -> None:
    theirs = invoices(documents())
    theirs[4] = Entry(theirs[4].amount, 99, "R-999", theirs[4].day, theirs[4].month, theirs[4].customer_id)
    found = compared(documents(), theirs)
    assert (found.difference, len(found.reasons), found.renamed) == (NONE, 0, 1)


@pytest.mark.parametrize(
    ("number", "of", "is_one"),
    [("1007-2", "1007", True), ("1007/A", "1007", True), ("1007 copy", "1007", True), ("10072", "1007", False),
     ("1007-2026", "1007", False), ("1007", "1007", False)],
)  # fmt: skip
def test_a_copy_has_a_mark_behind_its_number(number: str, of: str, *, is_one: bool) -> None:
    assert is_copy(number, of) == is_one


def test_a_number_without_what_stands_around_it() -> None:
    assert [plain_id(each) for each in ("INV-00017", "inv 17", "17", "A-1-B")] == ["17", "17", "17", "1b"]
