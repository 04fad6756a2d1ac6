"""API clients and the hashes of their secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork, Value
from token_server.domain.api_clients import ApiClient, AuthenticationMethod, ConfiguredApiClient, Right

_COLUMNS = "client_id, display_name, origin, valid_for, origins, authentication_method, jwks, logo, callback_uris"
_STORED = f"{_COLUMNS}, secret_hash, previous_secret_hash, previous_secret_until, disabled_at"
_CONFIGURED = f"{_COLUMNS}, previous_secret_until, revision, disabled_at, updated_at"
_INSERT = f"""
    INSERT INTO api_clients ({_COLUMNS}, secret_hash, created_at, updated_at)
    VALUES (:client_id, :display_name, :origin, :valid_for, :origins, :authentication_method, :jwks, :logo,
            :callback_uris, :secret_hash, :now, :now)
    ON CONFLICT (client_id) DO NOTHING"""
_CHANGED = "revision = revision + 1, updated_at = :now"
_GUARD = "client_id = :client_id AND revision = :revision"
_CHANGE = f"""
    UPDATE api_clients
       SET display_name = :display_name, origin = :origin, valid_for = :valid_for, origins = :origins,
           authentication_method = :authentication_method, jwks = :jwks, logo = :logo,
           callback_uris = :callback_uris, {_CHANGED}
     WHERE {_GUARD} RETURNING revision"""
_SET_SECRET = f"""
    UPDATE api_clients
       SET previous_secret_hash = CASE WHEN CAST(:until AS BIGINT) > :now THEN secret_hash END,
           previous_secret_until = CASE WHEN CAST(:until AS BIGINT) > :now THEN CAST(:until AS BIGINT) END,
           secret_hash = :secret_hash, {_CHANGED}
     WHERE {_GUARD} RETURNING revision"""
_HOLD = "UPDATE api_clients SET updated_at = :now WHERE client_id = :client_id"
_DISABLE = (
    f"UPDATE api_clients SET disabled_at = :now, {_CHANGED} WHERE {_GUARD} AND disabled_at IS NULL RETURNING revision"
)
_ENABLE = f"""
    UPDATE api_clients SET disabled_at = NULL, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NOT NULL RETURNING revision"""
_FIND = f"SELECT {_STORED} FROM api_clients WHERE client_id = :client_id"
_LIST = f"SELECT {_STORED} FROM api_clients ORDER BY client_id"
_FIND_CONFIGURED = f"SELECT {_CONFIGURED} FROM api_clients WHERE client_id = :client_id"
_LIST_CONFIGURED = f"SELECT {_CONFIGURED} FROM api_clients ORDER BY client_id"

_ASKING = """
    SELECT client_id FROM api_clients c
     WHERE EXISTS (SELECT 1 FROM transactions t
                    WHERE t.type = :type_name AND t.client_id = c.client_id AND t.created_at >= :since)
     ORDER BY client_id"""


@dataclass(frozen=True)
class StoredApiClient:
    """An API client with what recognises it: its secret, and until then the one before it."""

    client: ApiClient
    secret_hash: str
    is_disabled: bool
    previous_secret_hash: str | None = None
    previous_secret_until: int = 0

    def live_hashes(self, now: int, nothing: str) -> tuple[str, str]:
        """Return the hashes of the secrets that are good now; always two, with `nothing` for one that is not there."""
        if not self.client.has_secret:
            return nothing, nothing
        previous = self.previous_secret_hash if now < self.previous_secret_until else None
        return self.secret_hash, nothing if previous is None else previous


async def insert(unit: UnitOfWork, client: ApiClient, secret_hash: str, *, now: int) -> bool:
    """Remember a new client; False when the id is taken."""
    return await unit.run(_INSERT, **_values(client), secret_hash=secret_hash, now=now) == 1


async def change(unit: UnitOfWork, client: ApiClient, *, revision: int, now: int) -> int | None:
    """Change what is known of the client and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_CHANGE, **_values(client), revision=revision, now=now))


async def set_secret(
    unit: UnitOfWork, client_id: str, secret_hash: str, *, until: int, revision: int, now: int
) -> int | None:
    """Replace the secret, let the old one be good until then, and return the new revision; None: somebody was first.

    Whatever was good before the old one is so no more.
    """
    row = await unit.first(
        _SET_SECRET, client_id=client_id, secret_hash=secret_hash, until=until, revision=revision, now=now
    )
    return _revision(row)


async def hold(unit: UnitOfWork, client_id: str, *, now: int) -> bool:
    """Have others who change something of this client wait for this unit; False when there is no such client."""
    return await unit.run(_HOLD, client_id=client_id, now=now) == 1


async def disable(unit: UnitOfWork, client_id: str, *, revision: int, now: int) -> int | None:
    """Let the client in no more and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_DISABLE, client_id=client_id, revision=revision, now=now))


async def enable(unit: UnitOfWork, client_id: str, *, revision: int, now: int) -> int | None:
    """Let the client in again and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_ENABLE, client_id=client_id, revision=revision, now=now))


async def find(reader: Reader, client_id: str) -> StoredApiClient | None:
    """Return the client of that id with what recognises it."""
    row = await reader.first(_FIND, client_id=client_id)
    return None if row is None else _stored(row)


async def list_all(reader: Reader) -> list[StoredApiClient]:
    """Return every client with what recognises it, by id."""
    return [_stored(row) for row in await reader.all(_LIST)]


async def find_configured(reader: Reader, client_id: str) -> ConfiguredApiClient | None:
    """Return the client of that id as it is configured."""
    row = await reader.first(_FIND_CONFIGURED, client_id=client_id)
    return None if row is None else _configured(row)


async def list_configured(reader: Reader) -> list[ConfiguredApiClient]:
    """Return every client as it is configured, by id."""
    return [_configured(row) for row in await reader.all(_LIST_CONFIGURED)]


async def list_asking(reader: Reader, type_name: str, *, since: int) -> list[str]:
    """Return the ids of the clients that have started transactions of that type since then."""
    return [row["client_id"] for row in await reader.all(_ASKING, type_name=type_name, since=since)]


def _values(client: ApiClient) -> dict[str, Value]:
    return {
        "client_id": client.client_id,
        "display_name": client.display_name,
        "origin": client.origin,
        "valid_for": json.dumps(sorted(right.value for right in client.valid_for)),
        "origins": json.dumps(sorted(client.origins)),
        "authentication_method": client.authentication_method.value,
        "jwks": client.jwks,
        "logo": client.logo,
        "callback_uris": json.dumps(sorted(client.callback_uris)),
    }


def _revision(row: Row | None) -> int | None:
    return None if row is None else int(row["revision"])


def _client(row: Row) -> ApiClient:
    rights = frozenset(Right(word) for word in json.loads(row["valid_for"]))
    return ApiClient(
        row["client_id"],
        row["display_name"],
        row["origin"],
        rights,
        frozenset(json.loads(row["origins"])),
        AuthenticationMethod(row["authentication_method"]),
        row["jwks"],
        row["logo"],
        frozenset(json.loads(row["callback_uris"])),
    )


def _stored(row: Row) -> StoredApiClient:
    return StoredApiClient(
        _client(row),
        row["secret_hash"],
        row["disabled_at"] is not None,
        row["previous_secret_hash"],
        row["previous_secret_until"] or 0,
    )


def _configured(row: Row) -> ConfiguredApiClient:
    return ConfiguredApiClient(
        _client(row), row["revision"], row["disabled_at"], row["updated_at"], row["previous_secret_until"]
    )
