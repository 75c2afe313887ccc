import subprocess
import sys
from pathlib import Path

from data import locks

HOLDS = "import sys, time; from data import locks; f = open(sys.argv[1], 'a'); print(locks.take(f)); "


def test_a_lock_goes_with_its_holder_and_looking_at_it_takes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    assert not locks.is_held(place)
    holder = subprocess.Popen(
        [sys.executable, "-u", "-c", HOLDS + "time.sleep(60)", str(place)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "True\n"
        assert locks.is_held(place)
        with place.open("a") as other:
            assert not locks.take(other)
    finally:
        holder.kill()
        holder.communicate()
    assert not locks.is_held(place)
    with place.open("a") as other:
        assert locks.take(other)
        assert locks.is_held(place)
