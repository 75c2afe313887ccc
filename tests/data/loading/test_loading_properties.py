"""No row is ever lost: mangled files, counted by a parser of another making.

The second parser reads characters, not lines, and knows nothing of the csv module. Both agree on one rule:
a record that is not right costs one line, and reading goes on with the next; one that holds nothing is no row.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.loading import inputs
from tests import slowly
from tests.loading_help import load, totals, write

HEADING = ["customer_id", "name", "annual_turnover", "created_on"]
FILES_A_LOAD = 10
LOADS = 60
BLANKS = " \t\r\n\u00a0\u202f\ufeff"


def count(text: str, delimiter: str, width: int) -> int:
    """Records behind the heading row; a character automaton over RFC 4180 with recovery at the line."""
    position, found = text.index("\n") + 1, 0
    while position < len(text):
        end, right, blank = record(text, position, delimiter, width)
        found += not blank
        position = end if right else line_end(text, position)
    return found


def line_end(text: str, position: int) -> int:
    for at in range(position, len(text)):
        if text[at] == "\n" or (text[at] == "\r" and text[at + 1 : at + 2] != "\n"):
            return at + 1
    return len(text)


def record(text: str, position: int, delimiter: str, width: int) -> tuple[int, bool, bool]:
    """Where the record ends, whether it is right (else it is one bad line), and whether it holds nothing."""
    fields, last_filled, state, several = 1, 0, "start", False

    def is_right() -> bool:
        return not several or fields == width or (fields > width and last_filled <= width)

    while position < len(text):
        character = text[position]
        newline = character in "\r\n"
        if state == "quoted":
            several |= newline
            if character == '"':
                state = "closing"
            elif character not in BLANKS:
                last_filled = fields
        elif state == "closing" and character == '"':
            state, last_filled = "quoted", fields
        elif character == delimiter:
            fields, state = fields + 1, "start"
        elif newline:
            return line_end(text, position), is_right(), is_right() and not last_filled
        elif state == "closing":
            return position, False, False  # text behind a closing quote
        elif character == '"' and state == "start":
            state = "quoted"
        else:
            state = "plain"
            last_filled = last_filled if character in BLANKS else fields
        position += 1
    right = state != "quoted" and is_right()
    return position, right, right and not last_filled


cell = st.one_of(
    st.sampled_from(["C1", "C2", "007", "1E5", "", " ", "Ada", "12.5", "1e3", "99999999999999999999", "nan", "x\x00y"]),
    st.sampled_from(["2026-01-31", "2026-02-31", "0202-01-01", "2205-01-01", "31/12/2025", "soon"]),
    st.sampled_from(
        ['"quoted"', '"open', 'in"side', '"a""b"', '"two\nlines"', '"text" behind', "Жук", "Müller", "\u00a07"]
    ),
    st.text(alphabet='abж,;"\n\r\t|1. \u00a0', max_size=6),
)
line = st.lists(cell, min_size=0, max_size=6)
mangled = st.tuples(
    st.lists(line, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251"]),
)


@pytest.mark.parametrize("loads", slowly.after(1, [LOADS // 5, LOADS // 2, LOADS], every=2))
def test_rows_in_are_rows_loaded_and_rows_quarantined(loads: int) -> None:
    thorough = settings(
        max_examples=loads,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    thorough(given(st.lists(mangled, min_size=FILES_A_LOAD, max_size=FILES_A_LOAD))(none_is_lost))()


def none_is_lost(files: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place) / "home", Path(place) / "in"
        content, expected, sources = {}, {}, []
        for number, (lines, delimiter, newline, last, codec) in enumerate(files):
            body = newline.join(delimiter.join(cells) for cells in lines)
            text = delimiter.join(HEADING) + "\n" + body + (newline if last else "")
            text = text.encode(codec, errors="replace").decode(codec)
            name = f"part_{number}.csv"
            content[name], expected[name] = text.encode(codec), count(text, delimiter, len(HEADING))
            sources.append(f"    - {{from: {name}, encoding: {codec}, delimiter: {delimiter!r}}}")
        content["good.csv"], expected["good.csv"] = b"customer_id,name\nA1,Ada\n", 1
        settings_ = "date_order: dmy\ndecimal: '.'\ntables:\n  customers:\n    - {from: good.csv}\n"
        content["mapping.yaml"] = (settings_ + "\n".join(sources).replace("'\\t'", '"\\t"')).encode()
        report = load(home, write(folder, content))
        counted = {load_.source: load_.rows_in for load_ in report.loads}
        assert counted == {name: rows for name, rows in expected.items() if rows}
        for load_ in report.loads:
            assert load_.rows_in == load_.loaded + load_.quarantined
        everything = totals(home)["customers"]
        assert everything[0] == sum(expected.values())
        current = inputs.current(home)
        assert current is not None
        kept = sum(len(Path(file).read_bytes()) > 0 for file in current.files("customers"))
        assert kept == 1


def test_the_second_parser_knows_the_rule() -> None:
    assert count('a,b\n,\n,,\n"",\n1,\n1,2,,\n"1\n",2,\n', ",", 2) == 3
    assert count('a,b\n1,2\n\n"x\ny",2\n"x\ny\n3,"4" 5\n"6', ",", 2) == 6
    assert LOADS * FILES_A_LOAD >= 500
