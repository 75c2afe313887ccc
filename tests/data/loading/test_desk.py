"""What is dropped lies on a desk: under a plain name, not too much of it, and one step at a time works on it."""

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.errors import BadInput
from data.loading import desk


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("orders.csv", "orders.csv"),
        ("../../etc/orders.csv", "orders.csv"),
        ("C:\\exports\\orders.csv", "orders.csv"),
        ("or\x00de\nrs[1].csv", "or_de_rs_1_.csv"),
        ("a*?.csv", "a__.csv"),
        (".csv.csv", "csv.csv"),
        ("re\u202evsc.csv", "re_vsc.csv"),
        ("x" * 400 + ".csv.gz", "x" * 120 + ".csv.gz"),
        ("Заказы июнь.xlsx", "Заказы июнь.xlsx"),
    ],
)
def test_a_dropped_file_gets_a_name_that_is_no_more_than_a_name(given: str, kept: str, tmp_path: Path) -> None:
    place = desk.begin(tmp_path)
    path = desk.put(place, given, io.BytesIO(b"a\n1\n"))
    assert (path.parent, path.name) == (place / "files", kept)
    assert desk.names(place) == [kept]


def test_what_is_not_read_and_what_is_too_many_is_refused(tmp_path: Path) -> None:
    place = desk.begin(tmp_path)
    with pytest.raises(BadInput, match="It is a document"):
        desk.put(place, "offer.pdf", io.BytesIO(b"%PDF"))
    for number in range(desk.MOST_FILES):
        desk.put(place, f"{number}.csv", io.BytesIO(b"a\n1\n"))
    desk.put(place, "0.csv", io.BytesIO(b"a\n2\n"))  # takes the place of the one before
    with pytest.raises(BadInput, match="There are 20 files already"):
        desk.put(place, "more.csv", io.BytesIO(b"a\n1\n"))
    assert len(desk.names(place)) == desk.MOST_FILES


def test_desks_of_yesterday_are_cleared_away(tmp_path: Path) -> None:
    old, new = desk.begin(tmp_path), desk.begin(tmp_path)
    os.utime(old, (time.time() - 100_000,) * 2)
    third = desk.begin(tmp_path)
    assert sorted(desk.root(tmp_path).iterdir()) == sorted([new, third])


def test_a_desk_is_at_work_as_long_as_its_step_runs_and_no_second_one_begins(tmp_path: Path) -> None:
    place = desk.begin(tmp_path)
    locks = "import fcntl, sys, time; held = open(sys.argv[1], 'a'); fcntl.flock(held, fcntl.LOCK_EX)"
    program = f"{locks}; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, str(place / "at_work")], stdout=subprocess.PIPE) as step:
        assert step.stdout is not None
        step.stdout.readline()
        assert desk.is_at_work(place)
        assert [*desk.at_work(tmp_path)] == [place]
        with pytest.raises(BadInput, match="at work already"):
            desk.start(place, "look")
        step.kill()
    assert not desk.is_at_work(place)
