"""axe-core has nothing to say against any page: at a desk and on a small screen, by day and by night."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.admin.test_role_matrix import bare, without_patterns
from tests.support.chromium import Chromium, Page
from tests.walk.axe import COLOURS, violations
from tests.walk.bank import Bank
from tests.walk.routes import FILES, INSIDE, ON_THE_WAY_IN
from tests.walk.tour import console_tour, phone_tour, portal_tour, way_in
from token_server.admin.console.routes import Console

DESK, SMALL = (1280, 900), (360, 740)


# The frame around the console's pages is the same on all of them: it is judged with these.
WITH_FRAME = ("/", "/sign-in")
MAIN, EVERYTHING = "document.querySelector('main')", "document"


async def complaints(page: Page, name: str, part: str = EVERYTHING) -> list[str]:
    """What axe-core says of the page on the screen: everything at each width, what concerns colours in each scheme."""
    found = []
    if not await page.run("document.title !== '' && document.querySelectorAll('h1').length === 1"):
        found.append(f"{name}: needs a title, and one main heading")
    for size, schemes in ((DESK, ("light", "dark")), (SMALL, ("dark", "light"))):
        await page.resize(*size)
        for scheme, rules in zip(schemes, ((), COLOURS), strict=True):
            await page.prefer(color_scheme=scheme, reduced_motion="reduce")
            found += [
                f"{name} at {size[0]} in the {scheme}: {each}" for each in await violations(page, *rules, part=part)
            ]
        if await page.run("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} at {size[0]}: wider than the screen")
    await page.resize(*DESK)
    return found


@pytest.mark.needs_browser
@pytest.mark.slow
@pytest.mark.timeout(600)  # a hundred judgements; on a busy machine they take their time
async def test_axe_finds_nothing_wrong_with_any_page(
    bank: Bank, page: Page, chromium: Chromium, tmp_path: Path
) -> None:
    found = []
    async for name in way_in(bank, page):
        found += await complaints(page, name, EVERYTHING if name in WITH_FRAME else MAIN)
    await bank.note_token("anna")
    async for name in console_tour(bank, page):
        found += await complaints(page, name, EVERYTHING if name in WITH_FRAME else MAIN)
    async for name in portal_tour(bank, page, tmp_path):
        found += await complaints(page, name)
    async for name, phone in phone_tour(bank, page, chromium):
        found += await complaints(phone, name)
    assert not found, "\n".join(found)


def test_the_tour_comes_to_every_page_of_the_console() -> None:
    given = {without_patterns(each.path) for each in bare(Console).pages() if each.method == "GET"}
    assert given == {*INSIDE, *ON_THE_WAY_IN, *FILES}
    told = inspect.getsource(way_in)
    assert all(f'yield "{each}"' in told for each in ON_THE_WAY_IN)
