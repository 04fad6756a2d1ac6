"""The flows, built once in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.app.callbacks import Callbacks, build_callbacks
from token_server.app.foundation import Foundation
from token_server.app.signing_portals import SigningPortals, build_signing_portals
from token_server.app.views import Views, build_views
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.availability import FindAvailability
from token_server.flows.callbacks import Outbox
from token_server.flows.callers import RecogniseCallers
from token_server.flows.conversations import FindConversation
from token_server.flows.devices import RegisterDevice
from token_server.flows.enrollments import Enroll
from token_server.flows.grants import RefreshTokens
from token_server.flows.logos import ShowLogo
from token_server.flows.mobile_authentication.answer import AnswerTransaction
from token_server.flows.mobile_authentication.claim import ClaimTransaction
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.expire import ExpireTransactions
from token_server.flows.mobile_authentication.news import TransactionNews
from token_server.flows.mobile_authentication.presentation import PresentRequest
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.flows.mobile_authentication.result import FetchResult
from token_server.flows.mobile_authentication.start import StartTransaction
from token_server.flows.mobile_authentication.start_once import StartOnce
from token_server.flows.profiles import RegisterUser
from token_server.flows.rate_limits import RateLimits
from token_server.flows.registration_codes import IssueRegistrationCode
from token_server.flows.server_keys import ServerKeys
from token_server.flows.sms import RefuseSms
from token_server.flows.user_devices import ManageUserDevices
from token_server.visitors.user_agents import UserAgents

SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Flows:
    """Everything that somebody can do here."""

    rate_limits: RateLimits
    access_tokens: AccessTokens
    server_keys: ServerKeys
    callers: RecogniseCallers
    signing_portals: SigningPortals
    register_device: RegisterDevice
    issue_registration_code: IssueRegistrationCode
    refresh_tokens: RefreshTokens
    register_user: RegisterUser
    enroll: Enroll
    availability: FindAvailability
    user_devices: ManageUserDevices
    refuse_sms: RefuseSms
    callbacks: Callbacks
    news: TransactionNews
    present: PresentRequest
    start: StartTransaction
    start_once: StartOnce
    claim: ClaimTransaction
    answer: AnswerTransaction
    result: FetchResult
    views: Views
    expire: ExpireTransactions
    show_logo: ShowLogo

    @property
    def outbox(self) -> Outbox:
        """What portals are still to be told."""
        return self.callbacks.outbox


def build_flows(base: Foundation, issuer: str) -> Flows:
    """Return the flows on that foundation; `issuer` is this server's address as phones know it."""
    database, clock, configuration, telemetry = base.database, base.clock, base.configuration, base.telemetry
    rate_limits = RateLimits(database, clock, base.keyed_hash, telemetry, base.settings.limits.per_minute())
    access_tokens, refresh_tokens = _tokens(base, issuer)
    server_keys, codes = ServerKeys(database, clock, base.sealer), OneTimeCodes(base.keyed_hash, base.sealer, clock)
    conversations = FindConversation(server_keys)
    remembered, news = RememberedTransactions(database.read), TransactionNews(database)
    callbacks = build_callbacks(base)
    present = PresentRequest(configuration, UserAgents(), base.locations, base_url=issuer)
    expire = ExpireTransactions(database, clock, configuration, callbacks.outbox, telemetry)
    start = StartTransaction(database, clock, configuration, codes, remembered, telemetry)
    return Flows(
        rate_limits=rate_limits,
        access_tokens=access_tokens,
        server_keys=server_keys,
        callers=RecogniseCallers(database, clock, configuration, base.keyed_hash, access_tokens, rate_limits),
        signing_portals=build_signing_portals(base, issuer, access_tokens, rate_limits),
        register_device=RegisterDevice(database, clock, base.keyed_hash),
        issue_registration_code=_registration_codes(base),
        refresh_tokens=refresh_tokens,
        register_user=RegisterUser(database, clock, base.keyed_hash, refresh_tokens, rate_limits),
        enroll=Enroll(database, clock, configuration, server_keys),
        availability=FindAvailability(database, configuration),
        user_devices=ManageUserDevices(database, clock),
        refuse_sms=RefuseSms(configuration),
        callbacks=callbacks,
        news=news,
        present=present,
        start=start,
        start_once=StartOnce(database, clock, base.keyed_hash, start),
        claim=_claim(base, conversations, codes, present, remembered, rate_limits),
        answer=_answer(base, conversations, callbacks.outbox, remembered),
        result=FetchResult(database, clock, configuration, news, codes, expire),
        views=build_views(base, issuer, codes, remembered, news),
        expire=expire,
        show_logo=ShowLogo(database),
    )


def _answer(
    base: Foundation, conversations: FindConversation, outbox: Outbox, remembered: RememberedTransactions
) -> AnswerTransaction:
    database, clock, configuration = base.database, base.clock, base.configuration
    return AnswerTransaction(database, clock, configuration, conversations, outbox, remembered, base.telemetry)


def _claim(
    base: Foundation,
    conversations: FindConversation,
    codes: OneTimeCodes,
    present: PresentRequest,
    remembered: RememberedTransactions,
    rate_limits: RateLimits,
) -> ClaimTransaction:
    return ClaimTransaction(
        base.database,
        base.clock,
        base.configuration,
        conversations,
        codes,
        present,
        remembered=remembered,
        rate_limits=rate_limits,
        telemetry=base.telemetry,
    )


def _registration_codes(base: Foundation) -> IssueRegistrationCode:
    lifetime_s = base.settings.mobile_api.registration_code_s
    return IssueRegistrationCode(base.database, base.clock, base.configuration, base.keyed_hash, lifetime_s=lifetime_s)


def _tokens(base: Foundation, issuer: str) -> tuple[AccessTokens, RefreshTokens]:
    database, clock, mobile = base.database, base.clock, base.settings.mobile_api
    access_tokens = AccessTokens(database, clock, base.sealer, issuer=issuer, lifetime_s=mobile.access_token_s)
    lifetime_s = mobile.refresh_token_days * SECONDS_A_DAY
    return access_tokens, RefreshTokens(database, clock, base.keyed_hash, access_tokens, lifetime_s=lifetime_s)
