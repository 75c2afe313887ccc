"""A browser goes to the identity provider, wherever that has its page of sign-in."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import chromium
from tests.browser.test_screens import violations
from tests.service.web import providers
from tests.service.web.served import served


@pytest.mark.slow
def test_the_provider_may_have_its_page_at_another_host(browser: Browser, tmp_path: Path) -> None:
    """Such as one that leads on to another: nothing that this server says to the browser may keep it from going."""
    port = chromium.free_port()
    with providers.running() as provider:
        there = provider.issuer.replace("127.0.0.1", "localhost")
        provider.more = {"authorization_endpoint": f"{there}/authorize"}
        told = {
            "ORDERBEAT_SIGN_IN": "accounts,oidc", "ORDERBEAT_URL": f"http://127.0.0.1:{port}",
            "ORDERBEAT_OIDC_ISSUER": provider.issuer, "ORDERBEAT_OIDC_CLIENT_ID": providers.CLIENT,
            "ORDERBEAT_OIDC_CLIENT_SECRET": providers.SECRET, "ORDERBEAT_OIDC_NAME": "Example <b>",
        }  # fmt: skip
        with served(tmp_path / "home", tmp_path / "said.log", port=port, **told) as server:
            page = browser.new_page()
            page.goto(f"{server.origin}/team")
            assert violations(page) == []
            page.get_by_role("button", name="Sign in with Example <b>").click()
            expect(page).to_have_url(re.compile(f"^{re.escape(there)}/authorize"))
            page.close()
