"""Where the parts of a page of a pack stand, in millimetres, and how wide columns are; alike for paper and slides."""

from collections.abc import Sequence

from presentation.pack.contents import Table
from presentation.paper import Paper

NARROWEST_TEXT = 16.0


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
        needed.append(max(cells, words if is_figure else 0.0, whole * 0.55 if is_figure else 0.0) * spare)
    fixed = sum(width for width, is_figure in zip(needed, table.are_figures, strict=True) if is_figure)
    wanted = [0.0 if is_figure else max(width, NARROWEST_TEXT)
              for width, is_figure in zip(needed, table.are_figures, strict=True)]  # fmt: skip
    left = max(room - fixed, NARROWEST_TEXT * sum(1 for each in wanted if each))
    shared = _shared(wanted, left)
    found = [mine or width for mine, width in zip(shared, needed, strict=True)]
    over = room / sum(found) if found and (sum(found) > room or not any(wanted)) else 1.0
    return [width * over for width in found]


def _shared(wanted: Sequence[float], room: float) -> list[float]:
    """What each gets of the room: the modest what they want, the others alike; what is left over goes to all."""
    columns = [place for place, each in enumerate(wanted) if each]
    found = [0.0] * len(wanted)
    free, waiting = room, sorted(columns, key=lambda place: wanted[place])
    while waiting:
        place = waiting.pop(0)
        found[place] = min(wanted[place], free / (len(waiting) + 1))
        free -= found[place]
    return [width + free / len(columns) if width else 0.0 for width in found]


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
