"""What the demo tells: a user links a phone, then signs in, says no, and lets a code expire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.browser import Browser
from examples.demo.narration import Narration, expect
from examples.demo.phone import Phone
from examples.demo.stage import Stage, set_stage
from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import read_otp_string
from sdk_stub.qr import read_qr_code
from sdk_stub.terminal import show_challenge

USER = "alice"
EXPIRES_IN_S = 10


@dataclass(frozen=True)
class Ending:
    """How a login is to end: what the portal must be told, and the page that the browser must get to see."""

    result: dict[str, Any]
    page: tuple[str, str]


ACCEPTED = Ending({"is_authenticated": True, "user_id": USER}, ("/account", f"Welcome, {USER}"))
DENIED = Ending({"is_authenticated": False, "reason": "not_accepted"}, ("/login/finish", "You said no"))
EXPIRED = Ending({"is_authenticated": False, "reason": "expired"}, ("/login/finish", "That code has expired"))


async def tell(folder: Path, narration: Narration) -> None:
    """Play the whole story on an empty database.

    Errors: StepFailed, ChildFailed.
    """
    narration.chapter("A server on an empty SQLite file, and a portal")
    async with AsyncExitStack() as stack:
        with narration.step("start the server and the example portal") as step:
            stage = await stack.enter_async_context(set_stage(folder, expires_in_s=EXPIRES_IN_S))
            narration.witnesses = [stage.server, stage.portal]
            step.result = f"{stage.server_url}, {stage.portal_url}"
        browser = await stack.enter_async_context(Browser(stage.portal_url))
        phone = await stack.enter_async_context(Phone(stage.server_url, folder / "phone.json"))
        story = Story(narration, stage, browser, phone)
        await story.link_phone()
        await story.accept()
        await story.deny()
        await story.expire()
    narration.table()
    print("  All of it went over real sockets, and all of it is gone now. For a browser of yours: make serve\n")


class Story:
    """The four chapters."""

    def __init__(self, narration: Narration, stage: Stage, browser: Browser, phone: Phone) -> None:
        self._tell = narration
        self._stage = stage
        self._browser = browser
        self._phone = phone
        self._lines_before = 0
        self._waiting: asyncio.Task[None] | None = None

    async def link_phone(self) -> None:
        """A user of the portal links her phone."""
        self._tell.chapter(f"{USER} links her phone")
        with self._tell.step("portal asks for a registration code and shows it") as step:
            code = await self._browser.link_phone(USER)
            step.result = f"{code[:8]}…, good once"
        with self._tell.step("phone registers with the code") as step:
            step.result = f"profile {await self._phone.register(code)}"
        with self._tell.step("phone makes its keys and enrols") as step:
            await self._phone.sdk.enroll_mobile_authentication()
            step.result = "OpenPGP keys exchanged"

    async def accept(self) -> None:
        """She signs in."""
        self._tell.chapter("She signs in: scan, look, accept")
        text = await self._start()
        self._tell.show_qr_code(text)
        await self._scan(text)
        with self._tell.step("she accepts; phone signs, server confirms") as step:
            await self._phone.sdk.accept_mobile_auth_confirmation()
            await self._phone.settled()
            step.result = "accepted"
        await self._end(text, ACCEPTED)

    async def deny(self) -> None:
        """Somebody else's login is on her screen."""
        self._tell.chapter("A login that she did not start: deny")
        text = await self._start()
        await self._scan(text)
        with self._tell.step('she denies: "not me"') as step:
            await self._phone.sdk.deny_mobile_auth_confirmation("not_me")
            step.result = await _refusal(self._phone.settled(), Code.ActionCanceled)
        await self._end(text, DENIED)

    async def expire(self) -> None:
        """Nobody scans."""
        self._tell.chapter(f"Nobody scans, for {EXPIRES_IN_S} seconds")
        text = await self._start()
        await self._end(text, EXPIRED)
        with self._tell.step("phone scans it too late") as step:
            step.result = await _refusal(self._phone.scan(text), Code.MobileAuthenticationRequestNotFound)

    # The steps that every login has.

    async def _start(self) -> str:
        self._lines_before = len(self._stage.portal.lines)
        with self._tell.step("browser asks to sign in, portal starts a transaction") as step:
            expect(await self._browser.sign_in(), "Scan to sign in")
            step.result = f"valid for {EXPIRES_IN_S} s"
        with self._tell.step("server draws the QR code, browser fetches it") as step:
            picture = self._stage.folder / "login.png"
            picture.write_bytes(await self._browser.picture())
            step.result = f"PNG, {picture.stat().st_size} bytes"
        with self._tell.step("camera reads the PNG") as step:
            text = read_qr_code(picture)
            step.result = f"transaction {read_otp_string(text).transaction_id[:8]}…"
        self._waiting = asyncio.create_task(self._browser.wait())
        return text

    async def _scan(self, text: str) -> None:
        with self._tell.step("phone claims the transaction, server says what to show") as step:
            asked = await self._phone.scan(text)
            step.result = f"asked by {asked['mobileAuthenticationRequest']['portal']['name']}"
        show_challenge(asked)

    async def _end(self, text: str, ending: Ending) -> None:
        transaction_id = read_otp_string(text).transaction_id
        callback_uri = f"{self._stage.portal_url}/callback"
        with self._tell.step("server calls the portal back, portal gets the result") as step:
            body = await self._heard("callback: ")
            expect(body, {"callback_uri": callback_uri, "transaction_id": transaction_id})
            result = await self._heard("result: ")
            expect(_gist(result), ending.result)
            step.result = ", ".join(f"{name}: {json.dumps(value)}" for name, value in ending.result.items())
        self._tell.show("callback", body)
        self._tell.show("result", result)
        print()
        with self._tell.step("browser, which waited, goes on") as step:
            if self._waiting is not None:
                await self._waiting
            expect(await self._browser.finish(), ending.page)
            step.result = f'page "{ending.page[1]}"'

    async def _heard(self, words: str) -> dict[str, Any]:
        line = await self._stage.portal.line_with(words, after=self._lines_before)
        body: dict[str, Any] = json.loads(line.partition(words)[2])
        return body


def _gist(result: dict[str, Any]) -> dict[str, Any]:
    gist: dict[str, Any] = {name: result[name] for name in ("is_authenticated", "user_id") if name in result}
    reason = result.get("not_authenticated_reason")
    if reason is None:
        return gist
    return {"is_authenticated": gist["is_authenticated"], "reason": reason["reason"]}


async def _refusal(work: Awaitable[object], code: Code) -> str:
    """Return the SDK error that is expected here, as the app sees it.

    Errors: ValueError when the work succeeds.
    """
    try:
        await work
    except SdkError as error:
        expect(error.code, code)
        return f"SDK error {error.code}, {code.name}"
    raise ValueError(f"this should have failed with {code}")
