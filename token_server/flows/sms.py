"""SMS is not offered; whoever asks is told so, in the vendor's words."""

from __future__ import annotations

from typing import NoReturn

from token_server.domain.errors import SmsDisabled
from token_server.flows.configuration import ReadConfiguration


class RefuseSms:
    """Answers for a method that there is not."""

    def __init__(self, configuration: ReadConfiguration) -> None:
        """Ask `configuration` whether mobile authentication as a whole is on."""
        self._configuration = configuration

    async def refuse(self) -> NoReturn:
        """Refuse.

        Errors: FeatureDisabled (1000), else SmsDisabled (3000).
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        problem = "SMS authentication disabled"
        raise SmsDisabled(problem)
