"""The steps of loading on screen, one after the other, as their processes take them."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data import settings
from data.loading import desk, detection, inputs, kept, proposal
from data.loading.kept import Kept
from data.loading.proposal import Matched
from data.warehouse import access, build, reconcile
from service import loading_steps
from tests.data.loading.layouts import LAYOUTS
from tests.loading_help import GOOD, load, write


@pytest.fixture
def place(home: Path) -> Path:
    """A desk with the deals of a CRM on it; one of their amounts is no number."""
    found = desk.begin(home)
    for name, content in LAYOUTS["hubspot"].files.items():
        (found / "files" / name).write_text(content.replace("250.5", "250.5.7"), encoding="utf-8")
    return found


def take(place: Path, step: str) -> dict[str, Any]:
    """What the step leaves on the desk."""
    code = loading_steps.main(step, place)
    answer: dict[str, Any] = desk.read(place, step)
    assert code == ("failed" in answer)
    return answer


def proposed(place: Path) -> dict[str, Any]:
    """Looks, and lays the proposed mapping on the desk."""
    looked = take(place, "look")
    seen = [detection.from_json(each) for each in looked["seen"]]
    matched = [Matched(**each) for each in looked["matched"]]
    (place / "mapping.yaml").write_text(proposal.write(seen, matched, "", {}), encoding="utf-8")
    return looked


def test_a_load_is_looked_at_rehearsed_done_mended_and_taken_back(home: Path, place: Path) -> None:
    looked = proposed(place)
    assert looked["kept"] == ""
    shown = take(place, "rehearse")
    counts = {load["table"]: (load["rows_in"], load["loaded"], load["quarantined"]) for load in shown["loads"]}
    assert counts["quotes"] == (3, 2, 1)
    assert "250.5.7" in str(shown["refused"]["quotes"])
    assert inputs.current(home) is None

    done = take(place, "load")
    assert (done["snapshot"], done["before"]) == ("0001", "")
    assert {load["table"]: (load["rows_in"], load["loaded"], load["quarantined"]) for load in done["loads"]} == counts

    table = Path(done["quarantine"]) / "quotes.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("250.5.7", "250.57"), encoding="utf-8")
    desk.write(place, "asked", done["quarantine"])
    mended = take(place, "mend")
    assert (mended["snapshot"], mended["quarantine"]) == ("0002", "")
    assert totals(home)["quotes"] == (3, 3, 0)

    desk.write(place, "asked", mended["before"])
    assert take(place, "back")["snapshot"] == "0003"
    assert totals(home)["quotes"] == (3, 2, 1)


def totals(home: Path) -> dict[str, tuple[int, int, int]]:
    loaded = inputs.current(home)
    assert loaded is not None
    return {row["table"]: (row["rows_in"], row["loaded"], row["quarantined"]) for row in loaded.totals()}


def test_a_kept_mapping_is_used_for_files_of_its_shape(home: Path, place: Path) -> None:
    looked = proposed(place)
    (matched,) = (Matched(**each) for each in looked["matched"])
    own = Matched("other.csv", "", matched.about, matched.targets | {"Deal Name": "quotes.outcome_reason"})
    kept.keep(home, Kept("deals", [own], {}, "EUR"), "tables: {}")
    again = take(place, "look")
    assert (again["kept"], again["currency"]) == ("deals", "EUR")
    assert again["matched"][0]["targets"] == own.targets
    assert again["matched"][0]["file"] == matched.file


def test_what_fails_is_told_and_leaves_what_was_there(home: Path, place: Path) -> None:
    (place / "mapping.yaml").write_text("tables: {orders: nothing.csv}", encoding="utf-8")
    answer = take(place, "load")
    assert "No file matches 'nothing.csv'" in answer["failed"][0]
    assert inputs.current(home) is None
    (place / "mapping.yaml").unlink()
    answer = take(place, "rehearse")
    assert "failed" in answer


def test_what_nobody_foresaw_has_an_id(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    desk.write(place, "asked", 5)  # no path
    what, cause, _ = take(place, "mend")["failed"]
    assert what == "This step could not be finished."
    assert "under id" in cause


def test_orders_that_were_all_refused_are_not_published(home: Path) -> None:
    place = desk.begin(home)
    write(place / "files", GOOD | {"orders.csv": "order_id,ordered_on,customer_id,currency\nO1,soon,C1,EUR\n"})
    tables = "".join(f"  {name.removesuffix('.csv')}: {name}\n" for name in GOOD)
    (place / "mapping.yaml").write_text(f"tables:\n{tables}", encoding="utf-8")
    done = take(place, "load")
    assert done["snapshot"] == ""
    assert done["unpublished"][0] == "Nothing of orders and order_lines came in: every row is quarantined."


def test_a_comparison_is_handed_over_and_given_up_where_it_takes_too_long(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    build.build(settings.current())
    place = desk.begin(home, desk.COMPARISONS)
    (place / "files" / "finance.csv").write_text("Invoice,Date,Net\nO1,2026-01-15,30.00\n", encoding="utf-8")
    found = reconcile.handed_over(take(place, "compare"), place, access.snapshot())
    assert found is not None
    assert (str(found.found.ours), str(found.found.theirs)) == ("31.25", "30.00")
    assert found.found.difference == found.found.explained + found.found.remainder
    assert any("finance.csv" in note for note in found.notes)
    program = "import sys; from pathlib import Path; from service import loading_steps as steps; "
    program += "steps.MOST_COMPARED_SECONDS = 0.001; steps.main('compare', Path(sys.argv[1]))"
    ended = subprocess.run([sys.executable, "-c", program, str(place)], cwd=settings.PROJECT, check=False)
    assert ended.returncode == -signal.SIGALRM
    assert "given up" in desk.read(place, "compare")["failed"][0]
