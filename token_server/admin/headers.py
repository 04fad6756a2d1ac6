"""What every answer at the admin's desk tells the browser: nothing from elsewhere, in no frame, kept nowhere."""

from __future__ import annotations

from aiohttp import web

# Our own files and nothing else; no script or style inside a page, so injected ones do nothing; no frame around it, so
# nobody is tricked into clicking (clickjacking); no form and no base that lead elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


async def protect(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to an answer that is about to be sent."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
