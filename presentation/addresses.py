"""Addresses of what a page shows, for links in mails, files and answers of tools."""

from urllib.parse import urlencode

from presentation import pages

ENDING = "/unsubscribe/"


def ending(stop: str, *, at: str) -> str:
    """Where one click ends the mails that say this secret."""
    return f"{at}{ENDING}{stop}"


def address(page: str, *, at: str = "", **places: str | None) -> str:
    """The link that opens a page at filters and places on it, such as `period="month", customer="C17"`.

    `at` is where the server answers; without it the link begins with a slash. Raises KeyError for an unknown page.
    """
    query = urlencode({name: place for name, place in places.items() if place is not None})
    return f"{at}/{pages.BY_NAME[page].name}{'?' if query else ''}{query}"
