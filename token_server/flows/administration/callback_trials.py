"""An admin tries whether a callback endpoint listens."""

from __future__ import annotations

from token_server.domain.callbacks import Trial
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Operator, Permission
from token_server.flows.administration.changes import found
from token_server.flows.callback_trials import TryCallback
from token_server.flows.configuration import ReadConfiguration


class TryEndpoint:
    """Makes test calls to endpoints on the list, signed for one of the API clients, by the hand that makes them all."""

    def __init__(self, configuration: ReadConfiguration, trial: TryCallback) -> None:
        """Call what `configuration` lists, by `trial`."""
        self._configuration = configuration
        self._trial = trial

    async def signers(self, operator: Operator, callback_uri: str) -> list[str]:
        """Return the ids of the API clients that a call to that endpoint can be signed for: they may be called there.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        configuration = await self._configuration.snapshot()
        found(configuration.callback_endpoints.get(callback_uri), f"callback endpoint {callback_uri}")
        stored = [each for each in configuration.api_clients.values() if not each.is_disabled]
        clients = [each.client for each in stored]
        return sorted(each.client_id for each in clients if callback_uri in (each.callback_uris or {callback_uri}))

    async def try_out(self, operator: Operator, callback_uri: str, client_id: str) -> Trial:
        """Call that endpoint now, with its credentials and that client's signature, and return how it went.

        Errors: NotAllowed, NotFound, InvalidParameter, Limited.
        """
        if client_id not in await self.signers(operator, callback_uri):
            raise InvalidParameter("client_id", "is not an API client in use that may be called there")
        return await self._trial.make(
            await self._configuration.snapshot(),
            client_id,
            callback_uri,
            actor=operator.actor,
            via=operator.via,
            client_id=client_id,
        )
