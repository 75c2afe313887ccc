"""Paper that words are printed on: fonts that know Cyrillic, and lines that end where their room does."""

import re
from pathlib import Path

from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu"
INK, QUIET, ACCENT, RULE = (15, 24, 32), (96, 104, 112), (213, 113, 26), (205, 210, 216)
# What steers instead of showing, and what no XML can hold.
_STEERING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Paper:
    """A PDF of sheets of A4, lying or standing. Lengths are millimetres, sizes of letters points."""

    def __init__(self, title: str, *, is_lying: bool = False) -> None:
        self.pdf = FPDF(orientation="landscape" if is_lying else "portrait", format="A4")
        self.pdf.set_auto_page_break(False)
        for style, file in (("", "DejaVuSansCondensed.ttf"), ("B", "DejaVuSansCondensed-Bold.ttf")):
            self.pdf.add_font(FAMILY, style, FONTS / file)
        self.pdf.set_title(clean(title))

    def pen(self, points: float, colour: tuple[int, int, int] = INK, *, bold: bool = False) -> None:
        """What the next words are written with."""
        self.pdf.set_font(FAMILY, "B" if bold else "", points)
        self.pdf.set_text_color(*colour)

    def width(self, words: str) -> float:
        """How wide words are with the pen in hand, the margins of a cell included."""
        return float(self.pdf.get_string_width(clean(words))) + 2 * self.pdf.c_margin

    def fitting(self, words: str, room: float) -> str:
        """The words in one line, cut with an ellipsis where the room ends."""
        said = clean(words)
        if self.width(said) <= room:
            return said
        low, high = 0, len(said)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width(said[:middle].rstrip() + "…") <= room
            low, high = (middle, high) if fits else (low, middle - 1)
        return said[:low].rstrip() + "…"

    def lines(self, words: str, room: float, most: int) -> list[str]:
        """The words in at most so many lines that fit the room; the last one is cut."""
        lines = [""]
        for word in clean(words).split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and len(lines) < most and self.width(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return [self.fitting(line, room) for line in lines]

    def cell(self, width: float, height: float, words: str, align: str = "L") -> None:
        """One line of text as it is, cut with an ellipsis where the room ends."""
        self.pdf.cell(width, height, self.fitting(words, width), align=align)

    def content(self) -> bytes:
        """The file."""
        return bytes(self.pdf.output())


def clean(words: str) -> str:
    """In one line, without characters that steer instead of showing."""
    return _STEERING.sub("", re.sub(r"\s+", " ", words))


def unmarked(markdown: str) -> str:
    """A sentence as it shows: without what guards names against Markdown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace("\u2060", ""))
