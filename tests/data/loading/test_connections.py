import datetime as dt
import time
from pathlib import Path

import pytest

from data.errors import BadInput
from data.loading import connections, source_file

WHOLE = """
kind: folder
folder: ../drop
mapping: online_retail_ii
at: ["13:00", "02:00"]
stale_after: 2 days
diary: yes
"""


def described(home: Path, text: str, name: str = "shop") -> connections.Connection:
    folder = source_file.root(home)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return connections.read(home, name)


def test_a_source_is_read_as_it_is_written(home: Path) -> None:
    source = described(home, WHOLE)
    assert (source.name, source.kind, source.mapping) == ("shop", "folder", "online_retail_ii")
    assert source.at == (dt.time(2), dt.time(13))
    assert source.stale_after == dt.timedelta(days=2)
    assert source.keeps_diary
    assert connections.folder(source) == (home / "drop").resolve()
    assert source_file.names(home) == ["shop"]


def test_a_mapping_kept_in_the_home_is_found_by_its_name(home: Path) -> None:
    (home / "mappings").mkdir(parents=True)
    (home / "mappings" / "erp.yaml").write_text("tables: {customers: a.csv}")
    assert described(home, "kind: folder\nfolder: x\nmapping: erp").mapping == str(home / "mappings" / "erp.yaml")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "no settings"),
        ("- a", "no settings"),
        ("folder: x", "no `kind`"),
        ("kind: oracle", "none of folder"),
        ("kind: folder\nat: noon", "time of day"),
        ("kind: folder\nat: ['24:00']", "time of day"),
        ("kind: folder\nevery: often", "no span of time"),
        ("kind: folder\nevery: 0 minutes", "no span of time"),
        ("kind: folder\nat: '02:00'\nevery: 1 hour", "both"),
        ("kind: folder\ndiary: perhaps", "neither yes nor no"),
        ("kind: folder\nmapping: [a]", "not a text"),
        ("kind: folder\nkind: folder", "second time"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file(text: str, cause: str, home: Path) -> None:
    with pytest.raises(BadInput, match=cause) as raised:
        described(home, text)
    assert "source shop" in raised.value.what


@pytest.mark.parametrize("text", ["kind: folder", "kind: folder\nfolder: x\nfoldr: y"])
def test_a_folder_needs_its_folder_and_nothing_unknown(text: str, home: Path) -> None:
    with pytest.raises(BadInput, match="folder"):
        connections.folder(described(home, text))


def test_a_name_that_is_not_there_is_answered_by_the_nearest(home: Path) -> None:
    described(home, WHOLE)
    with pytest.raises(BadInput, match="Did you mean shop"):
        connections.read(home, "shopp")


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ("2026-06-01 00:30", "2026-06-01 11:00"),  # 02:30 in Berlin: 13:00 is next
        ("2026-06-01 11:00", "2026-06-02 00:00"),
        ("2026-03-28 12:30", "2026-03-29 00:00"),  # 02:00 does not exist that night, and an hour early is in time
        ("2026-10-24 12:30", "2026-10-25 00:00"),  # 02:00 comes twice that night, and the first counts
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(
    after: str, following: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = described(home, WHOLE)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        due = source.next_after(moment(after))
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert due == moment(following)


def test_every_so_often_and_by_hand_alone(home: Path) -> None:
    now = moment("2026-06-01 00:30")
    often = described(home, "kind: folder\nfolder: x\nevery: 30 minutes")
    assert often.next_after(now) == now + dt.timedelta(minutes=30)
    assert often.stale_after == dt.timedelta(hours=36)
    assert described(home, "kind: folder\nfolder: x\nevery: 1 day").stale_after == dt.timedelta(days=3)
    by_hand = described(home, "kind: folder\nfolder: x")
    assert by_hand.next_after(now) is None
    assert by_hand.stale_after is None
