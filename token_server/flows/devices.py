"""An app is installed and gets credentials of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.applications import check_registration
from token_server.domain.errors import ApplicationRefused
from token_server.domain.identifiers import check_name
from token_server.flows.callers import DEVICE_SECRET
from token_server.stores import applications, audit_events, devices
from token_server.stores.devices import NewDevice

DEVICE_ID_BYTES = 32
SECRET_PREFIX = "tsd_"


@dataclass(frozen=True)
class DeviceRequest:
    """What an app says about itself when it registers (RFC 7591)."""

    application_identifier: str
    application_version: str
    application_platform: str
    device_name: str
    device_model: str | None = None
    os_version: str | None = None


@dataclass(frozen=True)
class RegisteredDevice:
    """A device's credentials, told once."""

    device_id: str
    secret: str
    created_at: int


class RegisterDevice:
    """Gives installed apps credentials."""

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash) -> None:
        """Keep only hashes of the secrets in `database`."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash

    async def register(self, request: DeviceRequest) -> RegisteredDevice:
        """Return credentials for a new installation of a known application.

        Errors: ApplicationRefused, InvalidParameter.
        """
        _check(request)
        read = self._database.read
        if not await applications.exists(read, request.application_identifier):
            problem = "This application is not known here"
            raise ApplicationRefused(problem)
        versions = await applications.list_versions(read, request.application_identifier)
        check_registration(versions, request.application_platform, request.application_version)
        registered = RegisteredDevice(
            secrets.token_hex(DEVICE_ID_BYTES).upper(), new_secret(SECRET_PREFIX), self._clock.now_ms()
        )
        await self._database.write(partial(self._remember, request=request, registered=registered))
        return registered

    async def _remember(self, unit: UnitOfWork, *, request: DeviceRequest, registered: RegisteredDevice) -> None:
        devices.add(
            unit,
            NewDevice(
                registered.device_id,
                request.application_identifier,
                request.application_version,
                request.application_platform,
                request.device_name,
                request.device_model,
                request.os_version,
                self._keyed_hash.of(DEVICE_SECRET, registered.secret),
                registered.created_at,
            ),
        )
        audit_events.add(
            unit,
            "device_registered",
            actor=f"device:{registered.device_id}",
            now=registered.created_at,
            device_id=registered.device_id,
            application=request.application_identifier,
        )


def _check(request: DeviceRequest) -> None:
    check_name("application_version", request.application_version)
    check_name("device_name", request.device_name)
    if request.device_model is not None:
        check_name("device_model", request.device_model)
    if request.os_version is not None:
        check_name("os_version", request.os_version)
