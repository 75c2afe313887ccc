"""docs/loading.md is generated, up to date, and mentions everything there is."""

from data import contract
from data.loading import mappings
from data.settings import PROJECT
from service import loading_doc


def test_the_page_is_up_to_date() -> None:
    page = (PROJECT / "docs" / "loading.md").read_text(encoding="utf-8")
    assert page == loading_doc.text(), "run: python -m service.loading_doc > docs/loading.md"


def test_the_page_mentions_every_table_column_and_preset() -> None:
    page = loading_doc.text()
    for table in contract.TABLES:
        section = page.split(f"### {table.name}\n")[1].split("\n### ")[0]
        for column in table.columns:
            assert f"| {column.name} |" in section
            for value in column.one_of:
                assert f"`{value}`" in section
    for name in mappings.presets():
        assert f"--mapping {name}" in page


def test_the_example_mapping_on_the_page_is_valid() -> None:
    example = loading_doc.text().split("```yaml\n")[1].split("```")[0]
    assert {source.table for source in mappings.parse(example, "the example").sources} == {"customers", "orders"}
