"""A bank with a past: users with phones, logins of every ending, callbacks that arrived and that did not, operators.

Everything in it happened: real phones answered real requests, while the clock went on from login to login.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import quote

from aiohttp import ClientSession

from examples.demo.stage import free_port
from examples.phone.app import APPLICATION_VERSION, Phone
from examples.phone.page import FOOTER, open_phone_page
from examples.portal.portal import running_portal
from tests.examples.conftest import APP, KINDS, portal_settings_for, welcome_portal
from tests.support.desk import Desk, open_desk
from tests.support.server import API, World, add_type
from tests.walk.logins import HANDSETS, Login, Visitor
from token_server.crypto.passwords import Passwords
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.operators import TERMINAL, Role
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.seeding import ApplySeeds

TEXTS = {
    "en": "Approve it at Example Bank?",
    "nl": "Goedkeuren bij Example Bank?",
    "de": "Bei der Example Bank freigeben?",
}
APPROVE = AuthenticationType("approve", Method.OTP, 60, TEXTS, number_matching=True)
BANK_APP = replace(
    APP,
    versions=tuple(ApplicationVersion(each, APPLICATION_VERSION, VersionStatus.ENABLED) for each in Platform),
    deep_link="examplebank://confirm?otp=",
)
INSURER = ApiClient("insurance", "Example Insurance", "https://insurance.example", frozenset(Right))
DEAF = "http://127.0.0.1:9/callbacks/mobile-authentication"  # nothing listens there (RFC 863)


@dataclass
class Bank:
    """The bank; `named` has something real for each parameter of the console's paths."""

    desk: Desk
    portal: str
    closing: AsyncExitStack
    phones: dict[str, Phone] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The server and what is around it."""
        return self.desk.world

    async def live(self, logins: Iterable[Login]) -> None:
        """Let those logins happen, one after the other, each with a phone of its user."""
        for login in logins:
            self.world.clock.move(login.after_s)
            await self._happen(login, await self.phone(login.user))

    async def staff(self) -> None:
        """Let others come to the desk, and note what there is to show of everything."""
        for kind in KINDS:
            await add_type(self.world.base, replace(kind, expires_in_s=600))  # walks look at each page for long
        for name, role in (("bob", Role.ADMIN), ("hedda", Role.HELPDESK)):
            await self.desk.at_home(name, role)
        await self.desk.invite("audrey", Role.AUDITOR)
        device = (await self.desk.flows.happenings.users.show(TERMINAL, "alice")).profiles[0].device_id
        self.named.update(
            user_id="alice",
            device_id=device,
            callback_uri=quote(DEAF, safe=""),
            operator_id=(await self.desk.operator("bob")).operator_id,
        )

    async def note_token(self, name: str) -> None:
        """Give that operator an access token, and note it."""
        operator = await self.desk.operator(name)
        issued = await self.desk.flows.tokens.issue(operator, "configuration as code", Role.ADMIN, days=90)
        self.named["token_id"] = issued.token_id

    async def phone(self, user: str) -> Phone:
        """Return the phone of that user, linked and enrolled."""
        if user not in self.phones:
            store = self.world.folder / "phones" / f"{user}.json"
            phone = Phone(self.world.url, store, **asdict(HANDSETS[user]))
            self.phones[user] = await self.closing.enter_async_context(phone)
            await phone.register(await self.world.registration_code(user))
            await phone.sdk.enroll_mobile_authentication()
        return self.phones[user]

    async def _happen(self, login: Login, phone: Phone) -> None:
        started = await self._start(login)
        self.named["transaction_id"] = started["transaction_id"]
        if login.ending == "never scanned":
            await self._expire(login)
            return
        await phone.scan(await self.world.code(started["transaction_id"]))
        if login.ending == "accepted":
            self.named["accepted"] = started["transaction_id"]
            await self._accept(started["transaction_id"], phone)
        elif login.ending == "left open":
            await phone.dismiss()
            await self._expire(login)
        else:
            await phone.deny("not_me" if login.ending == "not me" else None)

    async def _expire(self, login: Login) -> None:
        """Let nobody answer in time, if the login is to end."""
        self.world.clock.move(login.lasts_s)
        await self.world.server.flows.expire.sweep()

    async def _accept(self, transaction_id: str, phone: Phone) -> None:
        """Accept, with the number that the page shows if there is one, after a wrong one."""
        async with self.world.portal.post(f"{API}/authenticate/transaction/{transaction_id}/view") as answer:
            view = (await answer.json())["view_url"]
        async with ClientSession() as browser, browser.get(view) as answer:
            number = (await answer.json()).get("number")
        if number is not None:
            await phone.accept(f"{(int(number) + 1) % 100:02}")
        assert await phone.accept(number) is None

    async def _start(self, login: Login) -> dict[str, str]:
        who: Visitor = login.visitor
        return await self.world.start(
            login.type_name,
            message=login.message,
            callback_uri=DEAF if login.is_deaf else self.world.callbacks.url,
            ip_address=who.ip_address,
            user_agent=who.user_agent,
        )


@asynccontextmanager
async def open_bank(world: World) -> AsyncIterator[Bank]:
    """The bank of a running server, with its portal, a phone page in a window, and a desk; nothing has happened yet."""
    settings = portal_settings_for(world.url, free_port())
    await welcome_portal(world.base, settings.url)
    await _configure(world)
    (world.folder / "phones").mkdir()
    passwords = Passwords()
    async with (
        AsyncExitStack() as closing,
        open_phone_page(settings, world.folder / "phones" / "page.json") as page,
        running_portal(settings, page.routes(), FOOTER),
    ):
        closing.callback(passwords.close)
        bank = Bank(open_desk(world, passwords), settings.url, closing)
        try:
            yield bank
        finally:
            for session in bank.desk.opened:
                await session.close()


async def _configure(world: World) -> None:
    base = world.base
    await add_type(base, APPROVE)
    seeds = Seeds(
        {}, [], [ClientSeed(INSURER, "insurance-secret-0123456789abcdef01234567")], [BANK_APP], [EndpointSeed(DEAF)]
    )
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds)
    base.configuration.forget()
