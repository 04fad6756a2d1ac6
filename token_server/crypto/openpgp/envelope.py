"""The outer encryption of messages, opened and closed here and not by the engine: docs/decisions/0002 and 0022.

Two containers are read, those that our keys advertise, and the same two are written. Whatever is wrong with what we
read, the answer is the same refusal, so nobody learns from it how far a forged message came. Nothing is decompressed.

Source: RFC 9580 sections 5.13 (containers), 5.1 (session keys), 10.3 (grammar).
"""

from __future__ import annotations

import secrets

from token_server.crypto.openpgp.algorithms import AES_256, AES_KEY_OCTETS
from token_server.crypto.openpgp.ciphertexts import Unreadable
from token_server.crypto.openpgp.container_v1 import close_version_1, open_version_1
from token_server.crypto.openpgp.container_v2 import close_version_2, open_version_2
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, read_packets, take_number, write_packet
from token_server.crypto.openpgp.recipients import Recipient
from token_server.crypto.openpgp.secret_keys import ReceiverKey
from token_server.crypto.openpgp.session_keys import NotForUs, SessionKey, open_session_key, seal_session_key
from token_server.domain.errors import MessageRefused

MOST_PACKETS = 8


def open_envelope(body: bytes, receiver: ReceiverKey) -> bytes:
    """Return the packets that a message to this receiver protects.

    Errors: MessageRefused with the rule `undecryptable`.
    """
    try:
        return _open_with_any(*_headers_and_container(body), receiver)
    except (NotPackets, Unreadable):
        raise MessageRefused("undecryptable", "the message cannot be decrypted with this server key") from None


def close_envelope(packets: bytes, recipient: Recipient) -> bytes:
    """Return a message to this recipient alone that protects the packets, with AES-256 and a session key of its own."""
    key = secrets.token_bytes(AES_KEY_OCTETS[AES_256])
    if recipient.container_version == 1:
        named, container = SessionKey(key, AES_256), close_version_1(packets, key)
    else:
        named, container = SessionKey(key, None), close_version_2(packets, key, AES_256)
    header = write_packet(Tag.SESSION_KEY, seal_session_key(named, recipient))
    return header + write_packet(Tag.ENCRYPTED_AND_PROTECTED, container)


def _headers_and_container(body: bytes) -> tuple[list[Packet], bytes]:
    *headers, container = read_packets(body, most=MOST_PACKETS)
    if container.tag != Tag.ENCRYPTED_AND_PROTECTED or any(one.tag != Tag.SESSION_KEY for one in headers):
        raise Unreadable
    return headers, container.body


def _open_with_any(headers: list[Packet], container: bytes, receiver: ReceiverKey) -> bytes:
    for header in headers:
        try:
            return _open_container(container, open_session_key(header.body, receiver))
        except (NotForUs, Unreadable):
            continue
    raise Unreadable


def _open_container(container: bytes, session_key: SessionKey) -> bytes:
    version, position = take_number(container, 0, 1)
    if version == 1 and session_key.algorithm is not None:  # a version 3 session key, and those go together
        return open_version_1(container[position:], session_key.key, session_key.algorithm)
    if version == 2 and session_key.algorithm is None:  # noqa: PLR2004 (the container's version)
        return open_version_2(container, session_key.key)
    raise Unreadable
