"""What the demo tells: a user links a phone, signs in, pays by number, says no, and lets a code grow old and expire."""

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
from examples.demo.stage import Stage, set_stage
from examples.phone.app import Phone
from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import read_otp_string
from sdk_stub.qr import read_qr_code
from sdk_stub.terminal import show_challenge

USER = "alice"
EXPIRES_IN_S = 10
TOO_OLD_S = 7  # codes change each second and are accepted for five more


@dataclass(frozen=True)
class Ending:
    """How a transaction is to end: what the portal must be told, and the page that the browser must get to see."""

    result: dict[str, Any]
    page: tuple[str, str]
    finish: str = "/login/finish"


ACCEPTED = Ending({"is_authenticated": True, "user_id": USER}, ("/account", f"Welcome, {USER}"))
PAID = Ending(ACCEPTED.result, ("/pay/finish", "25.00 euro to Example Shop"), "/pay/finish")
DENIED = Ending({"is_authenticated": False, "reason": "not_me"}, ("/login/finish", "Good that you looked"))
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
        await story.pay()
        await story.deny()
        await story.grow_old()
    narration.table()
    print("  All of it went over real sockets, and all of it is gone now. For a browser of yours: make serve\n")


class Story:
    """The chapters."""

    def __init__(self, narration: Narration, stage: Stage, browser: Browser, phone: Phone) -> None:
        self._tell = narration
        self._stage = stage
        self._browser = browser
        self._phone = phone
        self._lines_before = 0
        self._states: list[dict[str, Any]] = []
        self._watching: asyncio.Task[None] | None = None

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
        first = await self._start()
        self._tell.show_qr_code(first)
        with self._tell.step("the code has changed; camera reads the new one") as step:
            text = await self._another_than(first)
            step.result = "another code, the same transaction"
        await self._scan(text)
        with self._tell.step("she accepts; phone signs, server confirms") as step:
            expect(await self._phone.accept(), None)
            step.result = "accepted"
        await self._end(text, ACCEPTED)

    async def pay(self) -> None:
        """She confirms a payment, with the number that the page shows."""
        self._tell.chapter("She pays: type the number that the page shows")
        text = await self._start("/pay", "25.00 euro to Example Shop")
        await self._scan(text)
        with self._tell.step("server tells the browser a number") as step:
            number = await self._number()
            step.result = number
        with self._tell.step("she mistypes it") as step:
            again = await self._phone.accept("99" if number == "00" else "00")
            step.result = f"{(again or {})['triesLeft']} tries left"
        with self._tell.step("she types it right; phone signs, server confirms") as step:
            expect(await self._phone.accept(number), None)
            step.result = "accepted"
        await self._end(text, PAID)

    async def deny(self) -> None:
        """Somebody else's login is on her screen."""
        self._tell.chapter("A login that she did not start: deny")
        text = await self._start()
        await self._scan(text)
        with self._tell.step('she denies: "not me"') as step:
            await self._phone.deny("not_me")
            step.result = "denied"
        await self._end(text, DENIED)

    async def grow_old(self) -> None:
        """Somebody scans a photograph of the code, and then nobody does."""
        self._tell.chapter(f"A photograph of a code, {TOO_OLD_S} seconds old; then nobody, until it expires")
        text = await self._start()
        await asyncio.sleep(TOO_OLD_S)
        with self._tell.step("phone scans the photograph") as step:
            step.result = await _refusal(self._phone.scan(text), Code.MobileAuthenticationRequestNotFound)
        await self._end(text, EXPIRED)

    # The steps that every transaction has.

    async def _start(self, path: str = "/login", heading: str = "Sign in with your phone") -> str:
        self._lines_before = len(self._stage.portal.lines)
        with self._tell.step("browser opens the page, portal starts a transaction") as step:
            expect(await self._browser.start(path), heading)
            step.result = f"valid for {EXPIRES_IN_S} s"
        self._watching = asyncio.create_task(self._watch())
        with self._tell.step("camera reads the code on the page") as step:
            text = await self._photograph()
            step.result = f"transaction …{read_otp_string(text).transaction_id[-8:]}"
        return text

    async def _watch(self) -> None:
        self._states = []
        async for state in self._browser.watch():
            self._states.append(state)

    async def _photograph(self) -> str:
        picture = self._stage.folder / "code.png"
        picture.write_bytes(await self._browser.picture())
        return read_qr_code(picture)

    async def _another_than(self, text: str) -> str:
        async with asyncio.timeout(5):
            while (new := await self._photograph()) == text:  # noqa: ASYNC110 - a person looks again
                await asyncio.sleep(0.1)
        expect(read_otp_string(new).transaction_id, read_otp_string(text).transaction_id)
        return new

    async def _number(self) -> str:
        async with asyncio.timeout(5):
            while not (self._states and "number" in self._states[-1]):  # noqa: ASYNC110 - a person looks up
                await asyncio.sleep(0.02)
        return str(self._states[-1]["number"])

    async def _scan(self, text: str) -> None:
        with self._tell.step("phone claims the transaction, server says what to show") as step:
            asked = await self._phone.scan(text)
            step.result = f"asked by {asked['mobileAuthenticationRequest']['portal']['name']}"
        show_challenge(asked)

    async def _end(self, text: str, ending: Ending) -> None:
        transaction_id = read_otp_string(text).transaction_id
        callback_uri = f"{self._stage.portal_url}/callback"
        with self._tell.step("portal hears it, checks the signature, gets the result") as step:
            body = await self._heard("callback, signature verified: ")
            expect(body, {"callback_uri": callback_uri, "transaction_id": transaction_id})
            result = await self._heard("result: ")
            expect(_gist(result), ending.result)
            step.result = ", ".join(f"{name}: {json.dumps(value)}" for name, value in ending.result.items())
        self._tell.show("callback", body)
        self._tell.show("result", result)
        print()
        with self._tell.step("browser, which watched, goes on") as step:
            if self._watching is not None:
                await self._watching
            expect(await self._browser.finish(ending.finish), ending.page)
            step.result = " → ".join(each["state"] for each in self._states)

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
