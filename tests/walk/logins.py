"""What happened at the bank: who logged in, when, from where, and how it ended; always the same."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.support.location_files import LONDON_ADDRESS, UTRECHT_ADDRESS, UTRECHT_V6


@dataclass(frozen=True)
class Visitor:
    """A browser at a place."""

    ip_address: str
    user_agent: str


@dataclass(frozen=True)
class Handset:
    """A phone as its owner calls it."""

    device_name: str
    device_model: str
    application_platform: str
    os_version: str


@dataclass(frozen=True)
class Login:
    """One request to a user, so long after the one before."""

    user: str
    type_name: str
    message: str
    ending: str
    after_s: int
    visitor: Visitor
    is_deaf: bool = False
    lasts_s: int = 0  # until it expires, if nobody answers


WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
MACOS = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
VISITORS = (Visitor(UTRECHT_ADDRESS, WINDOWS), Visitor(LONDON_ADDRESS, MACOS), Visitor(UTRECHT_V6, LINUX))
HANDSETS = {
    "alice": Handset("Alice's Pixel", "Pixel 10", "android", "16"),
    "bram.de.vries": Handset("Galaxy van Bram", "Galaxy S25", "android", "15"),
    "chloe.martin": Handset("iPhone de Chloé", "iPhone 17", "ios", "26.1"),
    "daan": Handset("Fairphone", "Fairphone 6", "android", "15"),
    "elif.yilmaz@example.com": Handset("Elif iPhone", "iPhone 16", "ios", "18.7"),
}
ASKED = (
    ("login", "Sign in to Example Bank?"),
    ("login", "Sign in to Example Bank?"),
    ("login", "Sign in to Example Bank?"),
    ("approve", "Pay 25.00 euro to Tea and Cake?"),
    ("approve", "Pay 1,250.00 euro to De Vries Bouw?"),
)
ENDINGS = ("accepted",) * 17 + ("denied", "denied", "not me", "never scanned", "never scanned", "left open")
HOUR_S = 3600
LASTS_S = 61
DEAF_SHARE = 0.04  # of the portals could not be called back
# How busy the bank is from hour to hour, the last one being now: a quiet night, a morning, a lunch, an evening.
BUSY = (3, 4, 5, 4, 3, 2, 1, 0, 0, 0, 1, 0, 1, 3, 5, 7, 8, 6, 9, 7, 5, 4, 6, 3)


def a_day() -> Iterator[Login]:
    """What happened in the last twenty-four hours."""
    chance, quiet_s = random.Random(4), 0
    for count in BUSY:
        for _ in range(count):
            kind, message = chance.choice(ASKED)
            ending, is_deaf = chance.choice(ENDINGS), chance.random() < DEAF_SHARE
            after_s, quiet_s = HOUR_S // count + quiet_s, 0
            yield Login(
                chance.choice(list(HANDSETS)), kind, message, ending, after_s, chance.choice(VISITORS), is_deaf, LASTS_S
            )
        quiet_s += 0 if count else HOUR_S


def lasting_s(logins: Iterable[Login]) -> int:
    """Return how long it takes until all of them have happened."""
    unanswered = ("never scanned", "left open")
    return sum(each.after_s + (each.lasts_s if each.ending in unanswered else 0) for each in logins)


def by_default() -> list[Login]:
    """One login of each ending: enough for every page to have something to show."""
    endings = (("never scanned", False), ("denied", True), ("not me", False), ("left open", False), ("accepted", False))
    return [
        Login("alice", *ASKED[3 if ending == "accepted" else 0], ending, 1, VISITORS[0], is_deaf)
        for ending, is_deaf in endings
    ]
