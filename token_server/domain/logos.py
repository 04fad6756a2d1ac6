"""A portal's logo: a small picture, known by the hash of its octets, so what was signed says exactly what was shown."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from token_server.domain.errors import InvalidParameter

NAME = "logo"
LARGEST_FILE = 48 * 1024  # with the form around it, it fits into the usual largest body
SMALLEST_EDGE, LARGEST_EDGE = 16, 1024
LOGO_EDGE = 256
LOGO_HASH = r"[0-9a-f]{64}"
LOGO_HASH_RULE = "the SHA-256 of a logo, in 64 lower-case hex digits"
PATH = "/mobile/v1/logos"


@dataclass(frozen=True)
class Logo:
    """A picture that we drew ourselves, ready to be shown."""

    picture: bytes = field(repr=False)

    @property
    def logo_hash(self) -> str:
        """By which it is known: the SHA-256 of its octets."""
        return hashlib.sha256(self.picture).hexdigest()


def check_logo_hash(logo_hash: str) -> str:
    """Return what names a logo unchanged.

    Errors: InvalidParameter.
    """
    if not re.fullmatch(LOGO_HASH, logo_hash):
        raise InvalidParameter(NAME, f"must be {LOGO_HASH_RULE}")
    return logo_hash


def portal_facts(name: str, origin: str, logo_hash: str | None, base_url: str) -> dict[str, object]:
    """Return what the challenge document says of the portal; with the logo goes its hash, so that it is signed too."""
    facts: dict[str, object] = {"name": name, "origin": origin}
    if logo_hash is not None:
        facts["logo"] = {"url": f"{base_url}{PATH}/{logo_hash}", "sha256": logo_hash}
    return facts
