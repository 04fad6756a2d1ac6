"""The desk for what is configured: shown as the database has it, and changed one field at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.mobile_config import ManageMobileConfig
from token_server.flows.configuration import ReadConfiguration


class ConfigurationDesk:
    """Shows the configuration in force and changes the mobile config."""

    def __init__(
        self, configuration: ReadConfiguration, mobile_config: ManageMobileConfig, say: Callable[[str], None]
    ) -> None:
        """Read `configuration`, change `mobile_config`, tell it to `say`."""
        self._configuration = configuration
        self._mobile_config = mobile_config
        self._say = say

    async def show(self) -> None:
        """Show everything that portals and phones meet, but for the applications, which have a command of their own."""
        snapshot = await self._configuration.snapshot()
        self._say("Mobile authentication")
        for name, value in asdict(snapshot.mobile_config).items():
            self._say(f"  {name:<40} {str(value).lower()}")
        self._say("Authentication types")
        for kind in snapshot.authentication_types.values():
            self._say(f"  {kind.name:<24} {kind.method:<10} {kind.expires_in_s:>4} s   {_manners(kind)}")
        self._say("Confirmation templates")
        for language_code, template in snapshot.confirmation_templates.items():
            self._say(f"  {language_code:<24} {template!r}")
        self._say("Callback endpoints")
        for endpoint in snapshot.callback_endpoints.values():
            guard = "" if endpoint.username is None else f"   as {endpoint.username}"
            self._say(f"  {endpoint.callback_uri}{guard}")
        self._say("API clients")
        for stored in snapshot.api_clients.values():
            self._say(f"  {stored.client.client_id:<24} {stored.client.display_name} ({stored.client.origin})")
        self._say("Applications: token-server applications list")

    async def change(self, name: str, value: str) -> None:
        """Change one field of the mobile config.

        Errors: InvalidParameter.
        """
        before, after = await self._mobile_config.change_field(TERMINAL, name, value)
        self._say(f"{name}: {str(before).lower()} -> {str(after).lower()}; running servers know within a second.")


def _manners(kind: AuthenticationType) -> str:
    languages = ", ".join(sorted(kind.default_messages)) or "none"
    turning = [f"changes every {kind.rotation_s} s, good for {kind.accept_window_s} s more"] if kind.rotation_s else []
    matching = ["number matching"] if kind.number_matching else []
    return "; ".join((f"default messages: {languages}", *turning, *matching))
