"""Evidence of one answer, as it leaves the house: what it says, and the text of its file.

The file is text in three parts. The first is for people and this server: a statement, countersigned by the key that
signs the audit trail. The other two are for any OpenPGP software: the answer as the device signed it, and the device's
public key. GnuPG passes over what is not armored, so `gpg --import FILE && gpg --verify FILE` reads this very file.
Why: docs/decisions/0018.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from token_server.domain.audit_chain import canonical

PURPOSE = "mobile authentication evidence"
LARGEST = 256 * 1024
LATEST_MS = 2**47  # in the year 6429
_HEADING = """\
Evidence of a mobile authentication. To check it, offline:

  token-server evidence verify FILE
  gpg --import FILE && gpg --verify FILE

What the server states, and its countersignature (Ed25519 over the statement in canonical JSON, RFC 8785):

"""
_BEGIN = "-----BEGIN PGP "
_KINDS: dict[str, type] = {
    "purpose": str,
    "transaction_id": str,
    "client_id": str,
    "outcome": str,
    "ended_at": int,
    "challenge_document": str,
    "device_key_fingerprint": str,
    "device_key_sha256": str,
    "signed_answer_sha256": str,
    "audit_sequence": int,
    "audit_entry_hash": str,
    "countersigned_at": int,
    "countersigned_by": str,
}


class Statement(NamedTuple):
    """What the server says about an answer.

    Shapes: hashes and fingerprint in hex, `countersigned_by` is a public key in base64url. Units: ms since 1970 UTC.
    """

    purpose: str
    transaction_id: str
    client_id: str
    outcome: str
    ended_at: int
    challenge_document: str
    device_key_fingerprint: str
    device_key_sha256: str
    signed_answer_sha256: str
    audit_sequence: int
    audit_entry_hash: str
    countersigned_at: int
    countersigned_by: str

    @property
    def text(self) -> bytes:
        """The octets that the countersignature covers."""
        return canonical(self._asdict())


class EvidenceFile(NamedTuple):
    """The parts of a file; answer and key still in their armor."""

    statement: Statement
    countersignature: str
    signed_answer: str
    device_key: str

    @property
    def text(self) -> str:
        """The whole file."""
        stated = canonical({"countersignature": self.countersignature, "statement": self.statement._asdict()}).decode()
        return f"{_HEADING}{stated}\n\n{self.signed_answer}\n{self.device_key}"


def read_evidence_file(text: str) -> EvidenceFile:
    """Return the parts of a file; one in which anything stands that this server does not write is refused.

    Line ends may be those of another system.
    Errors: ValueError.
    """
    text = text.replace("\r\n", "\n")
    file = _parts(text)
    if file.text != text:
        raise ValueError("the file is not as the server wrote it")
    return file


def is_document_of(statement: Statement) -> bool:
    """Tell whether the challenge document is one, about the transaction that the statement is about."""
    try:
        document = json.loads(statement.challenge_document)
        texts = [document["user_id"], document["message"], *[document["portal"][name] for name in ("name", "origin")]]
        return document["transaction_id"] == statement.transaction_id and all(isinstance(each, str) for each in texts)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _parts(text: str) -> EvidenceFile:
    if len(text) > LARGEST or not text.startswith(_HEADING):
        raise ValueError("this is no evidence of this server")
    stated, *armored = text.removeprefix(_HEADING).split(_BEGIN)
    if len(armored) != 2:  # noqa: PLR2004 (an answer and a key)
        raise ValueError("the file must hold one answer and one key")
    statement, countersignature = _statement(stated)
    answer, key = (f"{_BEGIN}{each}" for each in armored)
    return EvidenceFile(statement, countersignature, answer.removesuffix("\n"), key)


def _statement(stated: str) -> tuple[Statement, str]:
    try:
        members: dict[str, Any] = json.loads(stated)
        facts, countersignature = members["statement"], members["countersignature"]
        statement = Statement(**facts)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("the server's statement cannot be read") from error
    kinds = {name: type(value) for name, value in facts.items()}
    times = (statement.ended_at, statement.countersigned_at) if kinds == _KINDS else (-1,)
    if type(countersignature) is not str or not all(0 <= each <= LATEST_MS for each in times):
        raise ValueError("the server's statement has a part that it cannot have")
    return statement, countersignature
