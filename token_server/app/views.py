"""What browsers may see, built once: who hands out tokens, who looks, who watches."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.app.foundation import Foundation
from token_server.browser_view.errors import PREFIX
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.look import LookAtTransaction
from token_server.flows.mobile_authentication.news import TransactionNews
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.flows.mobile_authentication.view import OpenView
from token_server.flows.mobile_authentication.watch import WatchTransaction


@dataclass(frozen=True)
class Views:
    """Everything about browsers that watch."""

    open: OpenView
    look: LookAtTransaction
    watch: WatchTransaction


def build_views(
    base: Foundation, issuer: str, codes: OneTimeCodes, remembered: RememberedTransactions, news: TransactionNews
) -> Views:
    """Return them on that foundation; browsers find the server at `issuer`."""
    look = LookAtTransaction(base.database, base.clock, base.configuration, base.keyed_hash, codes)
    opening = OpenView(
        base.database, base.clock, base.configuration, base.keyed_hash, remembered, address=issuer + PREFIX
    )
    watch = WatchTransaction(look, news)
    base.telemetry.count_watching(lambda: watch.count)
    return Views(opening, look, watch)
