"""A conversation with one enrolled phone: its key, our key for it, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from token_server.crypto.openpgp import DeviceKey, ServerKey, SignedMessage, load_device_key, open_message, seal_message
from token_server.domain.callers import Caller
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import NotEnrolled
from token_server.flows.server_keys import ServerKeys


class Conversation(NamedTuple):
    """Opens what this phone sends and seals what it is sent."""

    enrollment: Enrollment
    device_key: DeviceKey
    server_key: ServerKey

    def open(self, body: bytes) -> SignedMessage:
        """Return what the phone said, signed by its enrolled key and for our eyes only.

        Errors: MessageRefused.
        """
        return open_message(body, receiver=self.server_key, sender=self.device_key)

    def seal(self, content: bytes) -> bytes:
        """Return the content signed by the server's key and encrypted to the phone's."""
        return seal_message(content, sender=self.server_key, receiver=self.device_key)


class FindConversation:
    """Finds the conversation that a caller's enrolment allows."""

    def __init__(self, server_keys: ServerKeys) -> None:
        """Open the server's side with `server_keys`."""
        self._server_keys = server_keys

    async def of(self, caller: Caller) -> Conversation:
        """Return the conversation with the caller's profile.

        Errors: NotEnrolled.
        """
        enrollment = caller.enrollment
        if enrollment is None:
            problem = "This profile is not enrolled for mobile authentication"
            raise NotEnrolled(problem)
        server_key = await self._server_keys.get(enrollment.server_key_id)
        return Conversation(enrollment, load_device_key(enrollment.device_key), server_key)
