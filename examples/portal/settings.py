"""What the portal has to be told, all from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The portal's own address, the token server's, and the secrets between them; a callback password is optional."""

    url: str
    port: int
    bank: str
    token_server: str
    client_id: str
    client_secret: str
    callback_secret: str
    callback_username: str
    callback_password: str


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings; a secret may be in a file, named by `…_FILE`."""
    port = int(environ.get("PORTAL_PORT", "8000"))
    return Settings(
        url=environ.get("PORTAL_URL", f"http://127.0.0.1:{port}"),
        port=port,
        bank=environ.get("PORTAL_NAME", "Example Bank"),
        token_server=environ.get("PORTAL_TOKEN_SERVER", "http://127.0.0.1:8080"),
        client_id=environ.get("PORTAL_CLIENT_ID", "portal"),
        client_secret=_secret(environ, "PORTAL_CLIENT_SECRET"),
        callback_secret=_secret(environ, "PORTAL_CALLBACK_SECRET"),
        callback_username=environ.get("PORTAL_CALLBACK_USERNAME", "token-server"),
        callback_password=_secret(environ, "PORTAL_CALLBACK_PASSWORD", ""),
    )


def _secret(environ: Mapping[str, str], name: str, default: str | None = None) -> str:
    if file := environ.get(f"{name}_FILE"):
        return Path(file).read_text("utf-8").strip()
    return environ[name] if default is None else environ.get(name, default)
