"""What nobody foresaw: a card with an id, the same id in the log, and a count for the administrator."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.browser.chromium import Visit

PLACES = ("in a callback", "in a fragment", "in the script", "in a popover")


def test_every_error_is_logged_under_an_id_and_counted_wherever_it_happens(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    port = chromium.free_port()
    options = ("--server.port", str(port), "--server.address", "127.0.0.1")
    with chromium.started(tmp_path, "streamlit", "run", "tests/browser/failing.py", *options) as server:
        address = f"http://127.0.0.1:{port}"
        chromium.wait_until_listening(server, address)
        window = visit(address=address)
        page = window.page
        page.goto(address)
        expect(page.get_by_text("No unforeseen error since this server started")).to_be_visible()
        ids = [failed(page, place) for place in PLACES]
        page.goto(address)
        page.get_by_role("combobox").click()
        page.get_by_role("option", name="other").click()
        ids.append(identifier(page))

        page.goto(address)
        page.get_by_role("button", name="foreseen").click()
        expect(page.locator(".st-key-failure")).to_contain_text("This was foreseen.")

        page.goto(address)
        page.get_by_role("button", name="in a download").click()
        expect(page.get_by_text("Failed to generate file")).to_be_visible()
        page.get_by_role("button", name="again").click()
        said = page.get_by_text(f"{len(ids) + 1} unforeseen errors since this server started")
        expect(said).to_be_visible()
        (last,) = re.findall(r"id (\w+) in the log", said.inner_text())
        ids.append(last)
        window.close()
        window.troubles.clear()  # the browser is told of the failed download, as it should be
        server.terminate()
        assert server.stdout is not None
        log = server.stdout.read()
    assert len({*ids}) == len(ids)
    for each in ids:
        assert re.search(rf"failed, id {each}\nTraceback (.*\n)+?ValueError: nobody foresaw this", log), each


def failed(page: Page, place: str) -> str:
    """Lets it fail there, and gives the id on the card."""
    page.goto(page.url)
    page.get_by_role("button", name=place).click()
    return identifier(page)


def identifier(page: Page) -> str:
    card = page.locator(".st-key-failure")
    expect(card).to_contain_text("The log holds the details under id")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    (found,) = re.findall(r"under id (\w+)", card.inner_text())
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "No unforeseen error since"), ("ru", "Непредвиденных ошибок")])
def test_the_data_page_tells_how_many(language: str, said: str, visit: Callable[..., Visit]) -> None:
    page = visit().open("data_admin", view_as="admin", language=language)
    expect(page.get_by_text(said)).to_be_visible()
