"""What stands on the phone's screen, as JSON for the page.

{"screen": "asked", "message": "Sign in to Example Bank?", "portal": "Example Bank", "origin": "http://127.0.0.1:8000",
 "logo": "9f86d081…", "place": "Amsterdam, NL", "software": "Chrome on Linux",
 "address": "127.0.0.1", "needs_number": false, "left_s": 58}
"""

from __future__ import annotations

from typing import Any

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event

Screen = dict[str, Any]

UNLINKED: Screen = {"screen": "unlinked"}
ACCEPTED: Screen = {"screen": "told", "kind": "good", "title": "Confirmed", "text": "You can go on in the browser."}
DENIED: Screen = {"screen": "told", "kind": "calm", "title": "You said no", "text": "Nothing was confirmed."}
NOT_ME: Screen = {
    "screen": "told",
    "kind": "calm",
    "title": "Good that you looked",
    "text": "Nothing was confirmed, and the website knows that it was not you.",
}
LINKED: Screen = {
    "screen": "told",
    "kind": "good",
    "title": "Linked",
    "text": "This phone can confirm logins and payments now.",
}
REFUSALS = {
    Code.NotHandleable: ("No code for this app", "There is no QR code in this picture, or it is for something else."),
    Code.MobileAuthenticationRequestNotFound: (
        "This code is no longer good",
        "It has changed, was used, or has expired. Scan the one that is shown now.",
    ),
    Code.CustomRegistrationFailure: ("This code does not link", "It was used, or is too old. Get a new one."),
    Code.InvalidRequest: ("That did not work", "Nothing was confirmed. Please start again on the website."),
    Code.ServerNotReachable: ("No connection", "The token server does not answer. Please try again."),
    Code.NoProfileAuthenticated: ("Link this phone first", "It does not belong to anybody yet."),
}


def ready(profile: str) -> Screen:
    """Return the screen of a phone that waits for something to scan."""
    return {"screen": "ready", "profile": profile}


def asked(event: Event, now_ms: int) -> Screen:
    """Return the question; what is not known about the asking browser is left out."""
    request = event["mobileAuthenticationRequest"]
    context = request["context"]
    place = ", ".join(str(context[name]) for name in ("city", "region", "country_code") if name in context)
    software = " on ".join(str(context[name]) for name in ("browser", "operating_system") if name in context)
    screen = {
        "screen": "asked",
        "message": request["message"],
        "portal": request["portal"]["name"],
        "origin": request["portal"]["origin"],
        "logo": request["portal"].get("logo", {}).get("sha256"),
        "place": place,
        "software": software or context.get("user_agent"),
        "address": context.get("ip_address"),
        "needs_number": request["numberRequired"],
        "tries_left": event.get("triesLeft"),
        "left_s": max(0, (request["expiresAt"] - now_ms) // 1000),
    }
    return {name: value for name, value in screen.items() if value not in (None, "")}


def refused(error: SdkError) -> Screen:
    """Return what to say to a person about an error."""
    title, text = REFUSALS.get(error.code, ("That did not work", error.message))
    return {"screen": "told", "kind": "bad", "title": title, "text": text}
