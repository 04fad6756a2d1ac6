"""That axe-core is told to remember colours changes nothing of what it finds."""

from __future__ import annotations

import json

import pytest

from tests.support.chromium import Page
from tests.walk.axe import COLOURS, script, violations

# Pale on white as people may write it, on grounds one of which lets another through; the last two can be read well.
TEXTS = (
    "color: #aaa",
    "color: rgb(170 170 170)",
    "color: rgb(0 0 0 / 0.3)",
    "color: oklch(0.8 0.1 200)",
    "color: color-mix(in srgb, white 70%, black)",
    "color: black; background: rgb(0 0 0 / 0.8)",
    "color: rgb(0 0 0 / 0.9); opacity: 0.3",
    "color: white; background: linear-gradient(rgb(200 200 200), rgb(250 250 250))",
    "color: #222; background: hsl(50 80% 90%)",
    "color: color-mix(in oklch, navy 80%, black)",
)


@pytest.mark.needs_browser
async def test_colours_that_were_read_before_are_judged_as_they_were(page: Page) -> None:
    lines = "".join(f'<p style="{each}"><a style="{each}" href="#">some words</a> and more</p>' for each in TEXTS)
    await page.run(f"void (document.body.innerHTML = {json.dumps(lines * 2)})")
    remembering = await violations(page, *COLOURS)
    await page.run(f"{script()}; void 0")  # anew, as it comes: it reads each colour each time
    assert await violations(page, *COLOURS) == remembering
    assert "color-contrast" in remembering[0]
