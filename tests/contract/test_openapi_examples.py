"""The examples tell one story: what one call shows can be used in the next, and every signature in them is good."""

from __future__ import annotations

import base64
import json

import jwt
import pysequoia

from tests.support.openapi import MOBILE, PORTAL, Node, load


def shown(path: str, method: str, *places: str) -> Node:
    """The first example of a body: of the request, or of the answer with a status."""
    document = load(PORTAL if "/api/" in path else MOBILE)
    found: Node = document["paths"][path][method]
    for place in places:
        found = found[place]
    example = next(iter(next(iter(found["content"].values()))["examples"].values()))
    if "$ref" in example:
        example = document["components"]["examples"][example["$ref"].rpartition("/")[2]]
    value: Node = example["value"]
    return value


def inside(name: str) -> Node:
    """The first example of a document inside an OpenPGP message."""
    first: Node = load(MOBILE)["components"]["schemas"][name]["examples"][0]
    return first


def test_the_qr_code_holds_the_transaction_that_the_phone_claims() -> None:
    started = shown("/oauth/api/v4/authenticate/user", "post", "responses", "200")
    padded = started["otp"] + "=" * (-len(started["otp"]) % 4)
    scanned = json.loads(base64.urlsafe_b64decode(padded))
    claim = inside("ClaimRequest")
    assert scanned == {name: claim[name] for name in ("transaction_id", "otp")}
    assert scanned["transaction_id"] == started["transaction_id"]


def test_the_answer_to_the_claim_holds_the_challenge_document_unchanged() -> None:
    answer = inside("ClaimAnswer")
    assert answer["nonce"] == inside("ClaimRequest")["nonce"]
    assert json.loads(base64.b64decode(answer["challenge_document"])) == inside("ChallengeDocument")
    assert inside("Answer")["challenge_document"] == answer["challenge_document"]


def test_the_access_token_was_signed_by_the_published_key() -> None:
    registered = shown("/oauth/custom-registration/{identity_provider}/complete", "post", "responses", "200")
    published = shown("/.well-known/jwks.json", "get", "responses", "200")["keys"][0]
    token = registered["oauth_token"]["access_token"]
    assert jwt.get_unverified_header(token)["kid"] == published["kid"]
    claims = jwt.decode(
        token,
        jwt.PyJWK(published).key,
        algorithms=["EdDSA"],
        audience="https://token-server.example.com",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["profile_id"] == registered["profile_id"] == inside("ChallengeDocument")["profile_id"]


def test_the_proof_was_made_over_the_access_token_by_the_key_that_is_enrolled() -> None:
    request = shown("/mobile/v1/enrollments", "post", "requestBody")
    registered = shown("/oauth/custom-registration/{identity_provider}/complete", "post", "responses", "200")
    certificate = pysequoia.Cert.from_bytes(request["public_key"].encode())
    signature = pysequoia.Sig.from_bytes(base64.b64decode(request["proof"]))
    token = registered["oauth_token"]["access_token"].encode()
    verified = pysequoia.verify(token, lambda _: [certificate], signature=signature)
    assert len(verified.valid_sigs) == 1
    enrolled = shown("/mobile/v1/enrollments", "post", "responses", "201")
    assert enrolled["device_key_fingerprint"] == certificate.fingerprint.upper()


def test_the_fingerprint_is_that_of_the_servers_key() -> None:
    enrolled = shown("/mobile/v1/enrollments", "post", "responses", "201")
    certificate = pysequoia.Cert.from_bytes(enrolled["server_public_key"].encode())
    assert enrolled["server_key_fingerprint"] == certificate.fingerprint.upper()
