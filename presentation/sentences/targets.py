"""Sentences about targets: who changed which."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from data.people.store import Setting
from presentation import labels
from presentation.format import literal, value
from presentation.words import plural, text

# How many targets of one entry are told; the others are counted.
_TARGETS_NAMED = 3


def entry(kept: Setting, names: Mapping[str, str], currency: str) -> str:
    """Who changed which targets, and when; `names` are those of the people whose targets they are."""
    number = len(kept.value)
    said = plural(
        "{who} changed {count} target on {day}",
        "{who} changed {count} targets on {day}",
        number,
        who=literal(labels.code(kept.by.name)),
        day=value(kept.at.date(), "date"),
    )
    changes = [_target(target, names, currency) for target in kept.value[:_TARGETS_NAMED]]
    more = number - len(changes)
    changes += [plural("{count} more", "{count} more", more)] if more else []
    return f"{said}: {'; '.join(changes)}"


def _target(target: Mapping[str, Any], names: Mapping[str, str], currency: str) -> str:
    """Whose target of which month, and what it is to be."""
    amount = target["target"]
    return text(
        "{rep}, {month}, {metric}: {amount}",
        rep=literal(names.get(target["rep_id"], target["rep_id"])),
        month=value(dt.date.fromisoformat(target["month"]), "short_month"),
        metric=labels.code(target["metric"]),
        amount=text("as loaded") if amount is None else value(Decimal(amount), "price", currency),
    )
