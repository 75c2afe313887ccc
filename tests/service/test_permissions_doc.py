"""docs/operating.md tells who may what as the table of permissions has it."""

from data.people.permissions import RIGHTS
from service import permissions_doc


def test_the_page_is_up_to_date() -> None:
    page = permissions_doc.PAGE.read_text(encoding="utf-8")
    assert permissions_doc.renewed(page) == page, "run: make docs"
    assert permissions_doc.text() in page


def test_a_section_is_renewed_where_it_stands_and_nothing_else_changes() -> None:
    page = f"# Title\n\ntext\n\n{permissions_doc.text()}\n## After\n\nmore\n"
    assert permissions_doc.renewed(page) == page
    assert permissions_doc.renewed(page.replace("| yes |", "| no |")) == page
    assert permissions_doc.renewed("# Title\n") == f"# Title\n\n{permissions_doc.text()}"


def test_every_action_has_its_line() -> None:
    for action, right in RIGHTS.items():
        assert (f"| {right.meaning} |" in permissions_doc.text()) is (action != "read")
