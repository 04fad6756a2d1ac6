"""The second step of signing in: a code of the authenticator app, or a recovery code; the first time, enrolling one.

GET, POST /sign-in/second-factor     six digits
GET, POST /sign-in/recovery-code     one of ten, each good once
GET, POST /sign-in/enrol             QR code, secret to type, first code; then the recovery codes, shown once
"""

from __future__ import annotations

from aiohttp import web
from markupsafe import Markup

from token_server.admin.console.doors import Access, Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit, local_path
from token_server.flows.administration.second_factor import SecondFactor
from token_server.qr import QrPainter

WRONG = "This code is wrong, too old, or was used already: wait for the next one."


class SecondFactorPages:
    """The second step."""

    def __init__(self, pages: Pages, second_factor: SecondFactor, painter: QrPainter) -> None:
        """Show `pages`, draw with `painter`, ask the flow."""
        self._pages = pages
        self._second_factor = second_factor
        self._painter = painter

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", "/sign-in/second-factor", self.ask, Access.SECOND_FACTOR),
            Page("POST", "/sign-in/second-factor", self.check, Access.SECOND_FACTOR),
            Page("GET", "/sign-in/recovery-code", self.ask_recovery, Access.SECOND_FACTOR),
            Page("POST", "/sign-in/recovery-code", self.recover, Access.SECOND_FACTOR),
            Page("GET", "/sign-in/enrol", self.offer, Access.ENROLLMENT),
            Page("POST", "/sign-in/enrol", self.enroll, Access.ENROLLMENT),
        ]

    async def ask(self, visit: Visit) -> web.Response:
        """Ask for a code."""
        return self._pages.show(visit, "second_factor.html", next=local_path(visit.asked("next", "/")))

    async def check(self, visit: Visit) -> web.Response:
        """Check the code and open the session."""
        following = local_path(visit.form.text("next", "/"))
        begun = await self._second_factor.check_code(visit.open_session, visit.form.text("code"), visit.place)
        if begun is None:
            visit.form.problems["code"] = WRONG
            return self._pages.refuse(visit, "second_factor.html", next=following)
        return visit.enter(visit.go(following), begun)

    async def ask_recovery(self, visit: Visit) -> web.Response:
        """Ask for a recovery code."""
        return self._pages.show(visit, "recovery_code.html", next=local_path(visit.asked("next", "/")))

    async def recover(self, visit: Visit) -> web.Response:
        """Use a recovery code up and open the session."""
        following, session = local_path(visit.form.text("next", "/")), visit.open_session
        begun = await self._second_factor.use_recovery_code(session, visit.form.text("code"), visit.place)
        if begun is None:
            visit.form.problems["code"] = "This is no recovery code of yours, or it was used already."
            return self._pages.refuse(visit, "recovery_code.html", next=following)
        left = await self._second_factor.count_recovery_codes(session.operator.operator_id)
        return visit.enter(visit.go(following, f"You are in. {left} recovery codes are left."), begun)

    async def offer(self, visit: Visit) -> web.Response:
        """Show the secret to enrol."""
        return await self._offer(visit, status=200)

    async def enroll(self, visit: Visit) -> web.Response:
        """Check the first code; then show the recovery codes, this once."""
        enrolled = await self._second_factor.enroll(visit.open_session, visit.form.text("code"), visit.place)
        if enrolled is None:
            visit.form.problems["code"] = WRONG
            return await self._offer(visit, status=422)
        shown = self._pages.show(visit, "recovery_codes.html", codes=enrolled.recovery_codes)
        return visit.enter(shown, enrolled.session)

    async def _offer(self, visit: Visit, *, status: int) -> web.Response:
        offer = await self._second_factor.offer(visit.open_session)
        picture = Markup((await self._painter.svg(offer.uri)).decode())  # noqa: S704 - drawn by us, text is not in it
        groups = [offer.typed[at : at + 4] for at in range(0, len(offer.typed), 4)]
        return self._pages.show(visit, "enrol.html", status=status, qr=picture, groups=groups)
