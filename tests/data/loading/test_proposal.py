"""A mapping is proposed for files of common layouts, and loads every row of them without a change by hand."""

import datetime as dt
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data import settings
from data.loading import detection, inputs, intake, mappings, modes, proposal
from data.loading.detection import Column, Seen
from data.loading.request import Request
from data.warehouse.engine import open_engine
from tests.data.loading.layouts import LAYOUTS, Layout

KINDS: tuple[detection.Kind, detection.Kind] = ("text", "number")
SAMPLES = os.environ.get("ORDERBEAT_SAMPLES", "")


def laid_out(layout: Layout, folder: Path) -> list[Seen]:
    """The files of a layout, written and looked at."""
    folder.mkdir()
    (folder.parent / "scratch").mkdir()
    seen = []
    for name, content in layout.files.items():
        (folder / name).write_text(content, encoding="utf-8")
        seen += detection.look(folder / name, folder.parent / "scratch")
    return seen


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_common_layout_loads_as_proposed(name: str, home: Path, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    seen = laid_out(layout, tmp_path / "files")
    matched = proposal.match(seen)
    assert proposal.lacking(matched, layout.currency) == []
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(proposal.write(seen, matched, layout.currency, {}), encoding="utf-8")
    report = intake.load(
        Request(tmp_path / "files", str(mapping), dt.date(2026, 11, 1)), settings.current(), open_engine
    )
    assert report.reasons == []
    assert {load.table: load.loaded for load in report.loads if load.loaded} == layout.loaded
    loaded = inputs.current(home)
    assert loaded is not None
    table, row = layout.row
    assert row in [{key: str(each[key]) for key in row} for each in loaded.rows(table)]


def seen_of(**columns: list[str]) -> Seen:
    """A file of these columns, as it would be seen."""
    return Seen(
        "some.csv",
        rows=max(map(len, columns.values())),
        columns=tuple(
            Column(name, kind, tuple(values[:3]), len(values), len({*values}), codes=tuple(sorted({*values})))
            for name, values in columns.items()
            for kind in [KINDS[values[0].replace(".", "").isdigit()]]
        ),
    )


def test_what_the_values_contradict_is_not_proposed() -> None:
    matched = proposal.match([seen_of(customer_name=["A", "B"], segment=["gold", "silver"], outlets=["many", "few"])])
    assert matched[0].targets == {"customer_name": "customers.name", "segment": "", "outlets": ""}
    matched = proposal.match([seen_of(customer_name=["A", "B"], segment=["dealer", "b2b"], outlets=["3", "2"])])
    assert {*matched[0].targets.values()} == {"customers.name", "customers.segment", "customers.outlets"}


def test_a_column_of_currency_codes_is_known_by_what_it_holds() -> None:
    plain = seen_of(order_no=["1", "2"], total=["1.5", "2.5"])
    columns = (Column("Order date", "day", ("2026-01-01",), 2, 2), Column("In", "text", ("EUR",), 2, 1, currency=True))
    (matched,) = proposal.match([Seen("orders.csv", rows=2, columns=(*plain.columns, *columns))])
    assert matched.about == "orders"
    assert matched.targets["In"] == "orders.currency"


def test_how_a_load_meets_the_one_before_is_written_where_a_table_has_days() -> None:
    seen = seen_of(order_no=["1", "2"], customer=["A", "B"])
    day = Column("order date", "day", ("2026-01-01",), 2, 2)
    seen = Seen("orders.csv", rows=2, columns=(*seen.columns, day))
    matched = proposal.match([seen])
    for mode, tables in (
        (modes.ADD, set()),
        (modes.REPLACE_PERIOD, {"orders"}),
        (modes.REPLACE, {"customers", "orders"}),
    ):
        read = mappings.parse(proposal.write([seen], matched, "EUR", {}, mode), "own")
        assert {source.table for source in read.sources if source.load == mode != modes.ADD} == tables


def test_ids_that_repeat_are_not_ids_of_what_a_file_is_about() -> None:
    matched = proposal.match([seen_of(seller=["Ann", "Ann", "Ann", "Bo"], size=["1", "2", "3", "4"])])
    assert matched[0].about == ""


def test_a_total_of_the_order_is_no_amount_of_a_line() -> None:
    seen = seen_of(order_no=["1", "1", "2"], order_date=["x", "x", "x"], item=["A", "B", "A"], qty=["1", "1", "1"])
    total = Column("Total", "number", ("5",), 2, 2)
    days = Column("order_date", "day", ("2026-01-01",), 3, 1)
    columns = [days if each.name == "order_date" else each for each in seen.columns]
    price = Column("unit price", "number", ("5",), 3, 2)
    (matched,) = proposal.match([Seen("some.csv", rows=3, columns=(*columns, total, price))])
    assert matched.about == "orders"
    assert matched.targets["Total"] == ""


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES, reason="ORDERBEAT_SAMPLES does not name the folder of real samples")
@pytest.mark.parametrize(
    ("names", "currency", "lines"),
    [
        (["online_retail_ii/*.parquet"], "GBP", "online_retail_ii/*.parquet"),
        (
            [f"adventureworks_dw/{name}.parquet" for name in ("DimReseller", "DimProduct", "FactResellerSales")],
            "USD",
            "adventureworks_dw/FactResellerSales.parquet",
        ),
    ],
)
def test_a_real_sample_loads_as_proposed(
    names: list[str], currency: str, lines: str, home: Path, tmp_path: Path
) -> None:
    folder, scratch = tmp_path / "files", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    for name in names:
        for file in Path(SAMPLES).glob(name):
            shutil.copy(file, folder)
    seen = [each for file in sorted(folder.iterdir()) for each in detection.look(file, scratch)]
    matched = proposal.match(seen)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(proposal.write(seen, matched, currency, {}), encoding="utf-8")
    report = intake.load(Request(folder, str(mapping), dt.date(2026, 11, 1)), settings.current(), open_engine)
    (read,) = (load for load in report.loads if load.table == "order_lines")
    assert read.rows_in == sum(pq.ParquetFile(file).metadata.num_rows for file in Path(SAMPLES).glob(lines))
    assert read.loaded > 0.99 * read.rows_in
    assert inputs.current(home) is not None


def test_of_a_file_that_is_about_nothing_it_is_said_what_it_lacks() -> None:
    deals = seen_of(Product=["A", "B", "A"], Seller=["S1", "S2", "S1"], Status=["won", "lost", "won"])
    assert [one.about for one in proposal.match([deals])] == [""]
    assert proposal.nearest(deals) == ("quotes", ["quotes.quote_id", "quotes.requested_on"])
    assert proposal.nearest(seen_of(Colour=["red", "blue", "red"])) == ("", [])


def test_the_number_of_an_order_is_one_that_every_line_has() -> None:
    columns = {
        "Invoice No.": ["O1", "", ""], "Nr": ["O1", "O1", "O2"],
        "Order date": ["2026-01-05", "2026-01-05", "2026-01-06"],
        "Product": ["A", "B", "A"], "Qty": ["1", "2", "3"], "Price": ["4", "5", "4"],
    }  # fmt: skip
    seen = seen_of(**columns)
    filled = tuple(replace(each, filled=sum(map(bool, columns[each.name]))) for each in seen.columns)
    dated = tuple(replace(each, kind="day") if each.name == "Order date" else each for each in filled)
    (one,) = proposal.match([replace(seen, columns=dated)])
    assert one.heading("orders.order_id") == "Nr"


@pytest.mark.parametrize("heading", ["Kundennr.", "Kundennummer", "KUNDEN_NR", "Customer Number", "Customer No"])
def test_however_a_number_is_abbreviated_it_is_one(heading: str) -> None:
    (one,) = proposal.match([seen_of(**{heading: ["K1", "K2", "K3"], "Name": ["Ada", "Bo", "Cy"]})])
    assert one.heading("customers.customer_id") == heading
