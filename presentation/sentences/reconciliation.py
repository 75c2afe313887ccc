"""Sentences about ours and finance's: whether they agree, by how much they do not, and why."""

from decimal import Decimal

from data.warehouse.reconcile import Outcome
from presentation import labels
from presentation.format import literal, value
from presentation.words import text


def answer(outcome: Outcome) -> str:
    """Whether they agree, else the difference with its causes and what is left."""
    found = outcome.found
    if not len(outcome.reasons) and not any(row["difference"] for row in outcome.cells.rows()):
        return text("Ours and finance's agree to the cent: {amount}.", amount=_cents(outcome, found.ours))
    sums: dict[str, Decimal] = {}
    for row in outcome.reasons.rows():
        sums[row["cause"]] = sums.get(row["cause"], Decimal()) + row["amount"]
    causes = ", ".join(f"{value(amount, 'cents')} {labels.code(cause)}" for cause, amount in sums.items())
    return text(
        "Finance's less ours is {difference}: {causes}; {remainder} is unexplained",
        difference=_cents(outcome, found.difference),
        causes=causes or text("no cause found"),
        remainder=_cents(outcome, found.remainder),
    )


def doubt(outcome: Outcome) -> str:
    """How much of the explanation is possible, not certain; '' where all of it is certain."""
    possible = [row for row in outcome.reasons.rows() if row["certainty"] == "possible"]
    if not possible:
        return ""
    amount = sum((row["amount"] for row in possible), Decimal())
    return text("Of this, {amount} is possible, not certain.", amount=_cents(outcome, amount))


def kept(about: dict[str, str]) -> str:
    """What the last comparison came to."""
    return text(
        "Last compared: {file}, {day}, snapshot {snapshot}: difference {difference}, unexplained {remainder}.",
        file=literal(about["file"]),
        day=about["at"][:10],
        snapshot=about["snapshot"],
        difference=value(Decimal(about["difference"]), "cents", about["currency"]),
        remainder=value(Decimal(about["remainder"]), "cents", about["currency"]),
    )


def _cents(outcome: Outcome, amount: Decimal) -> str:
    return value(amount, "cents", outcome.currency)
