"""What axe-core finds wrong with a page for people who see, hear or move otherwise.

The script is axe-core's own (Deque, MPL-2.0), as the package axe-playwright-python ships it; it is used by tests only,
unchanged, and is no part of what the server is made of. It is run by the debugging protocol, which the pages' strict
policy does not concern. Once it runs it is told to remember what each colour's name is worth: a page has a dozen, and
axe-core would read them thousands of times, which takes half of the time of its judgement.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from tests.support.chromium import Page

COLOURS = ("color-contrast",)
_RUN = """(async () => {{
    const found = await axe.run({part}, {options});
    return found.violations.map(({{ id, impact, help, nodes }}) =>
        [impact, id, help, nodes.map((node) => node.target.flat().join(" ") + " " + node.failureSummary).slice(0, 3)]);
}})()"""
_REMEMBER_COLOURS = """(() => {
    const { Color } = axe.commons.color, read = Color.prototype.parseString, known = new Map();
    Color.prototype.parseString = function (text) {
        if (!known.has(text)) known.set(text, read.call(new Color(0, 0, 0), text));
        const { r, g, b, alpha } = known.get(text);
        return Object.assign(this, { r, g, b, alpha });
    };
})()"""


@cache
def script() -> str:
    """Return axe-core."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


async def violations(page: Page, *rules: str, part: str = "document") -> list[str]:
    """Return what axe-core finds in (a part of) the page that is shown, of every impact; by those rules if any."""
    if not await page.run("'axe' in window"):
        await page.run(f"{script()}; {_REMEMBER_COLOURS}")
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = await page.run(_RUN.format(part=part, options=json.dumps(options)))
    return [f"{impact} {rule}: {words} {nodes}" for impact, rule, words, nodes in found]
