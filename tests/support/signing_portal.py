"""A portal that signs instead of knowing a secret: its keys, and the assertions that it makes with PyJWT."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from token_server.domain.api_clients import ApiClient, AuthenticationMethod, Right
from token_server.domain.client_assertions import JWT_BEARER
from token_server.domain.client_keys import canonical_jwks

ALGORITHMS = ("EdDSA", "ES256", "PS256")
CLIENT_ID = "signer"


@dataclass(frozen=True)
class PortalKey:
    """A key pair of one algorithm."""

    algorithm: str
    private: Any

    @classmethod
    def new(cls, algorithm: str = "EdDSA") -> PortalKey:
        """Make one."""
        if algorithm == "EdDSA":
            return cls(algorithm, ed25519.Ed25519PrivateKey.generate())
        if algorithm == "ES256":
            return cls(algorithm, ec.generate_private_key(ec.SECP256R1()))
        return cls(algorithm, rsa.generate_private_key(65537, 2048))

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public half, as PyJWT writes it."""
        return dict(jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key(), as_dict=True))

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return a JWT of those claims, whatever they are; `header` members beside the usual ones."""
        return jwt.PyJWS().encode(json.dumps(claims).encode(), self.private, self.algorithm, header)

    def assertion(self, audience: str, now_ms: int, client_id: str = CLIENT_ID, **changed: Any) -> str:
        """Return a good assertion; a claim that is changed to None is left out."""
        return self.sign(claims_for(audience, now_ms, client_id, **changed))


def claims_for(audience: str, now_ms: int, client_id: str = CLIENT_ID, **changed: Any) -> dict[str, Any]:
    """Return the claims of a good assertion; one that is changed to None is left out."""
    now_s = now_ms // 1000
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "iat": now_s, "exp": now_s + 60}
    claims |= {"jti": uuid.uuid4().hex, **changed}
    return {name: value for name, value in claims.items() if value is not None}


@cache
def key_of(algorithm: str) -> PortalKey:
    """One key pair of that algorithm: RSA takes its time."""
    return PortalKey.new(algorithm)


def jwks_of(*keys: PortalKey) -> str:
    """Return the key set that an admin pastes."""
    return json.dumps({"keys": [each.public_jwk for each in keys]})


def signing_client(*keys: PortalKey, method: AuthenticationMethod = AuthenticationMethod.PRIVATE_KEY_JWT) -> ApiClient:
    """Return a client that has those keys."""
    return ApiClient(
        CLIENT_ID,
        "Signing Shop",
        "https://signing.example",
        frozenset(Right),
        authentication_method=method,
        jwks=canonical_jwks(jwks_of(*keys)),
    )


def form_of(assertion: str) -> dict[str, str]:
    """Return the form's parameters that carry it."""
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion}
