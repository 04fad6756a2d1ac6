"""A portal starts a transaction and gets the text for its QR code."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

from token_server.clock import Clock
from token_server.database.engine import Database, Statement
from token_server.domain.api_clients import ApiClient
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.messages import check_message
from token_server.domain.numbers import NUMBERS, write_number
from token_server.domain.start_requests import StartRequest
from token_server.domain.transactions import CHANCE_OCTETS, State, Transaction, write_transaction_id
from token_server.flows.configuration import ReadConfiguration, Snapshot
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.stores import audit_events, transactions
from token_server.telemetry import Telemetry


class Started(NamedTuple):
    """A transaction that has just begun; `otp` is the text for the QR code.

    Units: `time_to_live` in milliseconds.
    """

    transaction_id: str
    auth_method: str
    time_to_live: int
    otp: str


class StartTransaction:
    """Begins mobile authentication transactions with the method OTP."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        codes: OneTimeCodes,
        remembered: RememberedTransactions,
        telemetry: Telemetry,
    ) -> None:
        """Write new transactions to `database` and hand out their `codes`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._codes = codes
        self._remembered = remembered
        self._telemetry = telemetry

    async def start(
        self,
        client: ApiClient,
        request: StartRequest,
        *,
        remember: Callable[[Transaction], Statement] | None = None,
    ) -> Started:
        """Begin a transaction for that portal; what `remember` makes of it is kept in the same unit of work.

        Errors: FeatureDisabled (1000), TypeNotFound (3005), NoPossibilities (1001), SmsDisabled (3000),
        InvalidParameter (1003), MessageMissing (1006), MessageTooLong (1005).
        """
        configuration = await self._configuration.snapshot()
        transaction = self._prepare(configuration, client, request)
        also = () if remember is None else (remember(transaction),)
        then = (_event(transaction), *also)
        await transactions.begin(self._database, transaction, then=then, then_unique=remember is not None)
        self._remembered.keep(transaction)
        self._telemetry.transaction_started(transaction.type)
        return self.describe(transaction)

    def describe(self, transaction: Transaction) -> Started:
        """Return what the portal is told of a transaction that has begun."""
        return Started(
            transaction.transaction_id,
            transaction.method.lower(),
            transaction.expires_at - transaction.created_at,
            self._codes.otp_string(transaction),
        )

    def _prepare(self, configuration: Snapshot, client: ApiClient, request: StartRequest) -> Transaction:
        configuration.mobile_config.require_mobile_authentication()
        kind = configuration.authentication_type(request.required_type())
        kind.refuse_unless_otp()
        request.check_for_otp()
        callback_uri = client.check_callback(configuration.allowed_callback_uri(request.required_callback_uri()))
        message = _message(configuration, kind, request)
        now = self._clock.now_ms()
        transaction_id = write_transaction_id(now, secrets.token_bytes(CHANCE_OCTETS))
        return Transaction(
            transaction_id=transaction_id,
            client_id=client.client_id,
            type=kind.name,
            method=str(kind.method),
            state=State.CREATED,
            callback_uri=callback_uri,
            message=message,
            secure_message=request.secure_message,
            language_code=request.language_code,
            ip_address=request.usable_ip_address(),
            user_agent=request.usable_user_agent(),
            portal_name=client.display_name,
            portal_origin=client.origin,
            portal_logo=client.logo,
            created_at=now,
            expires_at=now + kind.expires_in_s * 1000,
            rotation_s=kind.rotation_s,
            accept_window_s=kind.accept_window_s if kind.rotation_s else 0,
            sealed_frame_secret=self._codes.new_frame_secret(transaction_id) if kind.rotation_s else None,
            number=write_number(secrets.randbelow(NUMBERS)) if kind.number_matching else None,
        )


def _message(configuration: Snapshot, kind: AuthenticationType, request: StartRequest) -> str:
    message = request.message or kind.default_message(request.language_code)
    return check_message(message, configuration.mobile_config.max_message_length)


def _event(transaction: Transaction) -> Statement:
    return audit_events.entry(
        "transaction_started",
        actor=f"portal:{transaction.client_id}",
        now=transaction.created_at,
        transaction_id=transaction.transaction_id,
        type=transaction.type,
    )
