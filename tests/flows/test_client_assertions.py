"""Portals that sign: what lets them in, once, and everything that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.flows.house import House
from tests.support.signing_portal import (
    ALGORITHMS,
    CLIENT_ID,
    PortalKey,
    claims_for,
    jwks_of,
    key_of,
    signing_client,
)
from token_server.domain.api_clients import ApiClient, AuthenticationMethod
from token_server.domain.callers import SignedIn
from token_server.domain.client_keys import keys_of
from token_server.domain.errors import NotAuthenticated, WrongState
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

ISSUER = "https://login.example"
ADDRESS = "192.0.2.1"
KEY, OTHER = key_of("EdDSA"), PortalKey.new("EdDSA")


class Signers:
    """The desk and the door, for one client that signs."""

    def __init__(self, house: House) -> None:
        base = house.base
        self.house = house
        self.desk = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
        self.flows = house.flows.signing_portals

    async def change(self, client: ApiClient) -> None:
        """Change the client, whatever revision it has."""
        await self.desk.change(TERMINAL, client, revision=(await self.desk.get(CLIENT_ID)).revision)

    async def show(self, assertion: str, client_id: str | None = None) -> SignedIn:
        """Show an assertion at the door."""
        return await self.flows.assertions.portal(assertion, client_id=client_id, address=ADDRESS)

    def good(self, key: PortalKey = KEY, **changed: Any) -> str:
        """Make an assertion."""
        return key.assertion(ISSUER, self.house.clock.now_ms(), **changed)

    async def refuses(self, *assertions: str, client_id: str | None = None) -> bool:
        """Whether each is refused, in the vendor's words."""
        for each in assertions:
            with pytest.raises(NotAuthenticated, match="Client authentication failed"):
                await self.show(each, client_id)
        return True


@pytest.fixture
async def signers(house: House) -> Signers:
    """A client with one key."""
    made = Signers(house)
    assert await made.desk.create(TERMINAL, signing_client(KEY)) is None
    return made


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_each_algorithm_lets_its_portal_in_once(signers: Signers, algorithm: str) -> None:
    key = key_of(algorithm)
    await signers.change(signing_client(key, OTHER))
    assertion = key.sign(claims_for(ISSUER, signers.house.clock.now_ms()), kid=kid_of(key))
    assert (await signers.show(assertion)).client.client_id == CLIENT_ID
    assert await signers.refuses(assertion)


async def test_an_assertion_is_forgotten_when_it_is_too_old_to_come_again(signers: Signers) -> None:
    first, second = signers.good(), signers.good(jti="kept", exp=signers.house.clock.now_ms() // 1000 + 600)
    for each in (first, second):
        await signers.show(each)
    signers.house.clock.move(60 + 60)
    assert await signers.refuses(first, second)
    assert await signers.flows.assertions.forget() == 1
    assert await signers.refuses(first, second)
    signers.house.clock.move(600)
    assert await signers.flows.assertions.forget() == 1
    assert await signers.house.rows("SELECT * FROM used_assertions") == []
    assert await signers.refuses(second)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_every_claim_must_be_as_it_has_to(signers: Signers) -> None:
    now_s = signers.house.clock.now_ms() // 1000
    wrong: dict[str, list[Any]] = {
        "iss": [None, "shop", "", 7, [CLIENT_ID]],
        "sub": [None, "shop", "", 7],
        "aud": [
            None,
            "",
            f"{ISSUER}/",
            f"{ISSUER}/oauth/api/v4/token",
            [ISSUER, "https://evil.example"],
            [],
            7,
            [[ISSUER]],
        ],
        "exp": [None, now_s - 60, now_s + 661, str(now_s + 60), True, 10**40, float("inf"), now_s * 1000],
        "iat": [now_s + 120, "now", True],
        "nbf": [now_s + 120, "now", False],
        "jti": [None, "", 7, "j" * 256],
    }
    for name, values in wrong.items():
        for value in values:
            assert await signers.refuses(signers.good(**{name: value})), (name, value)
    right: dict[str, list[Any]] = {
        "aud": [[ISSUER]],
        "exp": [now_s - 59, now_s + 660, now_s + 0.5],
        "iat": [None, now_s + 60, 0],
        "nbf": [now_s + 60],
        "jti": ["j" * 255, "\ud83d\ude42"],
    }
    for name, values in right.items():
        for value in values:
            assert (await signers.show(signers.good(**{name: value}))).client.client_id == CLIENT_ID, (name, value)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_only_the_clients_own_keys_count(signers: Signers) -> None:
    now_ms = signers.house.clock.now_ms()
    assert await signers.refuses(signers.good(OTHER), KEY.assertion(ISSUER, now_ms, "shop"))
    assert await signers.refuses(KEY.sign(claims_for(ISSUER, now_ms), kid="another"))
    assert await signers.refuses(signers.good(), client_id="shop")
    assert (await signers.show(signers.good(), CLIENT_ID)).key_id == kid_of(KEY)
    await signers.change(signing_client(KEY, OTHER))
    assert await signers.refuses(signers.good())  # which of the two keys it was, it does not say
    assert (await signers.show(KEY.sign(claims_for(ISSUER, now_ms), kid=kid_of(KEY)))).key_id
    assert await signers.refuses(KEY.sign(claims_for(ISSUER, now_ms), kid=kid_of(OTHER)))
    await signers.change(signing_client(OTHER))
    assert await signers.refuses(KEY.sign(claims_for(ISSUER, now_ms), kid=kid_of(KEY)), signers.good())
    assert (await signers.show(signers.good(OTHER))).key_id


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_client_changes_over_from_secret_to_key_and_back(signers: Signers) -> None:
    async def lets_in(secret: str) -> bool:
        try:
            await signers.house.flows.callers.api_client(CLIENT_ID, secret, address=ADDRESS)
        except NotAuthenticated:
            return False
        return True

    with pytest.raises(WrongState, match="change its authentication method first"):
        await signers.desk.rotate_secret(TERMINAL, CLIENT_ID, revision=1)
    await signers.change(signing_client(KEY, method=AuthenticationMethod.BOTH))
    revision = (await signers.desk.get(CLIENT_ID)).revision
    secret = await signers.desk.rotate_secret(TERMINAL, CLIENT_ID, revision=revision)
    assert await lets_in(secret)
    assert (await signers.show(signers.good())).key_id
    await signers.change(signing_client(KEY, method=AuthenticationMethod.CLIENT_SECRET))
    assert await lets_in(secret)
    assert await signers.refuses(signers.good())
    await signers.change(signing_client(KEY))
    assert not await lets_in(secret)
    assert (await signers.show(signers.good())).key_id


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_token_lives_as_long_as_its_client_and_its_key(signers: Signers) -> None:
    tokens = signers.flows.tokens
    issued = await tokens.issue(await signers.show(signers.good()))
    assert (issued.expires_in, issued.token_type) == (300, "Bearer")
    assert (await tokens.portal(issued.access_token, address=ADDRESS)).client_id == CLIENT_ID
    stands = await signers.desk.get(CLIENT_ID)

    async def is_refused() -> bool:
        with pytest.raises(NotAuthenticated):
            await tokens.portal(issued.access_token, address=ADDRESS)
        return True

    await signers.change(signing_client(OTHER))
    assert await is_refused()
    await signers.change(signing_client(KEY, method=AuthenticationMethod.CLIENT_SECRET))
    assert await is_refused()
    await signers.change(signing_client(KEY))
    assert (await tokens.portal(issued.access_token, address=ADDRESS)).client_id == CLIENT_ID
    await signers.desk.disable(TERMINAL, CLIENT_ID, revision=stands.revision + 3)
    assert await is_refused()
    assert await signers.refuses(signers.good())
    await signers.desk.enable(TERMINAL, CLIENT_ID, revision=stands.revision + 4)
    assert (await tokens.portal(issued.access_token, address=ADDRESS)).client_id == CLIENT_ID
    signers.house.clock.move(300)
    assert await is_refused()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_tokens_of_portals_and_of_phones_are_good_at_their_own_door_only(signers: Signers) -> None:
    issued = await signers.flows.tokens.issue(await signers.show(signers.good()))
    phone = await signers.house.phone()
    with pytest.raises(NotAuthenticated):
        await signers.house.flows.callers.user(issued.access_token)
    with pytest.raises(NotAuthenticated):
        await signers.flows.tokens.portal(phone.tokens.access_token, address=ADDRESS)
    assert await signers.refuses(issued.access_token, phone.tokens.access_token)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_keys_are_kept_in_one_form_and_the_trail_tells_their_change(signers: Signers) -> None:
    await signers.change(replace(signing_client(KEY), jwks=f"  {jwks_of(OTHER)}\n"))
    assert (await signers.desk.get(CLIENT_ID)).value == signing_client(OTHER)
    changes = await signers.house.rows("SELECT detail FROM audit_events WHERE event = 'api_client_changed'")
    assert [kid_of(each) in changes[0]["detail"] for each in (KEY, OTHER)] == [True, True]


def kid_of(key: PortalKey) -> str:
    """The id that the key has in the configuration."""
    return keys_of(signing_client(key).jwks)[0]["kid"]
