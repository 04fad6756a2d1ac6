"""Asking the portal API anything, with any credentials or none."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession, encode_basic_auth

from tests.journeys.wire_phone import Reply
from tests.support.server import API, PORTAL_ID, PORTAL_SECRET, World

SHOP = (PORTAL_ID, PORTAL_SECRET)
NEVER_STORE = {"Cache-Control": "no-cache, no-store, must-revalidate", "Pragma": "no-cache"}
JSON_UTF8 = "application/json;charset=UTF-8"
FORM = "application/x-www-form-urlencoded"
TRANSACTION_ID = "5927555c-d40c-408d-8149-b3db671e14cc"
START = ("POST", "/authenticate/user")
RESULT = ("GET", f"/authenticate/transaction/{TRANSACTION_ID}")
AUTHENTICATION = [
    START,
    RESULT,
    ("GET", f"/authenticate/transaction/{TRANSACTION_ID}/qr.svg"),
    ("GET", f"/authenticate/transaction/{TRANSACTION_ID}/qr.png"),
    ("GET", f"/authenticate/transaction/{TRANSACTION_ID}/callback"),
    ("POST", f"/authenticate/transaction/{TRANSACTION_ID}/callback/retry"),
    ("POST", "/callbacks/test"),
    ("GET", "/authenticate/user/alice/enabled"),
    ("GET", "/authenticate/user/alice/device/05ED/enabled"),
    ("POST", "/authenticate/user/alice/sms"),
    ("POST", "/authenticate/user/alice/sms/resend"),
    ("POST", "/users/alice/registration-codes"),
]
DEVICE_API = [
    ("GET", "/users/alice/devices"),
    ("POST", "/users/alice/devices"),
    ("DELETE", "/users/alice/devices"),
    ("DELETE", "/users/alice/devices/05ED"),
    ("POST", "/users/alice/devices/05ED/disableMobileAuthentication"),
    ("POST", "/users/alice/devices/05ED/disablePushAuthentication"),
    ("POST", "/users/alice/devices/05ED/disableFingerprint"),
]


async def ask(world: World, method: str, path: str, *, credentials: tuple[str, str] | None = SHOP, **how: Any) -> Reply:
    """Send one request below `/oauth/api/v4`, or to the path as it is when it begins so, and return the answer."""
    headers = dict(how.pop("headers", {}))
    if credentials is not None:
        headers["Authorization"] = encode_basic_auth(*credentials)
    path = path if path.startswith("/oauth/") else API + path
    async with ClientSession() as http, http.request(method, world.url + path, headers=headers, **how) as response:
        return Reply(response.status, response.headers, await response.read())


def start_form(world: World, **changed: str | None) -> dict[str, str]:
    """A good form for a start; a parameter that is changed to None is left out."""
    form: dict[str, str | None] = {"type": "login", "callback_uri": world.callbacks.url, "message": "Log in", **changed}
    return {name: value for name, value in form.items() if value is not None}


async def start(world: World, **changed: str | None) -> Reply:
    """Start a transaction."""
    return await ask(world, *START, data=start_form(world, **changed))


def told(reply: Reply) -> tuple[int, str, int | None]:
    """Status, `error` and `error_code` of a v4 refusal, which has no other members but its description."""
    assert reply.json.keys() - {"error_code"} == {"error", "error_description"}
    assert reply.headers["Content-Type"] == JSON_UTF8
    assert_never_stored(reply)
    return reply.status, reply.json["error"], reply.json.get("error_code")


def assert_never_stored(reply: Reply) -> None:
    """The documented headers, word for word."""
    assert {name: reply.headers.get(name) for name in NEVER_STORE} == NEVER_STORE
