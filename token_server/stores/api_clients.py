"""API clients and the hashes of their secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.api_clients import ApiClient, Right

_COLUMNS = "client_id, display_name, origin, valid_for, origins, secret_hash, disabled_at"
_SAVE = """
    INSERT INTO api_clients (client_id, display_name, origin, valid_for, origins, secret_hash, created_at, updated_at)
    VALUES (:client_id, :display_name, :origin, :valid_for, :origins, :secret_hash, :now, :now)
    ON CONFLICT (client_id) DO UPDATE
       SET display_name = :display_name, origin = :origin, valid_for = :valid_for, origins = :origins,
           secret_hash = :secret_hash, updated_at = :now"""
_FIND = f"SELECT {_COLUMNS} FROM api_clients WHERE client_id = :client_id"
_LIST = f"SELECT {_COLUMNS} FROM api_clients ORDER BY client_id"
_SET_SECRET = """
    UPDATE api_clients SET secret_hash = :secret_hash, updated_at = :now WHERE client_id = :client_id"""
_HOLD = "UPDATE api_clients SET updated_at = :now WHERE client_id = :client_id"
_DISABLE = """
    UPDATE api_clients SET disabled_at = :now, updated_at = :now WHERE client_id = :client_id AND disabled_at IS NULL"""


@dataclass(frozen=True)
class StoredApiClient:
    """An API client with what recognises it."""

    client: ApiClient
    secret_hash: str
    is_disabled: bool


async def save(unit: UnitOfWork, client: ApiClient, secret_hash: str, *, now: int) -> None:
    """Remember the client, or change what is known of it."""
    await unit.run(
        _SAVE,
        client_id=client.client_id,
        display_name=client.display_name,
        origin=client.origin,
        valid_for=json.dumps(sorted(right.value for right in client.valid_for)),
        origins=json.dumps(sorted(client.origins)),
        secret_hash=secret_hash,
        now=now,
    )


async def find(reader: Reader, client_id: str) -> StoredApiClient | None:
    """Return the client of that id."""
    row = await reader.first(_FIND, client_id=client_id)
    return None if row is None else _stored(row)


async def list_all(reader: Reader) -> list[StoredApiClient]:
    """Return every client, by id."""
    return [_stored(row) for row in await reader.all(_LIST)]


async def set_secret(unit: UnitOfWork, client_id: str, secret_hash: str, *, now: int) -> bool:
    """Replace the secret; False when there is no such client."""
    return await unit.run(_SET_SECRET, client_id=client_id, secret_hash=secret_hash, now=now) == 1


async def hold(unit: UnitOfWork, client_id: str, *, now: int) -> bool:
    """Have others who change something of this client wait for this unit; False when there is no such client."""
    return await unit.run(_HOLD, client_id=client_id, now=now) == 1


async def disable(unit: UnitOfWork, client_id: str, *, now: int) -> bool:
    """Let the client in no more; False when there is nothing to do."""
    return await unit.run(_DISABLE, client_id=client_id, now=now) == 1


def _stored(row: Row) -> StoredApiClient:
    rights = frozenset(Right(word) for word in json.loads(row["valid_for"]))
    origins = frozenset(json.loads(row["origins"]))
    client = ApiClient(row["client_id"], row["display_name"], row["origin"], rights, origins)
    return StoredApiClient(client, row["secret_hash"], row["disabled_at"] is not None)
