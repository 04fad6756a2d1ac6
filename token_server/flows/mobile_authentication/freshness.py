"""How old may a phone's signature be?"""

from __future__ import annotations

from token_server.crypto.openpgp import SignedMessage
from token_server.domain.errors import MessageRefused
from token_server.domain.transactions import Transaction

# What proves freshness is the code and the challenge; the phone's clock is not needed for it. Still, a signature from
# before the transaction is refused, with the skew that the vendor's registration allows (SDK reference, error 9031).
CLOCK_SKEW_MS = 600_000


def refuse_old_signature(signed: SignedMessage, transaction: Transaction) -> None:
    """Refuse a signature made before the transaction began.

    Errors: MessageRefused with the rule `signature_too_old`.
    """
    if signed.signed_at_ms < transaction.created_at - CLOCK_SKEW_MS:
        problem = "The signature is older than the transaction; is the clock of the phone right?"
        raise MessageRefused("signature_too_old", problem)
