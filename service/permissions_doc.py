"""Writes the section "Who may what" of docs/operating.md from the table of permissions (`make docs`)."""

from collections.abc import Collection

from data.people.permissions import PAGES, RIGHTS, ROLES
from data.settings import PROJECT

PAGE = PROJECT / "docs" / "operating.md"
_HEADING = "## Who may what"


def text() -> str:
    """The section in Markdown, from its heading to its last line."""
    lines = [
        _HEADING,
        "",
        "From `data/people/permissions.py` (`make docs`). Of several roles, one that allows it is enough. Whoever may",
        "not open a page may do nothing with what stands on it; what somebody sees on a page is what their file holds.",
        "",
        f"| may | {' | '.join(ROLES)} |",
        f"|---|{'---|' * len(ROLES)}",
        *(_row(f"open the page `{page}`", roles) for page, roles in PAGES.items() if page != "shared"),
        *(_row(right.meaning, right.roles) for action, right in RIGHTS.items() if action != "read"),
    ]
    return "\n".join(lines) + "\n"


def _row(meaning: str, roles: Collection[str]) -> str:
    return f"| {meaning} | {' | '.join('yes' if role in roles else '' for role in ROLES)} |"


def renewed(page: str) -> str:
    """The page with its section as the table has it now, at the end where it had none."""
    before, _, rest = page.partition(f"{_HEADING}\n")
    after = rest.partition("\n## ")[2]
    return f"{before.rstrip()}\n\n{text()}" + (f"\n## {after}" if after else "")


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
