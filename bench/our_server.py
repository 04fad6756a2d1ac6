"""Our server as anybody would start it: a configuration file, a secret in the environment, `token-server serve`."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.http_client import basic
from bench.phones import APPLICATION
from bench.processes import free_port, running

AUTHENTICATION_TYPE = "login"
BRIEF_TYPE = "brief"  # for who waits in vain
CLIENT = "bench-portal"
SECRET_NAME = "BENCH_PORTAL_SECRET"

CONFIGURATION = """\
[server]
host = "127.0.0.1"
port = {port}

[database]
url = "{database}"

[security]
key_file = "{key_file}"

[logging]
format = "json"
level = "warning"

[mobile_api]
access_token_s = 3600

[admin]
enabled = false

[callbacks]
private_networks = ["127.0.0.0/8"]

[audit]
chained = {chained}

[limits]
device_registrations = 1200000
device_requests = 1200000

[features]
mobile_authentication = true

[general_mobile_config]
enrollment_enabled = true
re_enrollment_allowed = true
only_allow_preconfigured_callback_urls = true
unique_pgp_keys_per_enrollment = {unique_keys}

[[authentication_types]]
name = "{type}"
method = "OTP"
expires_in_s = 300
default_messages = {{ en = "Log in?" }}

[[authentication_types]]
name = "{brief_type}"
method = "OTP"
expires_in_s = {brief_s}
default_messages = {{ en = "Log in?" }}

[[api_clients]]
client_id = "{client}"
display_name = "Bench portal"
origin = "http://127.0.0.1:1"
valid_for = ["mobile_authentication", "end_user", "user_registration"]
secret_env = "{secret_name}"

[[applications]]
identifier = "{application}"
name = "Bench app"

[[callback_endpoints]]
callback_uri = "{callback_uri}"
"""


@dataclass(frozen=True)
class OurServer:
    """A running server: process id, port, and the portal's credentials as a header line."""

    pid: int
    port: int
    credentials: str
    secret: str
    key_file: Path


@contextlib.contextmanager
def server_running(
    folder: Path,
    database: str,
    *,
    core: int,
    callback_uri: str,
    unique_keys: bool = False,
    chained: bool = True,
    brief_s: int = 60,
    beside: OurServer | None = None,
) -> Iterator[OurServer]:
    """Run a server of our own while the block lasts: on an empty database, or on the same one `beside` another."""
    folder.mkdir()
    port, secret = free_port(), beside.secret if beside else secrets.token_urlsafe(32)
    key_file = beside.key_file if beside else folder / "token-server.key"
    text = CONFIGURATION.format(
        port=port,
        database=database or f"sqlite:///{folder}/bench.sqlite3",
        key_file=key_file,
        unique_keys=str(unique_keys).lower(),
        chained=str(chained).lower(),
        type=AUTHENTICATION_TYPE,
        brief_type=BRIEF_TYPE,
        brief_s=brief_s,
        client=CLIENT,
        secret_name=SECRET_NAME,
        application=APPLICATION,
        callback_uri=callback_uri,
    )
    file = folder / "token_server.toml"
    file.write_text(text)
    command = [sys.executable, "-m", "token_server", "serve", "--config", str(file)]
    log = folder / "server.log"
    with running(command, cores=str(core), port=port, log=log, environment={SECRET_NAME: secret}) as pid:
        yield OurServer(pid, port, basic(CLIENT, secret), secret, key_file)
