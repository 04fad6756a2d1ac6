"""The admin's desk: its flows, and its two faces behind a listener of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from token_server.admin.api.doors import ApiDoor
from token_server.admin.api.errors import MANNERS as API_MANNERS
from token_server.admin.api.errors import PREFIX as API_PREFIX
from token_server.admin.api.operator_tokens import Tokens
from token_server.admin.api.operators import Operators
from token_server.admin.api.routes import AdminApi
from token_server.admin.console.account import AccountPages
from token_server.admin.console.cookies import Cookies
from token_server.admin.console.cross_site import cross_site_guard
from token_server.admin.console.doors import ConsoleDoor
from token_server.admin.console.errors import ConsoleErrors
from token_server.admin.console.operator_tokens import OperatorTokenPages
from token_server.admin.console.operators import OperatorPages
from token_server.admin.console.pages import Pages
from token_server.admin.console.routes import Console
from token_server.admin.console.second_factor import SecondFactorPages
from token_server.admin.console.sign_in import SignInPages
from token_server.admin.console.static_files import StaticFiles
from token_server.admin.headers import protect
from token_server.app.configured import Configured, build_configured
from token_server.app.foundation import Foundation
from token_server.app.happening_pages import HappeningOperations, HappeningPages
from token_server.app.happenings import Happenings, build_happenings
from token_server.app.listening import listen
from token_server.crypto.passwords import RECOMMENDED, Cost, Passwords
from token_server.flows.administration.operator_tokens import OperatorTokens
from token_server.flows.administration.operators import ManageOperators
from token_server.flows.administration.passwords import ChangePassword
from token_server.flows.administration.second_factor import SecondFactor
from token_server.flows.administration.session_list import ListSessions
from token_server.flows.administration.sessions import Sessions
from token_server.flows.administration.sign_in import SignIn
from token_server.flows.callback_trials import TryCallback
from token_server.flows.rate_limits import RateLimits
from token_server.qr import QrPainter
from token_server.visitors.user_agents import UserAgents
from token_server.web.addresses import CallerAddresses
from token_server.web.edge import Edge

log = structlog.get_logger("server")
HOUR_MS = 3_600_000
ISSUER = "Token server"


@dataclass(frozen=True)
class Administration:
    """Everything that operators can do here."""

    operators: ManageOperators
    sessions: Sessions
    list_sessions: ListSessions
    sign_in: SignIn
    second_factor: SecondFactor
    change_password: ChangePassword
    tokens: OperatorTokens
    configured: Configured
    happenings: Happenings


def build_administration(base: Foundation, passwords: Passwords, trial: TryCallback) -> Administration:
    """Return the flows of the admin's desk on that foundation; `trial` makes its test calls, and those of portals."""
    database, clock, keyed_hash, admin = base.database, base.clock, base.keyed_hash, base.settings.admin
    limits = RateLimits(database, clock, keyed_hash, base.telemetry, base.settings.limits.per_minute())
    sessions = Sessions(
        database,
        clock,
        keyed_hash,
        idle_ms=admin.idle_timeout_s * 1000,
        lifetime_ms=admin.session_hours * HOUR_MS,
    )
    return Administration(
        operators=ManageOperators(database, clock, keyed_hash),
        sessions=sessions,
        list_sessions=ListSessions(sessions, UserAgents(), base.locations),
        sign_in=SignIn(database, clock, keyed_hash, passwords, sessions, limits),
        second_factor=SecondFactor(database, clock, keyed_hash, base.sealer, sessions, limits, issuer=ISSUER),
        change_password=ChangePassword(database, clock, passwords, limits),
        tokens=OperatorTokens(database, clock, keyed_hash),
        configured=build_configured(base, trial),
        happenings=build_happenings(base),
    )


def build_console(flows: Administration, pages: Pages, static: StaticFiles, painter: QrPainter, url: str) -> Console:
    """Return the door for operators and their browsers."""
    happenings = HappeningPages(flows.happenings, pages)
    return Console(
        dashboard=happenings.dashboard(),
        sign_in=SignInPages(pages, flows.sign_in, flows.sessions, flows.operators),
        second_factor=SecondFactorPages(pages, flows.second_factor, painter),
        account=AccountPages(pages, flows.sessions, flows.list_sessions, flows.change_password, flows.second_factor),
        operators=OperatorPages(pages, flows.operators, base_url=url),
        operator_tokens=OperatorTokenPages(pages, flows.tokens),
        authentication_types=flows.configured.type_pages(pages),
        api_clients=flows.configured.client_pages(pages),
        api_client_logos=flows.configured.client_logo_pages(),
        api_client_secrets=flows.configured.client_secret_pages(pages),
        applications=flows.configured.application_pages(pages),
        application_versions=flows.configured.application_version_pages(pages),
        mobile_config=flows.configured.mobile_config_pages(pages),
        callback_endpoints=flows.configured.endpoint_pages(pages),
        callback_trials=flows.configured.trial_pages(pages),
        confirmation_templates=flows.configured.template_pages(pages),
        transactions=happenings.transactions(),
        users=happenings.users(),
        callback_deliveries=happenings.callback_deliveries(),
        audit=happenings.audit(),
        server_keys=happenings.server_keys(),
        static=static,
    )


def build_admin_api(flows: Administration, url: str) -> AdminApi:
    """Return the door for operators' programs."""
    happenings = HappeningOperations(flows.happenings)
    return AdminApi(
        operators=Operators(flows.operators, base_url=url),
        tokens=Tokens(flows.tokens),
        authentication_types=flows.configured.type_operations(),
        api_clients=flows.configured.client_operations(),
        client_logos=flows.configured.client_logo_operations(),
        applications=flows.configured.application_operations(),
        mobile_config=flows.configured.mobile_config_operations(),
        callback_endpoints=flows.configured.endpoint_operations(),
        confirmation_templates=flows.configured.template_operations(),
        transactions=happenings.transactions(),
        users=happenings.users(),
        callback_deliveries=happenings.callback_deliveries(),
        audit=happenings.audit(),
        server_keys=happenings.server_keys(),
    )


def build_application(base: Foundation, flows: Administration, painter: QrPainter, url: str) -> web.Application:
    """Return what listens at the admin's desk: nothing of it is reachable on the public port."""
    cookies, static = Cookies(is_https=url.startswith("https://")), StaticFiles()
    pages = Pages(static)
    edge = Edge([API_MANNERS, ConsoleErrors(pages, cookies).manners()], base.telemetry)
    parts = urlsplit(url)
    guard = cross_site_guard(flows.sessions, cookies, api_prefix=API_PREFIX, origin=f"{parts.scheme}://{parts.netloc}")
    application = web.Application(
        middlewares=[edge.middleware(), guard], client_max_size=base.settings.server.max_body_bytes
    )
    console = build_console(flows, pages, static, painter, url)
    application.add_routes(
        console.routes(ConsoleDoor(flows.sessions, cookies, CallerAddresses(base.settings.server.trusted_proxies)))
    )
    application.add_routes(build_admin_api(flows, url).routes(ApiDoor(flows.tokens)))
    application.on_response_prepare.append(protect)
    return application


@asynccontextmanager
async def admin_desk(
    base: Foundation,
    painter: QrPainter,
    trial: TryCallback,
    *,
    reuse_port: bool = False,
    password_cost: Cost = RECOMMENDED,
) -> AsyncIterator[str]:
    """Serve operators until the context ends; gives the address, empty when the desk is switched off.

    Errors: OSError when the port is taken.
    """
    admin = base.settings.admin
    if not admin.enabled:
        yield ""
        return
    listener = listen(admin.host, admin.port, reuse_port=reuse_port)
    url = admin.address(int(listener.getsockname()[1]))
    passwords = Passwords(password_cost)
    runner = web.AppRunner(
        build_application(base, build_administration(base, passwords, trial), painter, url),
        access_log=None,
        shutdown_timeout=base.settings.server.shutdown_grace_s,
        handler_cancellation=True,
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    log.info("serving operators", address=url)
    try:
        yield url
    finally:
        await runner.cleanup()
        passwords.close()
