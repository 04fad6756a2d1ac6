"""A portal's logo: what the phone is shown is what was configured when the login began, and what it signs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from tests.flows.house import SHOP, House, decode
from tests.fuzz.test_logos import png
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter, NotAllowed, NotFound
from token_server.domain.logos import Logo
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.domain.seeds import ClientSeed, Seeds
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.configuration_file import ConfigurationFile
from token_server.flows.administration.logos import ManageLogos
from token_server.flows.seeding import ApplySeeds
from token_server.logos import draw_logo

HELPDESK = Operator("helga", "helga", Role.HELPDESK, "console")


class Desk:
    """The desk for the shop's logo."""

    def __init__(self, house: House) -> None:
        base = house.base
        shared = (base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
        self.house = house
        self.clients = ManageApiClients(*shared)
        self.logos = ManageLogos(base.database, base.clock, base.configuration)
        self.file = ConfigurationFile(*shared)

    async def shop(self) -> ApiClient:
        """The shop as the door sees it."""
        stored = (await self.house.base.configuration.snapshot()).api_clients[SHOP.client_id]
        return stored.client

    async def change(self, octets: bytes | None) -> str | None:
        """Set or remove the logo, and return its hash."""
        revision = (await self.clients.get(SHOP.client_id)).revision
        if octets is None:
            await self.logos.remove(TERMINAL, SHOP.client_id, revision=revision)
        else:
            await self.logos.set(TERMINAL, SHOP.client_id, octets, revision=revision)
        return (await self.shop()).logo


async def test_the_document_names_the_logo_of_the_start_by_its_hash(house: House) -> None:
    desk, phone = Desk(house), await house.phone()
    first, second = await desk.change(png()), await desk.change(png(size=(64, 64)))
    assert first != second
    started = await house.start(client=await desk.shop())
    assert await desk.change(None) is None
    portal = decode(await phone.claim(started.otp))["portal"]
    assert portal == {
        "name": SHOP.display_name,
        "origin": SHOP.origin,
        "logo": {"url": f"https://login.example/mobile/v1/logos/{second}", "sha256": second},
    }
    shown = await house.flows.show_logo.show(str(second))
    assert hashlib.sha256(shown.picture).hexdigest() == second
    assert shown.picture == draw_logo(png(size=(64, 64)))
    without = await house.start(client=await desk.shop())
    assert decode(await phone.claim(without.otp))["portal"] == {"name": SHOP.display_name, "origin": SHOP.origin}
    assert (await house.flows.show_logo.show(str(first))).picture  # what somebody signed can be looked at for ever


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_logo_is_changed_by_those_who_may_and_by_nobody_meanwhile(house: House) -> None:
    desk = Desk(house)
    for act in (desk.logos.set(HELPDESK, "shop", png(), revision=1), desk.logos.remove(HELPDESK, "shop", revision=1)):
        with pytest.raises(NotAllowed):
            await act
    with pytest.raises(InvalidParameter, match="is no PNG"):
        await desk.logos.set(TERMINAL, "shop", b"", revision=1)
    with pytest.raises(NotFound):
        await desk.logos.set(TERMINAL, "nobody", png(), revision=1)
    with pytest.raises(NotFound):
        await desk.logos.show("shop")
    assert await desk.logos.set(TERMINAL, "shop", png(), revision=1) == 2
    with pytest.raises(ChangedMeanwhile):
        await desk.logos.set(TERMINAL, "shop", png(size=(64, 64)), revision=1)
    assert (await desk.logos.show("shop")).picture == draw_logo(png())
    changed = replace(await desk.shop(), display_name="Shop")
    assert await desk.clients.change(TERMINAL, changed, revision=2) == 3
    assert (await desk.shop()).logo is not None
    rows = await house.rows("SELECT detail FROM audit_events WHERE event = 'api_client_changed'")
    logo = str((await desk.shop()).logo)
    assert sum(logo in row["detail"] for row in rows) == 1


async def test_a_file_brings_a_logo_and_names_it_afterwards(house: House) -> None:
    desk, logo = Desk(house), Logo(draw_logo(png(size=(32, 64))))
    exported = await desk.file.export(TERMINAL)
    [shop] = [each.client for each in exported.api_clients if each.client.client_id == SHOP.client_id]
    named = replace(shop, logo=logo.logo_hash)

    def file(seed: ClientSeed) -> Seeds:
        others = [each for each in exported.api_clients if each.client.client_id != SHOP.client_id]
        return replace(exported, api_clients=[*others, seed])

    with pytest.raises(InvalidParameter, match="logo_file"):
        await desk.file.plan(TERMINAL, file(ClientSeed(named)))
    seeds = file(ClientSeed(named, logo=logo))
    await desk.file.apply(TERMINAL, seeds, await desk.file.plan(TERMINAL, seeds))
    assert (await desk.shop()).logo == logo.logo_hash
    again = await desk.file.export(TERMINAL)
    for each in (again, seeds, file(ClientSeed(named))):
        assert (await desk.file.plan(TERMINAL, each)).differences == []
    bank = replace(named, client_id="bank")
    planted = Seeds({}, api_clients=[ClientSeed(bank, logo=Logo(draw_logo(png(size=(16, 16)))))])
    base = house.base
    with pytest.raises(InvalidParameter):
        await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(
            Seeds({}, api_clients=[ClientSeed(replace(bank, logo="0" * 64))])
        )
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(planted)
