"""Devices, profiles, grants and enrolments: what may exist beside each other, and what a guard lets through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stores.planting import (
    DEVICE_ID,
    ENROLLMENT_ID,
    GRANT_ID,
    KEY,
    LATER,
    NOW,
    PROFILE_ID,
    device,
    do,
    enrollment,
    plant_device,
    plant_enrollment,
    plant_grant,
    plant_profile,
)
from token_server.database.engine import Database
from token_server.domain.errors import AlreadyExists
from token_server.stores import devices, enrollments, grants, profiles, server_keys
from token_server.stores.enrollments import RevokedEnrollment

OTHER_DEVICE = "E" * 64


async def test_a_device_is_known_by_its_credentials_also_after_it_was_deleted(database: Database) -> None:
    await plant_device(database)
    known = await devices.find_credentials(database.read, DEVICE_ID)
    assert known is not None
    assert (known.application_identifier, known.secret_hash, known.is_deleted) == ("app", "hash", False)
    assert await do(database, devices.delete, DEVICE_ID, now=NOW) is True
    assert await do(database, devices.delete, DEVICE_ID, now=NOW) is False
    known = await devices.find_credentials(database.read, DEVICE_ID)
    assert known is not None
    assert known.is_deleted
    assert await devices.find_credentials(database.read, OTHER_DEVICE) is None
    with pytest.raises(AlreadyExists):
        await do(database, devices.add, device())


async def test_a_user_has_one_live_profile_on_a_device(database: Database) -> None:
    await plant_device(database)
    assert await plant_profile(database, "AAAAAA") == "AAAAAA"
    assert await plant_profile(database, "BBBBBB") == "AAAAAA"
    assert await plant_profile(database, "CCCCCC", user_id="bob") == "CCCCCC"
    assert await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW) == "AAAAAA"
    assert await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW) is None
    assert await plant_profile(database, "DDDDDD") == "DDDDDD"
    assert await devices.list_users(database.read, DEVICE_ID) == ["alice", "bob"]


async def test_a_profile_id_is_never_used_twice(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database, "AAAAAA")
    with pytest.raises(AlreadyExists):
        await plant_profile(database, "AAAAAA", user_id="bob")
    await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW)
    with pytest.raises(AlreadyExists):
        await plant_profile(database, "AAAAAA")


async def test_a_removed_profile_can_not_be_held_or_touched(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    assert await do(database, profiles.hold, PROFILE_ID) is True
    await do(database, profiles.note_login, PROFILE_ID, now=NOW + 5)
    await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW + 6)
    assert await do(database, profiles.hold, PROFILE_ID) is False
    await do(database, profiles.note_login, PROFILE_ID, now=NOW + 7)
    row = await database.read.first("SELECT last_login_at, removed_at FROM profiles")
    assert row is not None
    assert (row["last_login_at"], row["removed_at"]) == (NOW + 5, NOW + 6)


async def test_a_standing_tells_in_one_question_what_still_stands(database: Database) -> None:
    await plant_enrollment(database)

    async def standing(grant_id: str = GRANT_ID, now: int = NOW) -> profiles.Standing:
        found = await profiles.find_standing(database.read, PROFILE_ID, grant_id, now=now)
        assert found is not None
        return found

    assert await standing() == profiles.Standing(
        profile_is_removed=False, device_is_deleted=False, live_session=0, enrollment=enrollment()
    )
    assert (await standing(now=LATER - 1)).live_session == 0
    assert (await standing(now=LATER)).live_session is None
    assert (await standing("unknown")).live_session is None
    await do(database, grants.end_session, GRANT_ID, session=0)
    assert (await standing()).live_session == 1
    await do(database, grants.revoke, GRANT_ID, reason="x", now=NOW)
    assert (await standing()).live_session is None
    await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    assert (await standing()).enrollment is None
    await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW)
    await do(database, devices.delete, DEVICE_ID, now=NOW)
    assert (await standing()).profile_is_removed
    assert (await standing()).device_is_deleted
    assert await profiles.find_standing(database.read, "ZZZZZZ", GRANT_ID, now=NOW) is None


async def test_a_grant_of_another_profile_gives_no_standing(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_profile(database, "BBBBBB", user_id="bob")
    await plant_grant(database)
    found = await profiles.find_standing(database.read, "BBBBBB", GRANT_ID, now=NOW)
    assert found is not None
    assert found.live_session is None


async def test_a_profile_has_one_live_grant(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    with pytest.raises(AlreadyExists):
        await plant_grant(database, "another")
    await do(database, grants.revoke_of_profile, PROFILE_ID, reason="registered_again", now=NOW)
    await plant_grant(database, "another")
    assert await grants.find_live(database.read, GRANT_ID, now=NOW) is None


async def test_a_grant_rotates_from_its_newest_generation_only(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    assert await do(database, grants.rotate, GRANT_ID, generation=1, now=NOW, expires_at=LATER) is False
    assert await do(database, grants.rotate, GRANT_ID, generation=0, now=NOW + 1, expires_at=LATER + 1) is True
    assert await do(database, grants.rotate, GRANT_ID, generation=0, now=NOW + 2, expires_at=LATER + 2) is False
    grant = await grants.find_live(database.read, GRANT_ID, now=NOW)
    assert grant is not None
    assert (grant.generation, grant.rotated_at, grant.expires_at, grant.user_id) == (1, NOW + 1, LATER + 1, "alice")


@pytest.mark.parametrize(("now", "lives"), [(LATER - 1, True), (LATER, False)])
async def test_a_grant_lives_before_its_expiry_only(database: Database, now: int, *, lives: bool) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    assert (await grants.find_live(database.read, GRANT_ID, now=now) is not None) is lives
    assert await do(database, grants.rotate, GRANT_ID, generation=0, now=now, expires_at=LATER * 2) is lives


async def test_a_revoked_grant_does_nothing_any_more(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    assert await do(database, grants.revoke, GRANT_ID, reason="reused", now=NOW) is True
    assert await do(database, grants.revoke, GRANT_ID, reason="again", now=NOW + 1) is False
    assert await do(database, grants.rotate, GRANT_ID, generation=0, now=NOW, expires_at=LATER) is False
    await do(database, grants.end_session, GRANT_ID, session=0)
    row = await database.read.first("SELECT generation, session, revoked_at, revoked_because FROM grants")
    assert row is not None
    assert dict(row) == {"generation": 0, "session": 0, "revoked_at": NOW, "revoked_because": "reused"}


async def test_a_session_ends_once(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    for _ in range(2):
        await do(database, grants.end_session, GRANT_ID, session=0)
    grant = await grants.find_live(database.read, GRANT_ID, now=NOW)
    assert grant is not None
    assert grant.session == 1


async def test_the_grant_of_a_removed_profile_is_told_from_others(database: Database) -> None:
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    assert await grants.is_of_removed_profile(database.read, GRANT_ID) is False
    await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW)
    assert await grants.is_of_removed_profile(database.read, GRANT_ID) is True
    assert await grants.is_of_removed_profile(database.read, "unknown") is False


async def test_a_profile_has_one_live_enrolment(database: Database) -> None:
    await plant_enrollment(database)
    assert await enrollments.find_live(database.read, PROFILE_ID) == enrollment()
    with pytest.raises(AlreadyExists):
        await do(database, enrollments.insert, enrollment(enrollment_id="another"))
    revoked = await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="enrolled_again", now=NOW)
    assert revoked == [RevokedEnrollment(ENROLLMENT_ID, "shared")]
    assert await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW) == []
    assert await enrollments.find_live(database.read, PROFILE_ID) is None
    await do(database, enrollments.insert, enrollment(enrollment_id="another"))


async def test_an_enrolment_is_revoked_for_that_user_on_that_device_only(database: Database) -> None:
    await plant_enrollment(database)
    for user_id, device_id in (("bob", DEVICE_ID), ("alice", OTHER_DEVICE)):
        act = enrollments.revoke_of_user_on_device
        assert await do(database, act, user_id, device_id, reason="x", now=NOW) == []
    assert await do(database, enrollments.revoke_of_user_on_device, "alice", DEVICE_ID, reason="x", now=NOW) != []


async def test_a_user_is_enrolled_somewhere_or_there(database: Database) -> None:
    await plant_enrollment(database)
    read = database.read
    assert await enrollments.is_enrolled(read, "alice")
    assert await enrollments.is_enrolled(read, "alice", DEVICE_ID)
    assert not await enrollments.is_enrolled(read, "alice", OTHER_DEVICE)
    assert not await enrollments.is_enrolled(read, "bob")
    await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    assert not await enrollments.is_enrolled(read, "alice")


async def test_an_enrolment_needs_its_profile_and_its_server_key(database: Database) -> None:
    await plant_enrollment(database)
    await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    for orphan in (
        enrollment(enrollment_id="e2", profile_id="ZZZZZZ"),
        enrollment(enrollment_id="e3", server_key_id="unknown"),
    ):
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await do(database, enrollments.insert, orphan)


async def test_the_portals_list_shows_what_lives(database: Database) -> None:
    await plant_enrollment(database)
    await do(database, devices.add, replace(device(OTHER_DEVICE), model="9", os_version="16", created_at=NOW + 1))
    await plant_profile(database, "BBBBBB", device_id=OTHER_DEVICE)
    first, second = await devices.list_of_user(database.read, "alice")
    assert (first.device_id, first.has_grant, first.is_enrolled, first.application) == (DEVICE_ID, True, True, "App")
    assert (second.device_id, second.has_grant, second.is_enrolled) == (OTHER_DEVICE, False, False)
    assert (second.model, second.os_version) == ("9", "16")
    await do(database, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    await do(database, grants.revoke, GRANT_ID, reason="x", now=NOW)
    await do(database, devices.delete, OTHER_DEVICE, now=NOW)
    [only] = await devices.list_of_user(database.read, "alice")
    assert (only.has_grant, only.is_enrolled) == (False, False)
    await do(database, profiles.remove, "alice", DEVICE_ID, now=NOW)
    assert await devices.list_of_user(database.read, "alice") == []


async def test_a_unique_server_key_is_retired_with_its_enrolment_and_a_shared_one_is_not(database: Database) -> None:
    await do(database, server_keys.insert, KEY)
    await do(database, server_keys.insert, replace(KEY, server_key_id="own", fingerprint="F2", shared=False))
    for server_key_id in ("shared", "own"):
        await do(database, server_keys.retire_unique, server_key_id, now=NOW)
    rows = await database.read.all("SELECT server_key_id, retired_at FROM server_keys ORDER BY server_key_id")
    assert [(row["server_key_id"], row["retired_at"]) for row in rows] == [("own", NOW), ("shared", None)]
