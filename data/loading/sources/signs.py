"""Which decimal sign goes with numbers that a file holds as numbers, beside those it holds as texts.

A cell of a workbook or a value of JSON may be a number; it leaves no doubt, but is staged as text, among texts that
people wrote with one sign or the other. Written with another sign than theirs it would be read as something else.
"""

import re
from dataclasses import dataclass

NOT_KNOWN = "?"
_LONGEST = 40
_NUMBER = re.compile(r"\D{0,4}?[-+]?([0-9][0-9.,]*)\D{0,4}")
_GAPS = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'\u2019](?=\d)")
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


def _surely(sign: str, other: str) -> re.Pattern[str]:
    """Numbers in which `sign` can only be the decimal one."""
    whole = rf"[0-9]{{1,3}}(?:{other}[0-9]{{3}})"
    fraction = rf"[0-9]*{sign}(?:[0-9]{{1,2}}|[0-9]{{4,}})|0{sign}[0-9]+|[0-9]{{4,}}{sign}[0-9]+"
    return re.compile(rf"{whole}+{sign}[0-9]+|{whole}{{2,}}|{fraction}")


_POINT, _COMMA = _surely("[.]", ","), _surely(",", "[.]")


@dataclass
class Signs:
    """What was seen in one file: a number with a fraction, and which sign its texts use."""

    fraction: bool = False
    point: bool = False
    comma: bool = False
    either: bool = False

    def see(self, text: str) -> None:
        """Looks at a text."""
        if len(text) > _LONGEST or ("," not in text and "." not in text):
            return
        if found := _NUMBER.fullmatch(_GAPS.sub("", text)):
            number = found[1]
            self.point = self.point or bool(_POINT.fullmatch(number))
            self.comma = self.comma or bool(_COMMA.fullmatch(number))
            self.either = self.either or bool(_EITHER.fullmatch(number))

    @property
    def sign(self) -> str:
        """The sign to write numbers with: that of the texts, a point where they use none or both."""
        return "," if self.comma and not self.point else "."

    def of_numbers(self, written: str) -> str:
        """What is known where numbers were `written` so: that sign, NOT_KNOWN if texts may use any, '' without any."""
        if not self.fraction:
            return ""
        return NOT_KNOWN if self.either and not self.point and not self.comma else written
