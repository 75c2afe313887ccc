"""Which filters are clicked, in which order. Words are those on screen, in English."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, cycle, islice, pairwise

from bench import warehouse
from presentation.labels import CODES

PAGES = ("customers", "catalogs", "negotiations", "team")
# What the switch of each page offers to a director, its first list first.
LISTS = {
    "customers": ("accounts", "work", "category_risks", "growth", "leads", "base"),
    "catalogs": ("products", "groups", "discounts", "matrix", "pairs", "proposals"),
    "negotiations": ("pipeline", "conversion", "loops", "time", "reasons", "under_way"),
    "team": ("attainment", "win_rates", "coming", "due", "effort"),
}
PERIODS = ("twelve_months", "month", "quarter", "year")
NOTHING = None  # a list of choices left open, as a page opens; nobody returns to it

# A click: the filter's key and the words of the choice.
Click = tuple[str, str]
Combination = tuple[str | None, ...]


def filters(page: str) -> dict[str, list[str | None]]:
    """The filters of a page and what is clicked there, each beginning with how the page opens."""
    query = "shared.teams" if page == "team" else "shared.segments"
    choices = [CODES.get(row["value"], row["value"]) for row in warehouse.rows(query)]
    return {
        "period": [CODES[code] for code in PERIODS],
        "compare": [CODES[code] for code in ("last_year", "previous")],
        "team" if page == "team" else "segment": [NOTHING, *choices],
    }


def first_clicks(choices: Mapping[str, Sequence[str | None]]) -> list[Click]:
    """Click after click to a combination that nobody asked for before, until all were seen."""
    return list(_clicks(list(choices), _walk(list(choices.values()))))


def repeated_clicks(choices: Mapping[str, Sequence[str | None]], count: int) -> list[Click]:
    """Clicks that go back and forth over the same combinations, from where the first clicks ended."""
    back = [combination for combination in _walk(list(choices.values()))[::-1] if NOTHING not in combination]
    return list(islice(_clicks(list(choices), chain.from_iterable(cycle((back, back[-2:0:-1])))), count))


def _walk(choices: list[Sequence[str | None]]) -> list[Combination]:
    """All combinations in an order in which neighbours differ in one place (a reflected Gray code)."""
    if not choices:
        return [()]
    *inner, last = choices
    below = _walk(inner)
    return [(*c, value) for i, value in enumerate(last) for c in (below if i % 2 == 0 else below[::-1])]


def _clicks(names: Sequence[str], combinations: Sequence[Combination] | Iterator[Combination]) -> Iterator[Click]:
    for before, after in pairwise(combinations):
        yield next((name, word) for name, old, word in zip(names, before, after, strict=True) if word != old and word)
