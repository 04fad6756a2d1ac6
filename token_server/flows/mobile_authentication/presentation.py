"""How a request looks to the user who is asked: what for, from where, with what.

What is known goes along as facts (`context`), for apps that lay them out themselves. With the feature `geolocation` the
message is made by a template besides, for apps that show nothing but the message (reference: portal API section 8.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from token_server.database.engine import Statement
from token_server.domain import confirmation_texts
from token_server.domain.logos import portal_facts
from token_server.domain.transactions import Transaction
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import audit_events
from token_server.visitors.location_files import Location, LocationsUnavailable
from token_server.visitors.locations import Locations
from token_server.visitors.user_agents import Software, UserAgents


@dataclass(frozen=True)
class Presentation:
    """What the challenge document says of the request; `problem` is why there is no place in it, if that is a fault."""

    message: str
    context: dict[str, str]
    problem: str | None = None

    def events(self, transaction_id: str, *, now: int) -> tuple[Statement, ...]:
        """Return what belongs in the audit trail: that no place could be found for that transaction."""
        if self.problem is None:
            return ()
        facts: dict[str, Any] = {"transaction_id": transaction_id, "problem": self.problem}
        return (audit_events.entry("geolocation_failed", actor="server", now=now, **facts),)


class PresentRequest:
    """Puts a transaction into words for the user; nothing in here can fail a login."""

    def __init__(
        self, configuration: ReadConfiguration, user_agents: UserAgents, locations: Locations, *, base_url: str = ""
    ) -> None:
        """Ask `user_agents` and `locations` what the portal's words about its visitor mean; `base_url` has its logo."""
        self._configuration = configuration
        self._user_agents = user_agents
        self._locations = locations
        self._base_url = base_url

    def portal(self, transaction: Transaction) -> dict[str, object]:
        """Return what to show of the portal, as it was when the transaction began."""
        return portal_facts(transaction.portal_name, transaction.portal_origin, transaction.portal_logo, self._base_url)

    async def refresh_locations(self) -> None:
        """Use the location database as it is now."""
        await self._locations.refresh()

    async def present(self, transaction: Transaction) -> Presentation:
        """Return what to show for the transaction; a secure message is shown instead of the message.

        A place that could not be found leaves the message alone, as the vendor has it.
        """
        configuration = await self._configuration.snapshot()
        message = transaction.secure_message or transaction.message
        software = self._user_agents.read(transaction.user_agent) if transaction.user_agent else Software()
        if not configuration.mobile_config.geolocation:
            return Presentation(message, _context(transaction, software, Location()))
        try:
            location = self._locate(transaction)
        except LocationsUnavailable as problem:
            return Presentation(message, _context(transaction, software, Location()), str(problem))
        context = _context(transaction, software, location)
        if context:
            template = confirmation_texts.choose(configuration.confirmation_templates, transaction.language_code)
            message = confirmation_texts.read_template(template).fill(_values(message, software, location))
        return Presentation(message, context)

    def _locate(self, transaction: Transaction) -> Location:
        if transaction.ip_address is None:
            return Location()
        return self._locations.find(transaction.ip_address, confirmation_texts.languages(transaction.language_code))


def _context(transaction: Transaction, software: Software, location: Location) -> dict[str, str]:
    facts = {
        "ip_address": transaction.ip_address,
        "user_agent": transaction.user_agent,
        "operating_system": software.operating_system,
        "browser": software.browser,
        "country_code": location.country_code,
        "region": location.region,
        "city": location.city,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _values(message: str, software: Software, location: Location) -> dict[str, str]:
    values = {
        confirmation_texts.MESSAGE: message,
        "operatingSystem": software.operating_system,
        "browser": software.browser,
        "countryCode": location.country_code,
        "region": location.region,
        "city": location.city,
    }
    return {name: value for name, value in values.items() if value is not None}
