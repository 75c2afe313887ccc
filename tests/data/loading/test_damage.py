"""Inputs that are no longer what was written: each flip and cut is found and named, and nothing older steps in."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data import publish, settings
from data.errors import BadInput, Damaged, FromNewerRelease
from data.loading import inputs
from data.warehouse import build
from service import commands as cli
from tests import companies, slowly
from tests.loading_help import GOOD, load, totals, write

FLIPS_AND_CUTS = range(220)
OF_MANIFESTS = range(60)
OF_POINTERS = range(20)


@pytest.fixture(scope="module")
def three_generations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three different generations."""
    home = tmp_path_factory.mktemp("home")
    company = companies.random_company(0, orders=60)
    for many in (20, 40, 60):
        orders = company["orders"][:many]
        ids = {order["order_id"] for order in orders}
        lines = [line for line in company["order_lines"] if line["order_id"] in ids]
        companies.load(home, company | {"orders": orders, "order_lines": lines})
    return home


@pytest.fixture
def damaged(three_generations: Path, home: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(three_generations, home)
    return home


def harm(file: Path, pick: random.Random) -> None:
    """Flips a bit of the file, or cuts it short, for good: what it is linked to stays as it is."""
    content = file.read_bytes()
    place = pick.randrange(len(content))
    changed = content[:place]
    if pick.random() < 0.7:
        changed += bytes([content[place] ^ (1 << pick.randrange(8))]) + content[place + 1 :]
    file.unlink()
    file.write_bytes(changed)


@pytest.mark.parametrize("seed", slowly.after(14, FLIPS_AND_CUTS, every=6))
def test_a_flip_or_a_cut_of_inputs_is_found_and_named(seed: int, damaged: Path) -> None:
    pick = random.Random(seed)
    newest = inputs.root(damaged) / "0003"
    file = pick.choice(sorted(newest.rglob("*.parquet")))
    harm(file, pick)
    with pytest.raises(Damaged) as raised:
        build.build(settings.current())
    assert str(file) in raised.value.what
    assert "--inputs 0002" in raised.value.remedy
    assert "--inputs none" in raised.value.remedy
    assert not publish.published(damaged / "snapshots")


@pytest.mark.parametrize("seed", slowly.after(8, OF_MANIFESTS, every=4))
def test_a_flip_or_a_cut_of_a_manifest_is_found_and_named(seed: int, damaged: Path) -> None:
    file = inputs.root(damaged) / "0003" / publish.MANIFEST
    harm(file, random.Random(seed))
    with pytest.raises(Damaged) as raised:
        inputs.current(damaged)
    assert str(file) in raised.value.what
    assert "--inputs 0002" in raised.value.remedy


@pytest.mark.parametrize("seed", slowly.after(4, OF_POINTERS))
def test_a_damaged_pointer_never_leads_back(seed: int, damaged: Path) -> None:
    harm(inputs.root(damaged) / "CURRENT", random.Random(seed))
    found = inputs.current(damaged)
    assert found is not None
    assert found.path.name == "0003"


def manifest_absent(newest: Path) -> None:
    (newest / publish.MANIFEST).unlink()


def manifest_is_a_list(newest: Path) -> None:
    (newest / publish.MANIFEST).write_text("[1, 2]", encoding="utf-8")


def manifest_lacks_the_ledger(newest: Path) -> None:
    (newest / publish.MANIFEST).write_text('{"files": {}, "reporting_currency": "EUR"}', encoding="utf-8")


def ledger_of_wrong_shape(newest: Path) -> None:
    (newest / publish.MANIFEST).write_text(
        '{"files": {}, "reporting_currency": "EUR", "ledger": [3]}', encoding="utf-8"
    )


def all_of_it_gone(newest: Path) -> None:
    shutil.rmtree(newest)


def file_gone(newest: Path) -> None:
    (newest / "orders" / "part-0.parquet").unlink()


WAYS = (
    manifest_absent,
    manifest_is_a_list,
    manifest_lacks_the_ledger,
    ledger_of_wrong_shape,
    all_of_it_gone,
    file_gone,
)


@pytest.mark.parametrize("damage", WAYS)
@pytest.mark.parametrize("command", [["build"], ["check"], ["demo", "--if-missing"]], ids=" ".join)
def test_commands_name_the_damage(
    damage: Callable[[Path], None], command: list[str], damaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(inputs.root(damaged) / "0003")
    assert cli.main(command) == 3
    said = capsys.readouterr().err
    assert all(words in said for words in ("0003", "damaged", "python -m data build --inputs 0002"))


def test_status_says_it_and_shows_what_is_published(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build"]) == 0
    (inputs.root(damaged) / "0003" / publish.MANIFEST).unlink()
    capsys.readouterr()
    assert cli.main(["status"]) == 0
    said = capsys.readouterr().out
    assert "Snapshot 0001" in said
    assert "manifest.json is damaged" in said


def test_going_back_is_asked_for_by_name(damaged: Path) -> None:
    before = inputs.generation(damaged, "0002").totals()
    harm(inputs.root(damaged) / "0003" / "orders" / "part-0.parquet", random.Random(1))
    assert cli.main(["build"]) == 3
    assert cli.main(["build", "--inputs", "0002"]) == 0
    now = inputs.current(damaged)
    assert now is not None
    assert (now.path.name, now.totals()) == ("0004", before)
    assert cli.main(["check"]) == 0
    assert cli.main(["build"]) == 0, "and stays the newest"


def test_going_back_to_damage_is_refused(damaged: Path) -> None:
    harm(inputs.root(damaged) / "0002" / "orders" / "part-0.parquet", random.Random(1))
    with pytest.raises(Damaged, match="0002"):
        inputs.go_back(damaged, "0002")
    with pytest.raises(BadInput, match="no inputs 0007"):
        inputs.go_back(damaged, "0007")
    assert [path.name for path in publish.published(inputs.root(damaged))] == ["0003", "0002", "0001"]


def test_an_import_does_not_build_on_damage(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD)
    load(home, folder)
    later = write(tmp_path / "later", {"customers.csv": "customer_id,name\nC3,Cy\n"})
    load(home, later)
    harm(inputs.root(home) / "0002" / "customers" / "0002.parquet", random.Random(2))
    for again in (folder, later):
        assert cli.main(["import", str(again)]) == 3
    assert [path.name for path in publish.published(inputs.root(home))] == ["0002", "0001"]
    assert cli.main(["import", str(later), "--inputs", "0001"]) == 0
    assert totals(home)["customers"] == (3, 3, 0)


def test_an_import_that_replaces_everything_needs_nothing_of_before(home: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", GOOD)
    load(home, folder)
    (inputs.root(home) / "0001" / publish.MANIFEST).unlink()
    assert cli.main(["import", str(folder)]) == 3
    assert cli.main(["import", str(folder), "--inputs", "none"]) == 0
    assert totals(home)["customers"] == (2, 2, 0)


def test_a_damaged_demo_does_not_stop_the_first_import(home: Path, tmp_path: Path) -> None:
    assert cli.main(["demo", "--lines", "5000", "--no-build"]) == 0
    file = next((inputs.root(home) / "0001" / "orders").glob("*.parquet"))
    file.write_bytes(bytes(file.stat().st_size))
    assert cli.main(["build"]) == 3
    assert cli.main(["import", str(write(tmp_path / "in", GOOD)), "--no-build"]) == 0
    assert totals(home)["customers"] == (2, 2, 0)


def test_a_file_whose_name_begins_like_the_demo_is_no_demo(home: Path, tmp_path: Path) -> None:
    for name in ("demo_1.csv", "demo_2.csv"):
        mapping = f"tables: {{customers: {name}}}"
        folder = write(tmp_path / name, {name: f"customer_id,name\n{name},N\n", "mapping.yaml": mapping})
        load(home, folder)
    assert totals(home)["customers"] == (2, 2, 0)


def test_inputs_of_a_newer_release_are_left_alone(damaged: Path) -> None:
    newest = inputs.root(damaged) / "0003"
    file = newest / publish.MANIFEST
    publish_as(file, publish.FORMAT + 1)
    with pytest.raises(FromNewerRelease, match="newer release"):
        inputs.current(damaged)
    assert cli.main(["build"]) == 3


def publish_as(file: Path, version: int) -> None:
    """Rewrites a manifest as a release of that format would."""
    about = publish.manifest(file.parent)
    current, publish.FORMAT = publish.FORMAT, version
    try:
        publish.write_manifest(file.parent, about)
    finally:
        publish.FORMAT = current
