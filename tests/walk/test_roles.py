"""Every role in a real browser: it is shown the way to what it may see, comes there, and nowhere else."""

from __future__ import annotations

import pytest
from yarl import URL

from tests.admin.role_matrix import CONSOLE
from tests.support.chromium import Page
from tests.walk.bank import Bank
from tests.walk.routes import INSIDE
from token_server.admin.console.navigation import NAVIGATION
from token_server.domain.operators import Role

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

FAMILIES = [entry.path for group in NAVIGATION for entry in group.entries]
DEEPER = ["/transactions/{transaction_id}", "/devices/{device_id}", "/users/erase", "/new/api-client"]
LINKS = "[...document.querySelectorAll('.wide nav a')].map((each) => each.getAttribute('href'))"
# Whoever only reads is shown no form that changes anything but their own, or one that cannot be filled in.
OFFERS_NOTHING = """[...document.querySelectorAll('main form[method=post]')].every((form) =>
    /^.(account|tokens|audit.verify|transactions.[^/]+.verify)/.test(form.getAttribute('action'))
    || form.querySelector('fieldset[disabled]'))"""


async def come_in(bank: Bank, page: Page, role: Role) -> None:
    """Hand the browser the session of a new operator of that role."""
    browser, desk = await bank.desk.at_home(f"the.{role}", role), bank.world.server.desk
    cookie = browser.session.cookie_jar.filter_cookies(URL(desk))["operator"].value
    await page.do("Network.setCookie", name="operator", value=cookie, url=desk)


async def test_each_role_comes_to_every_page_that_it_may_see_and_to_no_other(bank: Bank, page: Page) -> None:
    desk = bank.world.server.desk
    for role in Role:
        await come_in(bank, page, role)
        await page.open(f"{desk}/")
        may_see = {path for path in FAMILIES if role in CONSOLE[f"GET {path}"]}
        assert set(await page.run(LINKS)) == may_see, role
        for route in [*FAMILIES, *DEEPER]:
            await page.open(f"{desk}{INSIDE[route].format_map(bank.named)}")
            is_refused = await page.run("document.title.startsWith('Not allowed')")
            assert is_refused is (role not in CONSOLE[f"GET {route}"]), (role, route)
            if role is Role.AUDITOR and not is_refused:
                assert await page.run(OFFERS_NOTHING), route
