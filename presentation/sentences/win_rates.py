"""Sentences about win rates: whether a person's can be told from the company's."""

from data.warehouse.access import Result
from presentation.format import value
from presentation.words import plural, text


def win_rates(people: Result) -> str:
    """Whether anybody's win rate can be told from the company's."""
    standings = [row["standing"] for row in people.rows()]
    ahead, behind = standings.count("ahead"), standings.count("behind")
    if not ahead and not behind:
        return text("No win rate can be told apart from the company's")
    return text(
        "Win rates told apart from the company's: {ahead} above, {behind} below",
        ahead=value(ahead, "count"),
        behind=value(behind, "count"),
    )


def shrinkage(people: Result) -> str:
    """How the list is to be read, and how many have too few decisions to be judged."""
    few = [row["standing"] for row in people.rows()].count("too_few")
    said = text(
        "Sorted by the least a win rate is likely to be: a person's own is drawn towards the company's, the more the "
        "fewer deals were decided."
    )
    if not few:
        return said
    number = value(few, "count")
    rest = plural("{number} person has fewer than five.", "{number} people have fewer than five.", few, number=number)
    return f"{said} {rest}"
