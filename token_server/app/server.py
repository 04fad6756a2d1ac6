"""The running server: listens, works in the background, and stops without dropping what is under way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web

from token_server.app.administration import admin_desk
from token_server.app.channels import build_browser_view, build_mobile_api, build_portal_api
from token_server.app.equipment import STANDARD, Equipment
from token_server.app.flows import Flows, build_flows
from token_server.app.foundation import Foundation
from token_server.app.listening import listen
from token_server.app.seeding import seeds_of
from token_server.browser_view.errors import MANNERS as BROWSER_MANNERS
from token_server.flows.audit_chain import ChainAuditTrail
from token_server.flows.health import CheckHealth
from token_server.flows.retention import ForgetTransactions
from token_server.flows.seeding import ApplySeeds
from token_server.mobile_api.errors import MANNERS as MOBILE_MANNERS
from token_server.portal_api.errors import MANNERS as PORTAL_MANNERS
from token_server.qr import QrPainter
from token_server.web.addresses import CallerAddresses
from token_server.web.bodies import PATIENCE_S
from token_server.web.edge import Edge
from token_server.web.health import Health
from token_server.workers.audit_chainer import AuditChainer
from token_server.workers.callback_sender import CallbackSender
from token_server.workers.key_maker import KeyMaker
from token_server.workers.location_reader import LocationReader
from token_server.workers.supervisor import Supervisor
from token_server.workers.sweeper import Sweeper

log = structlog.get_logger("server")


@dataclass(frozen=True)
class Server:
    """A server that is up: where it listens (`desk`: for operators), and its flows for whoever runs in this process."""

    address: str
    port: int
    flows: Flows
    desk: str = ""


@asynccontextmanager
async def running_server(
    base: Foundation, *, reuse_port: bool = False, equipment: Equipment = STANDARD
) -> AsyncIterator[Server]:
    """Serve until the context ends; then stop listening, let requests finish, stop the workers.

    Errors: OSError when the port is taken.
    """
    listener = listen(base.settings.server.host, base.settings.server.port, reuse_port=reuse_port)
    port = int(listener.getsockname()[1])
    flows = build_flows(base, base.settings.server.issuer(port))
    await _prepare(base, flows)
    painter, health = QrPainter(equipment.painting), Health(CheckHealth(base.database), base.telemetry)
    supervisor = _workers(base, flows)
    runner = web.AppRunner(
        _application(base, flows, painter, health, equipment),
        access_log=None,
        shutdown_timeout=base.settings.server.shutdown_grace_s,
        handler_cancellation=True,
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    supervisor.start()
    address = f"http://{base.settings.server.host}:{port}"
    log.info("serving", address=address, database=base.database.engine)
    desk = admin_desk(
        base, painter, flows.callbacks.trial, reuse_port=reuse_port, password_cost=equipment.password_cost
    )
    try:
        async with desk as desk_address:
            yield Server(address, port, flows, desk_address)
    finally:
        log.info("stopping")
        health.is_stopping = True
        flows.news.release_all()
        await runner.cleanup()
        await supervisor.stop()
        await flows.callbacks.courier.close()
        flows.news.close()
        painter.close()


async def _prepare(base: Foundation, flows: Flows) -> None:
    """Make what the first start needs, and plant the configuration file."""
    await flows.access_tokens.ensure_key()
    await flows.server_keys.ensure_shared()
    await flows.present.refresh_locations()
    if await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds_of(base.settings)):
        log.info("configuration file applied")
    await flows.callbacks.secrets.ensure()


def _application(
    base: Foundation, flows: Flows, painter: QrPainter, health: Health, equipment: Equipment
) -> web.Application:
    application = web.Application(client_max_size=base.settings.server.max_body_bytes)
    application[PATIENCE_S] = equipment.body_within_s
    addresses = CallerAddresses(base.settings.server.trusted_proxies)
    routes = [
        *build_portal_api(flows, painter, addresses).routes(),
        *build_mobile_api(flows, addresses).routes(),
        *build_browser_view(flows, painter, addresses, heartbeat_s=equipment.heartbeat_s).routes(),
        *health.routes(),
    ]
    application.add_routes(Edge([PORTAL_MANNERS, BROWSER_MANNERS, MOBILE_MANNERS], base.telemetry).around(routes))
    return application


def _workers(base: Foundation, flows: Flows) -> Supervisor:
    callbacks, concurrent = flows.callbacks, base.settings.callbacks.concurrent
    sender = CallbackSender(callbacks.outbox, callbacks.courier, concurrent=concurrent)
    kept = base.settings.retention
    forget = ForgetTransactions(
        base.database, base.clock, transactions_days=kept.transactions_days, evidence_days=kept.evidence_days
    )
    workers = {
        "callback sender": sender.run,
        "sweeper": Sweeper(
            flows.expire,
            (
                flows.expire.forget_registration_codes,
                flows.start_once.forget,
                flows.signing_portals.assertions.forget,
                flows.rate_limits.forget,
                forget.forget_evidence,
                forget.forget,
            ),
        ).run,
        "key maker": KeyMaker(flows.server_keys, base.configuration).run,
        "location reader": LocationReader(flows.present).run,
    }
    audit = base.settings.audit
    if audit.chained:
        trail = ChainAuditTrail(base.database, base.clock, base.checkpoint_key)
        workers["audit chainer"] = AuditChainer(trail, base.telemetry, checkpoint_s=audit.checkpoint_s).run
    return Supervisor(workers)
