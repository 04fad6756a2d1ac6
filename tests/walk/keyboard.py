"""A person with a keyboard and nothing else, before a real browser: every key is a key that was pressed.

Wherever the focus goes it has to be seen, and to have gone on in the order in which the page reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.chromium import Page

FIRST = "Skip to the content"  # where the focus comes in again, sooner or later after it has left at the end
ENOUGH = 120  # no page has that many places to go to: who has not arrived by then is caught
ARRIVED = "!window.before && document.readyState === 'complete'"
_FOCUS = """(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect(), row = e.closest("tr.linked");
    const isLit = [e, row].some((each) => each && getComputedStyle(each).outlineStyle !== "none"
        && parseFloat(getComputedStyle(each).outlineWidth) >= 2);
    const isAfter = !window.last || !window.last.isConnected
        || Boolean(window.last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
    window.last = e;
    const words = [e.labels?.[0]?.textContent, e.getAttribute("aria-label"), e.textContent].find((a) => a?.trim());
    const isSeen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0;
    return { words: (words ?? "").replace(/\\s+/g, " ").trim(), isLit, isAfter, isSeen };
})()"""


@dataclass(frozen=True)
class Keyboard:
    """The keys, and the page that gets them."""

    page: Page

    async def write(self, text: str) -> None:
        """Type a text into whatever has the focus."""
        for letter in text:
            await self.page.do("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            await self.page.do("Input.dispatchKeyEvent", type="keyUp", key=letter)

    async def tab(self) -> str | None:
        """Press Tab and return the words of what has the focus now; None when it has left the page."""
        await self.page.press("Tab")
        focus: dict[str, Any] | None = await self.page.run(_FOCUS)
        if focus is None:
            await self.page.run("void (window.last = null)")
            return None
        assert focus["isLit"], f"nobody sees that the focus is on {focus['words']!r}"
        assert focus["isSeen"], f"{focus['words']!r} has the focus and is not on the screen"
        assert focus["isAfter"] or focus["words"] == FIRST, f"{focus['words']!r} comes before what had the focus"
        return str(focus["words"])

    async def to(self, words: str) -> None:
        """Press Tab until what has the focus says these words."""
        passed: list[str | None] = []
        while words not in passed[-1:]:
            assert len(passed) < ENOUGH, f"{words!r} is never reached: {passed}"
            passed.append(await self.tab())

    async def round(self) -> list[str]:
        """Press Tab from the first place of the page to the last, and return them: whoever gets out is not caught."""
        passed: list[str] = []
        while (words := await self.tab()) is not None and not (passed and words == FIRST):
            passed.append(words)
            assert len(passed) < ENOUGH, f"the focus never leaves the page: {passed}"
        return passed

    async def enter(self) -> None:
        """Press Enter on what has the focus, and wait for the page that comes."""
        await self.page.run("void (window.before = true)")
        await self.page.press("Enter")
        await self.page.until(ARRIVED)

    async def follow(self, words: str) -> None:
        """Go to what says these words, and press Enter."""
        await self.to(words)
        await self.enter()

    async def read(self, words: str) -> None:
        """Find these words on the page."""
        await self.page.until(f"document.querySelector('main').textContent.includes({json.dumps(words)})")
