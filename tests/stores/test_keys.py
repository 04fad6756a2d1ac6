"""The server's own keys and secrets: one active of each kind, and sealing anew that harms nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stores.planting import KEY, NOW, do
from token_server.database.engine import Database
from token_server.domain.errors import AlreadyExists
from token_server.stores import callback_endpoints, server_keys, server_secrets, signing_keys
from token_server.stores.callback_endpoints import StoredCallbackEndpoint
from token_server.stores.signing_keys import SealedSigningKey

SIGNING = SealedSigningKey("k1", "{}", b"\x00sealed", NOW)


async def test_there_is_one_active_shared_key_and_as_many_unique_ones_as_needed(database: Database) -> None:
    assert await server_keys.find_shared(database.read) is None
    await do(database, server_keys.insert, KEY)
    with pytest.raises(AlreadyExists):
        await do(database, server_keys.insert, replace(KEY, server_key_id="second", fingerprint="F2"))
    for number in range(3):
        unique = replace(KEY, server_key_id=f"u{number}", fingerprint=f"U{number}", shared=False)
        await do(database, server_keys.insert, unique)
    assert await server_keys.find_shared(database.read) == KEY


async def test_a_retired_shared_key_makes_room_and_is_still_found(database: Database) -> None:
    await do(database, server_keys.insert, KEY)
    await do(database, server_keys.retire_shared, now=NOW)
    assert await server_keys.find_shared(database.read) is None
    successor = replace(KEY, server_key_id="second", fingerprint="F2")
    await do(database, server_keys.insert, successor)
    assert await server_keys.find_shared(database.read) == successor
    assert await server_keys.find(database.read, "shared") == KEY
    assert await server_keys.find(database.read, "unknown") is None


async def test_server_keys_are_listed_a_page_at_a_time(database: Database) -> None:
    for number in range(5):
        key = replace(KEY, server_key_id=f"u{number}", fingerprint=f"U{number}", shared=False)
        await do(database, server_keys.insert, key)
    pages, after = [], ""
    while page := await server_keys.list_sealed(database.read, after=after, most=2):
        pages.append([server_key_id for server_key_id, _ in page])
        after = page[-1][0]
    assert pages == [["u0", "u1"], ["u2", "u3"], ["u4"]]


async def test_there_is_one_active_signing_key(database: Database) -> None:
    await do(database, signing_keys.insert, SIGNING)
    with pytest.raises(AlreadyExists):
        await do(database, signing_keys.insert, replace(SIGNING, key_id="k2"))
    await do(database, signing_keys.retire, now=NOW + 10)
    await do(database, signing_keys.insert, replace(SIGNING, key_id="k2", created_at=NOW + 10))
    retired = replace(SIGNING, retired_at=NOW + 10)
    active = replace(SIGNING, key_id="k2", created_at=NOW + 10)
    assert await signing_keys.list_usable(database.read, retired_after=NOW + 9) == [active, retired]
    assert await signing_keys.list_usable(database.read, retired_after=NOW + 10) == [active]
    assert await signing_keys.list_all(database.read) == [retired, active]


async def test_the_first_to_write_a_secret_decides(database: Database) -> None:
    assert await server_secrets.find(database.read, "s") is None
    await do(database, server_secrets.insert_if_missing, "s", b"first", now=NOW)
    await do(database, server_secrets.insert_if_missing, "s", b"second", now=NOW)
    assert await server_secrets.find(database.read, "s") == b"first"


async def test_sealing_anew_replaces_only_what_was_read(database: Database) -> None:
    endpoint = StoredCallbackEndpoint("https://shop.example/", "portal", b"old", updated_at=NOW)
    await do(database, server_secrets.insert_if_missing, "s", b"old", now=NOW)
    await do(database, server_keys.insert, replace(KEY, sealed_secret=b"old"))
    await do(database, signing_keys.insert, replace(SIGNING, sealed_secret=b"old"))
    await do(database, callback_endpoints.insert, endpoint, now=NOW)
    for before, sealed in ((b"other", b"wrong"), (b"old", b"new"), (b"old", b"late")):
        await do(database, server_secrets.reseal, "s", before=before, sealed=sealed)
        await do(database, server_keys.reseal, "shared", before=before, sealed=sealed)
        await do(database, signing_keys.reseal, "k1", before=before, sealed=sealed)
        await do(database, callback_endpoints.reseal, "https://shop.example/", before=before, sealed=sealed)
    assert await server_secrets.find(database.read, "s") == b"new"
    assert await server_keys.find(database.read, "shared") == replace(KEY, sealed_secret=b"new")
    assert [key.sealed_secret for key in await signing_keys.list_all(database.read)] == [b"new"]
    assert await callback_endpoints.list_all(database.read) == [replace(endpoint, sealed_password=b"new")]
