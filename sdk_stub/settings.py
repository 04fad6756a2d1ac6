"""What an app is built with: whose server it talks to, and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from yarl import URL

from sdk_stub.errors import Code, SdkError


@dataclass(frozen=True)
class Settings:
    """The app's configuration model.

    `allow_plain_http` lets secrets travel unencrypted to another machine; this machine is always allowed.
    Units: seconds.
    """

    server: str
    application_identifier: str
    application_version: str
    store: Path
    application_platform: str = "android"
    device_name: str = "Phone in a terminal"
    device_model: str | None = None
    os_version: str | None = None
    allow_plain_http: bool = False
    timeout_s: float = 10.0
    retry_delays_s: tuple[float, ...] = (0.2, 0.8)


def check_server(settings: Settings) -> str:
    """Return the server's address without a trailing slash.

    Errors: SdkError 8014.
    """
    try:
        url = URL(settings.server)
    except ValueError as error:
        raise SdkError(Code.MalformedUrl, f"{settings.server} is not an address") from error
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment or url.user:
        raise SdkError(Code.MalformedUrl, f"{settings.server} is not of the form https://host[:port][/path]")
    if url.scheme == "http" and not (settings.allow_plain_http or _is_this_machine(url.host)):
        raise SdkError(Code.MalformedUrl, f"{settings.server} would carry secrets unencrypted: use https")
    return settings.server.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3
