"""Credentials as they stand in a request: Basic, form parameters, Bearer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from aiohttp import web

from token_server.domain.errors import NotAuthenticated

LONGEST_TOKEN = 8192


@dataclass(frozen=True)
class Credentials:
    """A client id and secret, not yet compared with anything."""

    client_id: str
    secret: str = field(repr=False)


def client_credentials(request: web.Request, form: Mapping[str, str] | None = None) -> Credentials:
    """Return the client's credentials from the Authorization header, else from the form.

    Source: RFC 6749 section 2.3.1 (the Basic parts are form-encoded), RFC 7617.
    Errors: NotAuthenticated when there are none.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        return _basic(header)
    if form and "client_id" in form and "client_secret" in form:
        return Credentials(form["client_id"], form["client_secret"])
    raise no_client()


def bearer_token(request: web.Request) -> str:
    """Return the access token (RFC 6750 section 2.1).

    Errors: NotAuthenticated.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotAuthenticated("An access token is needed: Authorization: Bearer …")
    return token


def no_client() -> NotAuthenticated:
    """Return the refusal that the vendor documents for missing and wrong client credentials alike."""
    return NotAuthenticated(
        "Client authentication failed (e.g., unknown client, no client authentication included, "
        "or unsupported authentication method)."
    )


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (ValueError, binascii.Error):
        raise no_client() from None
    client_id, colon, secret = text.partition(":")
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if scheme.lower() != "basic" or not colon or "\0" in client_id:
        raise no_client()
    return Credentials(client_id, secret)
