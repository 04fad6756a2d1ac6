"""What an app's version may still do once it is installed."""

from __future__ import annotations

from token_server.database.engine import Reader
from token_server.domain.errors import ApplicationRefused
from token_server.stores import applications


async def require_login_enabled(reader: Reader, device_id: str) -> None:
    """Refuse to log anybody in on a device whose version of the app is disabled; access tokens that are out run out.

    Errors: ApplicationRefused.
    """
    if await applications.is_version_disabled(reader, device_id):
        problem = "This version of the application may not be used any more; update it"
        raise ApplicationRefused(problem)
