"""Rows that look as if they were none: totals, headings said again, notes below a table.

They are rows all the same: what is seen is told, with what to write where they are not meant. Nothing is left out
here.
"""

import re
from collections import deque
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_EXAMPLES = 3
_LAST = 20  # rows at the end that are looked at as possible notes
_TOTAL = re.compile(
    r"((grand[ -]?|sub[ -]?|sum |sous-)?totals?|(gesamt|zwischen|end)?summen?|gesamt(betrag|ergebnis)?|(sub)?totale"
    r"|(под)?итого?|всего|(промежуточный|общий) итог"
    r"|suma|razem|ogółem|celkem|összesen|toplam|totaal|subtotaal|totalt|yhteensä|iš viso)\b.{0,30}"
    r"|.{1,60} (total|ergebnis|summe|итого?)",
    re.IGNORECASE,
)


class Oddities:
    """What was seen among the rows of one table; rows come in batches, as texts without the blanks around them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._headings = [column.casefold() for column in columns]
        self._totals: list[tuple[int, str]] = []
        self._repeats: list[int] = []
        self._last: deque[tuple[int, list[str]]] = deque(maxlen=_LAST)
        self._most = 0

    def see(self, texts: Sequence[pa.Array], lines: Sequence[int]) -> None:
        """Looks at one batch: a column of texts for each heading, and the line of each row."""
        if not lines:
            return
        filled = np.zeros(len(lines), dtype=np.int32)
        for column in texts:
            filled += pc.fill_null(pc.not_equal(column, ""), fill_value=False).to_numpy(zero_copy_only=False)
        usual = int(np.percentile(filled, 75, method="lower"))
        self._most = max(self._most, usual)
        doubtful = pa.array(sorted({*np.flatnonzero(filled < usual).tolist(), len(lines) - 1}))
        for position, first in zip(doubtful.to_pylist(), _first_filled(texts, doubtful), strict=True):
            if first and _TOTAL.fullmatch(first):
                row = _row(texts, position)
                self._totals.append((lines[position], " | ".join(cell for cell in row if cell)[:80]))
        first_column = pc.equal(pc.utf8_lower(texts[0]), self._headings[0].lower())
        for position in np.flatnonzero(pc.fill_null(first_column, fill_value=False).to_numpy(zero_copy_only=False)):
            again = [cell.casefold() for cell in _row(texts, int(position))]
            if sum(a == b for a, b in zip(again, self._headings, strict=True)) * 2 > len(again):
                self._repeats.append(lines[position])
        for position in range(max(0, len(lines) - _LAST), len(lines)):
            self._last.append((lines[position], [cell for cell in _row(texts, position) if cell]))

    def notes(self, name: str) -> list[str]:
        """What was seen, in sentences that say what to write."""
        found = []
        if self._totals:
            shown = ", ".join(f"line {line}: {text}" for line, text in self._totals[:_EXAMPLES])
            found.append(
                f"{name}: {_rows(len(self._totals))} like a total ({shown}). If so, leave them out by `where`, "
                "or at the end of a file by `skip_footer`."
            )
        if self._repeats:
            shown = ", ".join(str(line) for line in self._repeats[:_EXAMPLES])
            found.append(
                f"{name}: {_rows(len(self._repeats))} like the headings again (line {shown}). If so, leave them "
                "out by `where`."
            )
        told = {line for line, _ in self._totals}
        below = 0
        for line, cells in reversed(self._last):
            if len(cells) > 1 or line in told or self._most < 3:
                break
            below += 1
        if below and below < len(self._last):
            line, cells = self._last[-below]
            found.append(
                f"{name}: what stands in line {line} looks like a note below the table: {''.join(cells)[:80]}. "
                f"If it is, write `skip_footer: {below}`."
            )
        return found


def _first_filled(texts: Sequence[pa.Array], positions: pa.Array) -> list[str | None]:
    """The first cell of each of these rows that is not empty."""
    taken = [column.take(positions) for column in texts]
    return list(pc.coalesce(*(pc.if_else(pc.equal(each, ""), None, each) for each in taken)).to_pylist())


def _row(texts: Sequence[pa.Array], position: int) -> list[str]:
    return [column[position].as_py() or "" for column in texts]


def _rows(count: int) -> str:
    return "1 row looks" if count == 1 else f"{count:,} rows look"
