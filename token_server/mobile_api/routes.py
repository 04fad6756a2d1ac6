"""Every path of the mobile API, in one screen."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from token_server.mobile_api.devices import Devices
from token_server.mobile_api.enrollments import Enrollments
from token_server.mobile_api.grants import Grants
from token_server.mobile_api.logos import Logos
from token_server.mobile_api.profiles import Profiles
from token_server.mobile_api.transactions import Transactions

MOBILE = "/mobile/v1"
# aiohttp's own pattern leaves braces out; what is unknown looks alike.
LOGO = "{logo_hash:[^/]+}"
PROVIDER, TRANSACTION = "{identity_provider:[^/]+}", "{transaction_id:[^/]+}"


@dataclass(frozen=True)
class MobileApi:
    """The families of the mobile API, each with exactly the flows it may use."""

    devices: Devices
    profiles: Profiles
    grants: Grants
    enrollments: Enrollments
    transactions: Transactions
    logos: Logos

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/oauth/register", self.devices.register),
            web.post(f"/oauth/custom-registration/{PROVIDER}/complete", self.profiles.complete),
            web.post("/oauth/token", self.grants.token),
            web.post("/oauth/revoke", self.grants.revoke),
            web.get("/.well-known/jwks.json", self.grants.jwks, allow_head=False),
            web.get(f"{MOBILE}/logos/{LOGO}", self.logos.show, allow_head=False),
            web.delete(f"{MOBILE}/profile", self.profiles.remove),
            web.post(f"{MOBILE}/enrollments", self.enrollments.create),
            web.get(f"{MOBILE}/enrollments/current", self.enrollments.current, allow_head=False),
            web.delete(f"{MOBILE}/enrollments/current", self.enrollments.remove),
            web.post(f"{MOBILE}/transactions/claim", self.transactions.claim),
            web.post(f"{MOBILE}/transactions/{TRANSACTION}/answer", self.transactions.answer),
        ]
