"""A mapping made on screen is kept by name and read again for files of the same headings."""

import os
from pathlib import Path

import pytest

from data.errors import BadInput
from data.loading import kept
from data.loading.detection import Column, Seen
from data.loading.kept import Kept
from data.loading.proposal import Matched

ORDERS = Matched("june.csv", "", "orders", {"No": "orders.order_id", "Day": "orders.ordered_on", "Colour": ""})
JUNE = Kept("shop", [ORDERS], {"june.csv": {"date_order": "dmy"}}, "EUR")


def seen(file: str, *headings: str) -> Seen:
    return Seen(file, columns=tuple(Column(heading, "text") for heading in headings))


def test_the_next_file_of_that_shape_is_read_as_before(tmp_path: Path) -> None:
    kept.keep(tmp_path, JUNE, "tables: {}\n")
    assert (kept.names(tmp_path), kept.text(tmp_path, "shop")) == (["shop"], "tables: {}\n")
    again = kept.of_shape(tmp_path, [seen("july.csv", "Colour", "Day", "No")])
    assert again == Kept("shop", [Matched("july.csv", "", "orders", ORDERS.targets)],
                         {"july.csv": {"date_order": "dmy"}}, "EUR")  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [
        [("july.csv", "No", "Day")],
        [("july.csv", "No", "Day", "Colour", "Size")],
        [("july.csv", "No", "Day", "Colour"), ("other.csv", "A")],
        [("july.csv", "No", "Day", "Colour"), ("august.csv", "No", "Day", "Colour")],
        [],
    ],
)
def test_files_of_another_shape_are_not(files: list[tuple[str, ...]], tmp_path: Path) -> None:
    kept.keep(tmp_path, JUNE, "tables: {}\n")
    assert kept.of_shape(tmp_path, [seen(*each) for each in files]) is None


def test_of_two_mappings_for_a_shape_the_later_one_counts(tmp_path: Path) -> None:
    kept.keep(tmp_path, Kept("earlier", [ORDERS]), "")
    os.utime(kept.root(tmp_path) / "earlier.json", (1, 1))
    kept.keep(tmp_path, JUNE, "")
    found = kept.of_shape(tmp_path, [seen("x.csv", "No", "Day", "Colour")])
    assert found is not None
    assert found.name == "shop"
    (kept.root(tmp_path) / "shop.json").write_text("{", encoding="utf-8")
    found = kept.of_shape(tmp_path, [seen("x.csv", "No", "Day", "Colour")])
    assert found is not None
    assert found.name == "earlier"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 61, "a\nb", "a\x00b"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no name for a mapping"):
        kept.keep(tmp_path, Kept(name, [ORDERS]), "")
    assert [*tmp_path.rglob("*.yaml")] == []


def test_a_name_that_is_offered_is_free(tmp_path: Path) -> None:
    assert kept.free_name(tmp_path, "shop") == "shop"
    kept.keep(tmp_path, JUNE, "")
    assert kept.free_name(tmp_path, "Shop") == "Shop 2"
