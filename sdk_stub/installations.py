"""One installed app, switched on: what all its acts work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import EventDesk
from sdk_stub.settings import Settings, check_server
from sdk_stub.store import Store
from sdk_stub.transport import Transport


@dataclass
class Installation:
    """The open store, the line to the server, the listeners; `renewing` lets one refresh happen at a time."""

    settings: Settings
    store: Store
    transport: Transport
    events: EventDesk
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def close(self) -> None:
        """Hang up and let another process have the store."""
        await self.transport.close()
        self.store.close()


def switch_on(settings: Settings, events: EventDesk) -> Installation:
    """Open the store and the line.

    Errors: SdkError 8014, 8002 (the store belongs to another server or application), 9024, 9025.
    """
    server = check_server(settings)
    store = Store(settings.store)
    try:
        _claim_store(store, server, settings)
    except SdkError:
        store.close()
        raise
    transport = Transport(server, timeout_s=settings.timeout_s, retry_delays_s=settings.retry_delays_s)
    return Installation(settings, store, transport, events)


def _claim_store(store: Store, server: str, settings: Settings) -> None:
    contents = store.contents
    if contents.device is None and not contents.profiles:
        contents.server, contents.application_identifier = server, settings.application_identifier
    if (contents.server, contents.application_identifier) != (server, settings.application_identifier):
        whose = f"{contents.application_identifier} at {contents.server}"
        raise SdkError(Code.WrongConfigModel, f"{store.path} belongs to {whose}")
