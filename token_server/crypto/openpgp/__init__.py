"""OpenPGP between phones and the server: which keys we enrol, how messages are opened, sealed and proved.

A stranger's bytes pass three gates, in this order. `packets` and `armor` find the packets without decompressing or
deciphering anything. `envelope` opens the outer encryption, and only the forms our own keys invite. Only what is left,
which is small and has a known shape, reaches the OpenPGP engine (`engine`, the one file that imports it), which judges
the signature and the key that made it. Why the engine does not open the envelope: docs/decisions/0002. What it has
judged once is not asked again, and what we send is written here: docs/decisions/0022.

    a device key   device_keys → armor → packets → public_keys → self_signatures → engine
    a message      messages → envelope → session_keys, container_v1, container_v2 → packets → known_signers or engine
    an answer      messages → own_signatures → envelope → session_keys, container_v1, container_v2; or the engine
"""

from __future__ import annotations

from token_server.crypto.openpgp.device_keys import DeviceKey, load_device_key, read_device_key
from token_server.crypto.openpgp.messages import SignedMessage, check_proof, open_message, seal_message
from token_server.crypto.openpgp.server_keys import ServerKey

__all__ = [
    "DeviceKey",
    "ServerKey",
    "SignedMessage",
    "check_proof",
    "load_device_key",
    "open_message",
    "read_device_key",
    "seal_message",
]
