"""The demo's stage: a real server with a real configuration file on an empty database, and the example portal."""

from __future__ import annotations

import base64
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.demo.processes import Child, running
from examples.phone.app import APPLICATION

BANK = "Example Bank"
CONFIGURATION = """\
[server]
port = {server_port}

[admin]
port = 0

[database]
url = "sqlite:///{folder}/token-server.sqlite3"

[security]
key_file = "{folder}/token-server.key"

[logging]
format = "json"

[callbacks]
private_networks = ["127.0.0.0/8"]   # the portal is on this machine

[[authentication_types]]
name = "login"
method = "OTP"
expires_in_s = {expires_in_s}
rotation_s = 1                       # the code is another one each second …
accept_window_s = 5                  # … and one that was photographed is worthless after five

[[authentication_types]]
name = "pay"
method = "OTP"
expires_in_s = {expires_in_s}
rotation_s = 1
accept_window_s = 5
number_matching = true               # who confirms has to see the page that asks

[[api_clients]]
client_id = "portal"
display_name = "{bank}"
origin = "{portal_url}"
origins = ["{other_url}"]            # the same portal, to whoever types this
valid_for = ["mobile_authentication", "user_registration"]
secret_file = "{folder}/portal-secret"
callback_secret_file = "{folder}/callback-secret"

[[applications]]
identifier = "{application}"
name = "{bank} app"

[[callback_endpoints]]
callback_uri = "{portal_url}/callback"
username = "token-server"
password_file = "{folder}/callback-password"
"""


@dataclass(frozen=True)
class Stage:
    """Where everything is."""

    folder: Path
    server: Child
    server_url: str
    portal: Child
    portal_url: str


def free_port(preferred: int = 0) -> int:
    """Return a free TCP port of this machine, the preferred one if it can be had."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("this machine has no free port")


def write_configuration(folder: Path, *, server_port: int, portal_url: str, expires_in_s: int) -> Path:
    """Write the server's configuration file and the three secrets that it names."""
    for name in ("portal-secret", "callback-password"):
        (folder / name).write_text(secrets.token_urlsafe(32), "utf-8")
    signing = base64.b64encode(secrets.token_bytes(32)).decode()
    (folder / "callback-secret").write_text(f"whsec_{signing}", "utf-8")
    file = folder / "token_server.toml"
    text = CONFIGURATION.format(
        folder=folder,
        server_port=server_port,
        portal_url=portal_url,
        other_url=portal_url.replace("127.0.0.1", "localhost"),
        expires_in_s=expires_in_s,
        bank=BANK,
        application=APPLICATION,
    )
    file.write_text(text, "utf-8")
    return file


@asynccontextmanager
async def set_stage(
    folder: Path, *, expires_in_s: int, server_port: int = 0, portal_port: int = 0, program: str = "examples.portal"
) -> AsyncIterator[Stage]:
    """Start the server and the portal, alone or with a phone beside it; stop them when the context ends.

    Errors: ChildFailed.
    """
    portal_port = free_port(portal_port)
    portal_url = f"http://127.0.0.1:{portal_port}"
    port = free_port(server_port) if server_port else 0
    file = write_configuration(folder, server_port=port, portal_url=portal_url, expires_in_s=expires_in_s)
    async with AsyncExitStack() as stack:
        arguments = ("token_server", "serve", "--config", str(file))
        server = await stack.enter_async_context(running("The server", *arguments, log=folder / "server.log"))
        server_url = str(json.loads(await server.line_with('"serving"'))["address"])
        environment = {
            "PORTAL_URL": portal_url,
            "PORTAL_PORT": str(portal_port),
            "PORTAL_NAME": BANK,
            "PORTAL_TOKEN_SERVER": server_url,
            "PORTAL_CLIENT_SECRET_FILE": str(folder / "portal-secret"),
            "PORTAL_CALLBACK_PASSWORD_FILE": str(folder / "callback-password"),
            "PORTAL_CALLBACK_SECRET_FILE": str(folder / "callback-secret"),
            "PHONE_STORE": str(folder / "phone.json"),
        }
        portal = await stack.enter_async_context(
            running("The portal", program, log=folder / "portal.log", environment=environment)
        )
        await portal.line_with("the portal is at")
        yield Stage(folder, server, server_url, portal, portal_url)
