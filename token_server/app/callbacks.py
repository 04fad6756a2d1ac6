"""What portals are told, built once: who writes, who carries, who remembers, and what portals may ask about it."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.app.foundation import Foundation
from token_server.flows.callback_calls import CallWriter
from token_server.flows.callback_deliveries import CallbackDeliveries
from token_server.flows.callback_secrets import CallbackSecrets
from token_server.flows.callback_trials import TryCallback
from token_server.flows.callbacks import Outbox
from token_server.workers.callback_addresses import AllowedAddresses
from token_server.workers.callback_courier import CallbackCourier

# How much longer than one attempt may take a letter stays with the process that took it.
LEASE_MARGIN_MS = 10_000


@dataclass(frozen=True)
class Callbacks:
    """Everything about telling portals; one courier for what the sender sends and for what portals try out."""

    outbox: Outbox
    courier: CallbackCourier
    secrets: CallbackSecrets
    deliveries: CallbackDeliveries
    trial: TryCallback


def build_callbacks(base: Foundation) -> Callbacks:
    """Return them on that foundation; whoever runs them closes the courier."""
    database, clock, configuration = base.database, base.clock, base.configuration
    section = base.settings.callbacks
    writer = CallWriter(clock, base.sealer)
    courier = CallbackCourier(AllowedAddresses(section.private_networks), timeout_s=section.timeout_s)
    outbox = Outbox(
        database,
        clock,
        configuration,
        writer,
        base.telemetry,
        lease_ms=section.timeout_s * 1000 + LEASE_MARGIN_MS,
        first_retry_ms=section.first_retry_s * 1000,
        longest_retry_ms=section.longest_retry_s * 1000,
    )
    return Callbacks(
        outbox,
        courier,
        CallbackSecrets(database, clock, base.sealer),
        CallbackDeliveries(database, clock, configuration, outbox),
        TryCallback(database, clock, configuration, writer, courier),
    )
