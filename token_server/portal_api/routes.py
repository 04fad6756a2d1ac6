"""Every path of the portal API, in one screen."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from token_server.portal_api.availability import Availability
from token_server.portal_api.callbacks import Callbacks
from token_server.portal_api.devices import Devices
from token_server.portal_api.registration_codes import RegistrationCodes
from token_server.portal_api.sms import Sms
from token_server.portal_api.tokens import Tokens
from token_server.portal_api.transactions import Transactions
from token_server.portal_api.views import Views

AUTHENTICATE = "/oauth/api/v4/authenticate"
TOKEN = "/oauth/api/v4/token"
CALLBACK_TEST = "/oauth/api/v4/callbacks/test"
# aiohttp's own pattern leaves braces out; user ids are opaque, and what is unknown looks alike.
USER, DEVICE, TRANSACTION = "{user_id:[^/]+}", "{device_id:[^/]+}", "{transaction_id:[^/]+}"
USERS = f"/oauth/api/v4/users/{USER}"


@dataclass(frozen=True)
class PortalApi:
    """The families of the portal API, each with exactly the flows it may use."""

    tokens: Tokens
    transactions: Transactions
    callbacks: Callbacks
    views: Views
    availability: Availability
    sms: Sms
    devices: Devices
    registration_codes: RegistrationCodes

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        transaction = f"{AUTHENTICATE}/transaction/{TRANSACTION}"
        user = f"{AUTHENTICATE}/user/{USER}"
        device = f"{USERS}/devices/{DEVICE}"
        return [
            web.post(TOKEN, self.tokens.issue),
            web.post(f"{AUTHENTICATE}/user", self.transactions.start),
            web.get(transaction, self.transactions.result, allow_head=False),
            web.get(f"{transaction}/qr.svg", self.transactions.qr_svg, allow_head=False),
            web.get(f"{transaction}/qr.png", self.transactions.qr_png, allow_head=False),
            web.get(f"{transaction}/callback", self.callbacks.show, allow_head=False),
            web.post(f"{transaction}/callback/retry", self.callbacks.retry),
            web.post(CALLBACK_TEST, self.callbacks.test),
            web.post(f"{transaction}/view", self.views.open),
            web.get(f"{user}/enabled", self.availability.of_user, allow_head=False),
            web.get(f"{user}/device/{DEVICE}/enabled", self.availability.of_user_and_device, allow_head=False),
            web.post(f"{user}/sms", self.sms.refuse),
            web.post(f"{user}/sms/resend", self.sms.refuse),
            web.post(f"{USERS}/registration-codes", self.registration_codes.create),
            web.get(f"{USERS}/devices", self.devices.list, allow_head=False),
            web.post(f"{USERS}/devices", self.devices.delete_some),
            web.delete(f"{USERS}/devices", self.devices.delete_all),
            web.delete(device, self.devices.delete),
            web.post(f"{device}/disableMobileAuthentication", self.devices.disable_mobile_authentication),
            web.post(f"{device}/disableFingerprint", self.devices.disable_nothing),
            web.post(f"{device}/disablePushAuthentication", self.devices.disable_nothing),
        ]
