"""The desk for test calls to callback endpoints."""

from __future__ import annotations

from token_server.admin.terminal.telling import Teller
from token_server.domain.callbacks import is_success
from token_server.domain.facts import facts_of
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.callback_trials import TryEndpoint


class CallbackTrialDesk:
    """Makes a test call and tells how it went."""

    def __init__(self, trials: TryEndpoint, teller: Teller) -> None:
        """Ask `trials`, tell it by `teller`."""
        self._trials = trials
        self._teller = teller

    async def try_out(self, callback_uri: str, client_id: str) -> bool:
        """Call that endpoint, signed for that client, and return whether it took the call.

        Errors: NotFound, InvalidParameter.
        """
        trial = await self._trials.try_out(TERMINAL, callback_uri, client_id)
        is_delivered = is_success(trial.result)
        went = "took the call" if is_delivered else "did not take the call"
        sentence = f"{callback_uri} {went}: {trial.result}, after {trial.took_ms} ms ({trial.webhook_id})"
        self._teller.facts({**facts_of(trial), "delivered": is_delivered}, sentence)
        return is_delivered
