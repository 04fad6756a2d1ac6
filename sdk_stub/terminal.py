"""A phone's screen in a terminal: what is asked is shown safely, and a person answers.

Everything from outside passes through `visible`: a message must not move the cursor, colour the text, reverse its
direction or pretend to be a further line of ours.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import datetime
from typing import Any

from sdk_stub.challenges import Answer, Decision
from sdk_stub.events import Event
from sdk_stub.keyboard import Keyboard

# Control, format (bidirectional overrides, zero width), surrogate, private and unassigned characters, line and
# paragraph separators: Unicode general categories.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
ANSWERS = {
    "y": Answer(Decision.ACCEPT),
    "yes": Answer(Decision.ACCEPT),
    "n": Answer(Decision.DENY),
    "no": Answer(Decision.DENY),
    "not me": Answer(Decision.DENY, "not_me"),
}
NUMBER = re.compile("[0-9]{2}")
PLACE = ("city", "region", "country_code")
SOFTWARE = ("browser", "operating_system")


def visible(text: object) -> str:
    """Return the text with everything that could play tricks spelled out by its Unicode number."""
    return "".join(f"\\u{{{ord(c):x}}}" if unicodedata.category(c) in UNSAFE else c for c in str(text))


def show_challenge(event: Event) -> None:
    """Print who asks for what, from where, and until when."""
    request = event["mobileAuthenticationRequest"]
    rows = [
        ("message", request["message"]),
        ("asked by", f"{request['portal']['name']} ({request['portal']['origin']})"),
        *([("logo", request["portal"]["logo"]["url"])] if "logo" in request["portal"] else []),
        *_context_rows(request["context"]),
        ("for user", request["userProfile"]["id"]),
        ("kind", request["type"]),
        ("valid until", _clock_time(request["expiresAt"])),
    ]
    width = max(len(visible(label)) for label, _ in rows)
    print()
    for label, value in rows:
        # A further line of a message is marked, so it cannot pass for a row of ours.
        lines = f"\n  {'':>{width}}| ".join(visible(line) for line in str(value).split("\n"))
        print(f"  {visible(label):>{width}}  {lines}")
    print()


def say(text: str) -> None:
    """Print a line for the person."""
    print(visible(text))


def complain(text: str) -> None:
    """Print a line for the person, where errors go."""
    print(visible(text), file=sys.stderr)


async def ask(keyboard: Keyboard) -> Answer | None:
    """Return what the person answers; None when the keyboard has nobody at it."""
    while True:
        print("Do you want this? [yes / no / not me] ", end="", flush=True)
        line = await keyboard.read_line()
        if line is None:
            print()
            return None
        if answer := ANSWERS.get(_words(line)):
            return answer
        print('Please type "yes", "no", or "not me" if you did not start this.')


async def ask_number(keyboard: Keyboard) -> Answer | None:
    """Return a yes with the number that the person types, or their no; None when the keyboard has nobody at it."""
    while True:
        print("Which number does the page show? ", end="", flush=True)
        line = await keyboard.read_line()
        if line is None:
            print()
            return None
        words = _words(line)
        if NUMBER.fullmatch(words):
            return Answer(Decision.ACCEPT, number=words)
        if (answer := ANSWERS.get(words)) and answer.decision is Decision.DENY:
            return answer
        print('Please type the two digits that you see there, or "no", or "not me".')


def _words(line: str) -> str:
    return " ".join(line.lower().replace("_", " ").split())


def _context_rows(context: dict[str, Any]) -> list[tuple[str, object]]:
    place = ", ".join(str(context[name]) for name in PLACE if name in context)
    address = context.get("ip_address")
    software = " on ".join(str(context[name]) for name in SOFTWARE if name in context)
    rows = [
        ("from", f"{place} ({address})" if place and address else place or address),
        ("with", software or context.get("user_agent")),
    ]
    told = {*PLACE, *SOFTWARE, "ip_address", "user_agent"}
    return [row for row in rows if row[1]] + [(name, value) for name, value in context.items() if name not in told]


def _clock_time(at_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000).astimezone():%H:%M:%S %Z}"
    except (OverflowError, ValueError, OSError):
        return "an unreadable time"
