"""What the status of an app's version means to a phone that has it."""

from __future__ import annotations

from sdk_stub.errors import Code
from tests.journeys.phones import PhoneOf, refusal
from tests.support.phone import APPLICATION, APPLICATION_VERSION, answer_with, register
from tests.support.server import World
from token_server.domain.applications import ApplicationVersion, Platform, VersionStatus
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.applications import ManageApplications


async def allow(world: World, status: VersionStatus) -> None:
    """Say what the version of the tests' app may do."""
    applications = ManageApplications(world.base.database, world.base.clock, world.base.configuration)
    stands = await applications.get(APPLICATION)
    version = ApplicationVersion(Platform.ANDROID, APPLICATION_VERSION, status)
    await applications.change(TERMINAL, stands.value.with_version(version), revision=stands.revision)


async def test_a_phone_whose_version_is_disabled_is_refused_and_comes_back_when_it_is_enabled(
    world: World, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    [profile] = await phone.get_user_profiles()
    answer_with(phone, "accept")
    await phone.logout()
    await allow(world, VersionStatus.DISABLED)
    assert await refusal(phone.authenticate_user(profile["id"])) is Code.OutdatedApp
    assert await refusal(register(phone, await world.registration_code("bob"))) is Code.OutdatedApp
    assert await phone.get_user_profiles() == [profile]
    await allow(world, VersionStatus.REGISTRATION_DISABLED)
    await phone.authenticate_user(profile["id"])
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["is_authenticated"]
    await register(phone, await world.registration_code("bob"))


async def test_a_version_whose_registration_is_disabled_lets_no_new_phone_in(world: World, phone_of: PhoneOf) -> None:
    await allow(world, VersionStatus.REGISTRATION_DISABLED)
    assert await refusal(phone_of(world)) is Code.OutdatedApp
