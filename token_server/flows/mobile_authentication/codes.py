"""What stands in a QR code: a one-time code of 128 bits that proves that a phone saw it, and perhaps a frame of now.

The code of a transaction is a MAC over its (random) id under the server's own key. So nothing has to be kept that
could leak, any node can draw the QR code again, and checking a code for a transaction that does not exist costs the
same as for one that does.

A code that is photographed can be shown elsewhere. So a type may rotate: then the QR code also carries a frame, which
proves *when* it was seen. Its secret is the transaction's own, sealed at rest, and gone as soon as a phone has claimed.
"""

from __future__ import annotations

import base64
import hmac
from typing import NamedTuple

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.frames import FrameMaker, new_frame_secret
from token_server.crypto.sealing import Sealer
from token_server.domain.errors import WrongState
from token_server.domain.otp_strings import make_otp_string
from token_server.domain.rotation import acceptable_counters, counter_at, replaced_at
from token_server.domain.transactions import Transaction

CODE_BYTES = 16


class Frame(NamedTuple):
    """The whole text to show as a QR code, and until when; a code that stays has one for its whole life.

    Units: milliseconds since 1970 UTC.
    """

    text: str
    shown_until_ms: int


class OneTimeCodes:
    """Makes and checks what stands in the QR codes of transactions."""

    def __init__(self, keyed_hash: KeyedHash, sealer: Sealer, clock: Clock) -> None:
        """Derive codes under the key of `keyed_hash`, open frame secrets with `sealer`, show frames by `clock`."""
        self._keyed_hash = keyed_hash
        self._sealer = sealer
        self._clock = clock

    def otp_string(self, transaction: Transaction) -> str:
        """Return the text for the QR code, as of now.

        Errors: WrongState when its code rotates and a phone has claimed it.
        """
        return self.current_frame(transaction).text

    def current_frame(self, transaction: Transaction) -> Frame:
        """Return what the QR code shows now, and until when.

        Errors: WrongState when its code rotates and a phone has claimed it.
        """
        transaction_id, rotation_s = transaction.transaction_id, transaction.rotation_s
        code = self._code(transaction_id)
        if not rotation_s:
            return Frame(make_otp_string(transaction_id, code), transaction.expires_at)
        counter = counter_at(self._clock.now_ms(), rotation_s)
        text = make_otp_string(transaction_id, code, self._frames(transaction).make(counter))
        return Frame(text, min(replaced_at(counter, rotation_s), transaction.expires_at))

    def matches(self, transaction_id: str, code: str) -> bool:
        """Tell in constant time whether the code is that transaction's."""
        return hmac.compare_digest(self._code(transaction_id).encode(), code.encode())

    def is_fresh(self, transaction: Transaction, frame: str | None, now: int) -> bool:
        """Tell whether the QR code with that frame can be claimed at `now`; one that stays always can.

        Errors: WrongState when its code rotates and a phone has claimed it.
        """
        rotation_s, window_s = transaction.rotation_s, transaction.accept_window_s
        if not rotation_s:
            return True
        frames, presented = self._frames(transaction), (frame or "").encode()
        counters = acceptable_counters(now, rotation_s, window_s)
        return any(hmac.compare_digest(frames.make(counter).encode(), presented) for counter in counters)

    def new_frame_secret(self, transaction_id: str) -> bytes:
        """Return a fresh secret for the frames of that transaction, sealed."""
        return self._sealer.seal(new_frame_secret(), frame_secret_identity(transaction_id))

    def _frames(self, transaction: Transaction) -> FrameMaker:
        if transaction.sealed_frame_secret is None:
            raise WrongState("A phone has claimed this transaction; its code shows nothing any more")
        identity = frame_secret_identity(transaction.transaction_id)
        return FrameMaker(self._sealer.open(transaction.sealed_frame_secret, identity))

    def _code(self, transaction_id: str) -> str:
        code = self._keyed_hash.derive("transaction code", transaction_id, CODE_BYTES)
        return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def frame_secret_identity(transaction_id: str) -> str:
    """Return what a transaction's frame secret is sealed for."""
    return f"transactions:{transaction_id}"
