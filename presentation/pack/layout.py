"""Where the parts of a page of a pack stand, in millimetres, and how wide columns are; alike for paper and slides."""

from presentation.pack.contents import Table
from presentation.paper import Paper

NARROWEST_TEXT = 16.0
_SLACK = 0.2  # so that sums of lengths do not cut a letter off


def widths(ruler: Paper, table: Table, room: float, points: float, spare: float = 1.0) -> list[float]:
    """Widths of columns that together take the room. Figures get what they need, and words share the rest.

    `spare` is the share by which letters may be wider than those of the ruler.
    """
    needed = []
    for place, (heading, is_figure) in enumerate(zip(table.headings, table.are_figures, strict=True)):
        ruler.pen(points)
        cells = max((ruler.width(row[place]) for row in table.rows), default=0.0)
        ruler.pen(points - 0.5)
        words = max(ruler.width(word) for word in heading.split(" "))
        whole = ruler.width(heading)
        least = max(cells, words, whole * 0.55) if is_figure else max(cells, words, NARROWEST_TEXT)
        needed.append(least * spare + _SLACK)
    fixed = sum(width for width, is_figure in zip(needed, table.are_figures, strict=True) if is_figure)
    texts = [place for place, is_figure in enumerate(table.are_figures) if not is_figure]
    found = list(needed)
    free, waiting = max(room - fixed, NARROWEST_TEXT * len(texts)), sorted(texts, key=needed.__getitem__)
    while waiting:  # the modest get what they want, the others what is left, alike
        place = waiting.pop(0)
        found[place] = min(needed[place], free / (len(waiting) + 1))
        free -= found[place]
    left = room - sum(found)
    return [width + left / len(found) if left >= 0 else width * room / sum(found) for width in found]


def size(ruler: Paper, table: Table, room: float, largest: float, least: float, spare: float = 1.0) -> float:
    """The largest letters, in points, with which the figures of a table fit the room beside some words."""
    points = largest
    while points > least:
        ruler.pen(points)
        figures = sum(
            max((ruler.width(row[place]) for row in table.rows), default=0.0) * spare
            for place, is_figure in enumerate(table.are_figures)
            if is_figure
        )
        words = sum(not is_figure for is_figure in table.are_figures) * NARROWEST_TEXT
        if figures + words <= room:
            break
        points -= 0.5
    return points
