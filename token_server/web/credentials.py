"""Credentials as they stand in a request: Basic, form parameters, signed assertions, Bearer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from aiohttp import web

from token_server.domain.callers import unknown_client
from token_server.domain.client_assertions import JWT_BEARER
from token_server.domain.errors import NotAuthenticated

LONGEST_TOKEN = 8192


@dataclass(frozen=True)
class Credentials:
    """A client id and secret, not yet compared with anything."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Assertion:
    """A signed assertion, not yet checked, and the client id beside it if there is one."""

    text: str = field(repr=False)
    client_id: str | None


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
    raise unknown_client()


def client_assertion(request: web.Request, form: Mapping[str, str]) -> Assertion:
    """Return the signed assertion that stands in the form (RFC 7521 section 4.2).

    Errors: NotAuthenticated when there is none, or it is beside other credentials (RFC 6749 section 2.3: one way only).
    """
    text = form.get("client_assertion")
    if text is None or form.get("client_assertion_type") != JWT_BEARER:
        raise unknown_client()
    if "Authorization" in request.headers or "client_secret" in form:
        raise unknown_client()
    return Assertion(text, form.get("client_id"))


def says_bearer(request: web.Request) -> bool:
    """Tell whether the request comes with an access token."""
    return request.headers.get("Authorization", "")[:7].lower() == "bearer "


def bearer_token(request: web.Request) -> str:
    """Return the access token (RFC 6750 section 2.1).

    Errors: NotAuthenticated.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotAuthenticated("An access token is needed: Authorization: Bearer …")
    return token


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (ValueError, binascii.Error):
        raise unknown_client() from None
    client_id, colon, secret = text.partition(":")
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if scheme.lower() != "basic" or not colon or "\0" in client_id:
        raise unknown_client()
    return Credentials(client_id, secret)
