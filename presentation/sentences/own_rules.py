"""Sentences about rules that people set for themselves: what they watch, how they fared, what they found."""

from typing import Any

from data.people.store.own_rules import Condition
from presentation import labels, own_rules
from presentation.format import literal, value
from presentation.own_rules import LASTS_DAYS, WATCHES, Preview, Told
from presentation.words import listed, plural, text

_NAMED = 5


def condition(of: Condition, currency: str) -> str:
    """What a rule watches, and when it tells."""
    limit = value(abs(of.limit), own_rules.unit(of), currency)
    return text("{what}: {when}", what=labels.code(of.watch), when=_when(of, limit)) + _together(of)


def _when(of: Condition, limit: str) -> str:
    if WATCHES[of.watch].kind == "list" and of.limit <= 0:
        return text("whenever one is there")
    if of.sense == "fell":
        return text("down by more than {limit} on a year before", limit=limit)
    if of.sense == "rose":
        return text("up by more than {limit} on a year before", limit=limit)
    if of.sense == "below":
        return text("below {limit}", limit=limit)
    return text("above {limit}", limit=limit)


def _together(of: Condition) -> str:
    said = ""
    if own_rules.takes_months(of.watch):
        said += ", " + plural("{count} month together", "{count} months together", of.months)
    if of.subject:
        said += ", " + text("only {subject}", subject=literal(of.subject))
    return said


def is_right(of: Condition) -> str:
    """What it means that a rule was right."""
    kind = WATCHES[of.watch].kind
    if kind == "silence":
        return plural(
            "Right is a silence in which no order came for {count} more day.",
            "Right is a silence in which no order came for {count} more days.",
            LASTS_DAYS,
        )
    if kind == "list":
        return text(
            "A list keeps no past, so what it would have told cannot be said; it is looked at with all new data."
        )
    return plural(
        "Right is what still held {count} month later.", "Right is what still held {count} months later.", of.months
    )


def replayed(of: Condition, seen: Preview) -> str:
    """The answer: how often a rule would have fired, and how often it was right."""
    if WATCHES[of.watch].kind == "list":
        return plural("It would tell {count} now.", "It would tell {count} now.", seen.standing)
    since = value(seen.since, "date")
    fired = plural(
        "Since {day} it would have fired {count} time", "Since {day} it would have fired {count} times", seen.fired,
        day=since,
    )  # fmt: skip
    decided = seen.right + seen.wrong
    if not decided:
        return f"{fired}."
    right = plural("{count} of {decided} was right", "{count} of {decided} were right", seen.right,
                   decided=value(decided, "count"))  # fmt: skip
    if seen.undecided:
        return text(
            "{fired}; {right}, of {undecided} it cannot be told yet.", fired=fired, right=right,
            undecided=value(seen.undecided, "count"),
        )  # fmt: skip
    return f"{fired}; {right}."


def for_whom(seen: Preview) -> str:
    """For how many of those it looked at, and for whom most often; empty where for nobody."""
    if not seen.often:
        return ""
    names = [
        text("{name} ({times})", name=literal(name), times=value(times, "count")) for name, times in seen.often[:_NAMED]
    ]
    return text(
        "For {subjects} of {looked_at}, most often {names}.",
        subjects=value(seen.subjects, "count"),
        looked_at=value(seen.looked_at, "count"),
        names=listed(names),
    )


def verdict(seen: Preview) -> str:
    """What speaks against a rule; empty where nothing does."""
    if seen.verdict == "never":
        return text("It would never have told you anything: the limit is out of reach.")
    if seen.verdict == "nothing":
        return text("There was nothing of yours to look at: too few months were loaded, or no account is yours.")
    if seen.verdict == "everybody":
        return text("It would have fired for nearly everybody, so it tells nobody apart: make the limit stricter.")
    return ""


def found(of: Condition, told: Told, currency: str) -> str:
    """One finding: who, what value, since when."""
    return text(
        "{name}: {value} since {day}",
        name=literal(told.name),
        value=found_value(of, told.value, currency),
        day=value(told.spell.since, "date"),
    )


def found_value(of: Condition, amount: Any, currency: str) -> str:
    """The value that was found, a change with the way it went."""
    if of.sense in ("fell", "rose") and amount is not None:
        share = value(abs(float(amount)), "ratio")
        return text("down {share}", share=share) if amount < 0 else text("up {share}", share=share)
    return value(amount, own_rules.value_unit(of.watch), currency)
