"""The board pack: what somebody takes to a meeting, as a PDF to read or as slides to edit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from presentation import words
from presentation.pack import contents, cover, pdf, slides
from presentation.pack.contents import Asked, Section
from presentation.pack.cover import Cover


class Kind(NamedTuple):
    """A kind of file: what draws it, and its media type."""

    draw: Callable[[Cover, Sequence[Section]], bytes]
    media_type: str


KINDS: Mapping[str, Kind] = {
    "pdf": Kind(pdf.draw, "application/pdf"),
    "pptx": Kind(slides.draw, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}


def make(
    given: Asked, codes: Iterable[str], ending: str, language: str, title: str = "", logo: bytes | None = None
) -> bytes:
    """The pack as a file of KINDS, of the sections of these codes that are somebody's, under one's own title.

    `logo` is a PNG. Raises what reading does.
    """
    words.settle(language)
    sections = contents.sections(given, codes)
    return KINDS[ending].draw(cover.around(given, sections, title, logo), sections)
