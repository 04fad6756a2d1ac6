"""What a browser calls itself, in words: "Chrome 138.0" on "Mac OS X".

The patterns are those of uap-core, kept up by many; the engine is a compiled one whose time grows with the length of
the text and nothing else, so that no user agent can stall the server (measured in docs/decisions/0015).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from ua_parser import Domain
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

from token_server.visitors.shown_texts import shown

MOST_REMEMBERED = 1024
_WANTED = Domain.USER_AGENT | Domain.OS
# Browsers say these whatever the real version is: https://www.chromium.org/updates/ua-reduction/. "Windows 10" on a
# machine with Windows 11 would make a careful user say no to herself.
_FROZEN = frozenset({("Windows", "10", None), ("Mac OS X", "10", "15"), ("Android", "10", None)})


@dataclass(frozen=True)
class Software:
    """What somebody came with, as far as they say."""

    browser: str | None = None
    operating_system: str | None = None


class UserAgents:
    """Reads user agents, and remembers the last ones: most visitors come with one of a few."""

    def __init__(self) -> None:
        """Be ready; the patterns are compiled now, not when the first user waits."""
        self._read = lru_cache(MOST_REMEMBERED)(_Reader(_resolver()).read)

    def read(self, user_agent: str) -> Software:
        """Return what the user agent says; whatever it is, there is an answer."""
        return self._read(user_agent)


class _Reader:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def read(self, user_agent: str) -> Software:
        if not user_agent.isprintable():
            return Software()
        found = self._resolver(user_agent, _WANTED)
        browser, system = found.user_agent, found.os
        return Software(
            None if browser is None else _words(browser.family, browser.major, browser.minor),
            None if system is None else _words(system.family, system.major, system.minor),
        )


@cache
def _resolver() -> Resolver:
    """Compile the patterns for browsers and systems, once; those for makes of telephones are left out."""
    browsers, systems, _ = load_lazy_builtins()
    return Resolver((browsers, systems, []))


def _words(family: str, major: str | None, minor: str | None) -> str | None:
    if not major or (family, major, minor) in _FROZEN:
        return shown(family)
    return shown(f"{family} {major}.{minor}" if minor else f"{family} {major}")
