"""Secrets that sign callbacks: one newest for each client, earlier ones until their time."""

from __future__ import annotations

import pytest

from tests.stores.planting import LATER, NOW, do
from token_server.database.engine import Database
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import AlreadyExists
from token_server.stores import api_clients, callback_secrets
from token_server.stores.callback_secrets import SealedCallbackSecret


def secret(secret_id: str, client_id: str = "shop", created_at: int = NOW) -> SealedCallbackSecret:
    return SealedCallbackSecret(secret_id, client_id, b"\x00sealed\xff" + secret_id.encode(), created_at)


@pytest.fixture
async def clients(database: Database) -> Database:
    """The database with two API clients."""
    for client_id in ("shop", "bank"):
        client = ApiClient(client_id, client_id, f"https://{client_id}.example", frozenset())
        await do(database, api_clients.insert, client, "hash", now=NOW)
    return database


async def ids(database: Database, client_id: str) -> list[str]:
    return [each.secret_id for each in await callback_secrets.list_of(database.read, client_id)]


async def test_what_was_sealed_comes_back_byte_for_byte(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("one"))
    assert await callback_secrets.list_of(clients.read, "shop") == [secret("one")]


async def test_a_client_has_one_newest_secret(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("one"))
    with pytest.raises(AlreadyExists):
        await do(clients, callback_secrets.insert, secret("two"))
    await do(clients, callback_secrets.insert, secret("another's", "bank"))


async def test_a_retired_secret_signs_until_its_time_and_stands_behind_the_newest(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("old"))
    await do(clients, callback_secrets.retire, "shop", now=NOW, retires_at=NOW + 10)
    await do(clients, callback_secrets.insert, secret("new", created_at=NOW))
    newest, old = await callback_secrets.list_of(clients.read, "shop")
    assert (newest.secret_id, old.secret_id, old.retires_at) == ("new", "old", NOW + 10)
    assert (old.signs(NOW + 9), old.signs(NOW + 10), newest.signs(LATER)) == (True, False, True)


async def test_nobody_signs_longer_than_a_later_rotation_allows_and_no_longer_than_an_earlier_one_did(
    clients: Database,
) -> None:
    for number, retires_at in enumerate((NOW + 50, NOW + 90, NOW + 20)):
        await do(clients, callback_secrets.insert, secret(str(number), created_at=NOW + number))
        await do(clients, callback_secrets.retire, "shop", now=NOW + number, retires_at=retires_at)
        found = await callback_secrets.list_of(clients.read, "shop")
        assert max(each.retires_at or LATER for each in found) <= retires_at
    ends = {each.secret_id: each.retires_at for each in await callback_secrets.list_of(clients.read, "shop")}
    assert ends == {"0": NOW + 20, "1": NOW + 20, "2": NOW + 20}


async def test_what_signs_no_more_is_forgotten_at_the_next_rotation_and_only_that(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("another's", "bank"))
    await do(clients, callback_secrets.insert, secret("old"))
    await do(clients, callback_secrets.retire, "shop", now=NOW, retires_at=NOW + 10)
    await do(clients, callback_secrets.insert, secret("new"))
    await do(clients, callback_secrets.retire, "shop", now=NOW + 10, retires_at=NOW + 20)
    assert await ids(clients, "shop") == ["new"]
    assert await ids(clients, "bank") == ["another's"]
    await do(clients, callback_secrets.retire, "shop", now=NOW + 11, retires_at=NOW + 11)
    assert await ids(clients, "shop") == []


async def test_who_has_none_is_found_also_when_all_of_theirs_are_on_their_way_out(clients: Database) -> None:
    assert await callback_secrets.list_clients_without(clients.read) == ["bank", "shop"]
    await do(clients, callback_secrets.insert, secret("one"))
    assert await callback_secrets.list_clients_without(clients.read) == ["bank"]
    await do(clients, callback_secrets.retire, "shop", now=NOW, retires_at=LATER)
    assert await callback_secrets.list_clients_without(clients.read) == ["bank", "shop"]


async def test_all_of_them_are_listed_client_by_client(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("one"))
    await do(clients, callback_secrets.insert, secret("another's", "bank"))
    await do(clients, callback_secrets.retire, "shop", now=NOW, retires_at=LATER)
    await do(clients, callback_secrets.insert, secret("two"))
    listed = [(each.client_id, each.secret_id) for each in await callback_secrets.list_all(clients.read)]
    assert listed == [("bank", "another's"), ("shop", "two"), ("shop", "one")]


async def test_a_secret_is_sealed_anew_unless_somebody_else_has_done_so(clients: Database) -> None:
    await do(clients, callback_secrets.insert, secret("one"))
    await do(clients, callback_secrets.reseal, "one", before=b"something else", sealed=b"new")
    assert await callback_secrets.list_of(clients.read, "shop") == [secret("one")]
    await do(clients, callback_secrets.reseal, "one", before=secret("one").sealed_secret, sealed=b"new")
    assert [each.sealed_secret for each in await callback_secrets.list_of(clients.read, "shop")] == [b"new"]
