"""The server's keys: fingerprints, age, use, and replacing them.

GET       /server-keys
GET, POST /server-keys/{openpgp|signing}/rotate     asks first
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.clock import Clock
from token_server.domain.errors import AlreadyExists
from token_server.domain.operators import Permission
from token_server.flows.administration.server_keys import ManageServerKeys

ROTATE = "/server-keys/{kind:openpgp|signing}/rotate"
DAY_MS = 86_400_000
QUESTIONS = {
    "openpgp": (
        "Make a new OpenPGP key?",
        "New enrolments get it. Phones that are enrolled keep speaking to the key they were given.",
    ),
    "signing": (
        "Sign access tokens with a new key?",
        "Running servers change over within ten seconds. Tokens that are out stay good until they expire.",
    ),
}


class ServerKeyPages:
    """The list of keys."""

    def __init__(self, pages: Pages, clock: Clock, keys: ManageServerKeys) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._clock = clock
        self._keys = keys

    def pages(self) -> list[Page]:
        """Return the pages."""
        rotate = Permission.ROTATE_SERVER_KEYS
        return [
            Page("GET", "/server-keys", self.list, Permission.SEE_SERVER_KEYS),
            Page("GET", ROTATE, self.ask, rotate),
            Page("POST", ROTATE, self.rotate, rotate),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List the keys."""
        keys = await self._keys.list_all(visit.operator)
        return self._pages.show(visit, "server_keys.html", keys=keys, age=self._age)

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a key is replaced."""
        kind = visit.named("kind")
        title, text = QUESTIONS[kind]
        return self._pages.confirm(
            visit, title=title, text=text, action=f"/server-keys/{kind}/rotate", button="Rotate", back="/server-keys"
        )

    async def rotate(self, visit: Visit) -> web.Response:
        """Replace a key."""
        try:
            if visit.named("kind") == "openpgp":
                name = await self._keys.rotate_openpgp(visit.operator)
                return visit.go("/server-keys", f"New enrolments get the key {name}.")
            name = await self._keys.rotate_signing(visit.operator)
        except AlreadyExists:
            return visit.go("/server-keys", failed="Somebody else has rotated this key at the same moment.")
        return visit.go("/server-keys", f"Access tokens are signed by {name}.")

    def _age(self, since: int) -> str:
        days = (self._clock.now_ms() - since) // DAY_MS
        return "today" if days < 1 else f"{days} {'day' if days == 1 else 'days'}"
