"""One-time codes: 128 bits that prove that a phone saw the QR code.

The code of a transaction is a MAC over its (random) id under the server's own key. So nothing has to be kept that
could leak, any node can draw the QR code again, and checking a code for a transaction that does not exist costs the
same as for one that does.
"""

from __future__ import annotations

import base64
import hmac

from token_server.crypto.bearer_secrets import KeyedHash
from token_server.domain.otp_strings import make_otp_string

CODE_BYTES = 16


class OneTimeCodes:
    """Makes and checks the codes of transactions."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        """Derive codes under the key of `keyed_hash`."""
        self._keyed_hash = keyed_hash

    def otp_string(self, transaction_id: str) -> str:
        """Return the text for the QR code."""
        return make_otp_string(transaction_id, self._code(transaction_id))

    def matches(self, transaction_id: str, code: str) -> bool:
        """Tell in constant time whether the code is that transaction's."""
        return hmac.compare_digest(self._code(transaction_id).encode(), code.encode())

    def _code(self, transaction_id: str) -> str:
        code = self._keyed_hash.derive("transaction code", transaction_id, CODE_BYTES)
        return base64.urlsafe_b64encode(code).rstrip(b"=").decode()
