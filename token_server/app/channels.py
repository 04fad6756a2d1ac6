"""The doors, each with exactly the flows it may use: what a hostile packet could reach is what stands here."""

from __future__ import annotations

from token_server.app.flows import Flows
from token_server.browser_view.doors import Door as BrowserDoor
from token_server.browser_view.events import Events
from token_server.browser_view.pictures import Pictures
from token_server.browser_view.polls import Polls
from token_server.browser_view.routes import BrowserView
from token_server.browser_view.widget import WidgetFiles
from token_server.domain.api_clients import Right
from token_server.mobile_api.devices import Devices as MobileDevices
from token_server.mobile_api.doors import Doors
from token_server.mobile_api.enrollments import Enrollments
from token_server.mobile_api.grants import Grants
from token_server.mobile_api.logos import Logos
from token_server.mobile_api.profiles import Profiles
from token_server.mobile_api.routes import MobileApi
from token_server.mobile_api.transactions import Transactions as MobileTransactions
from token_server.portal_api.availability import Availability
from token_server.portal_api.callbacks import Callbacks
from token_server.portal_api.devices import Devices as PortalDevices
from token_server.portal_api.doors import Door, Recognition
from token_server.portal_api.registration_codes import RegistrationCodes
from token_server.portal_api.routes import PortalApi
from token_server.portal_api.sms import Sms
from token_server.portal_api.tokens import Tokens
from token_server.portal_api.transactions import Transactions as PortalTransactions
from token_server.portal_api.views import Views
from token_server.qr import QrPainter
from token_server.web.addresses import CallerAddresses


def build_portal_api(flows: Flows, painter: QrPainter, addresses: CallerAddresses) -> PortalApi:
    """Return the door for the customer's servers."""
    signing = flows.signing_portals
    recognition = Recognition(flows.callers, signing.assertions, signing.tokens, addresses)
    authentication = Door(recognition, Right.MOBILE_AUTHENTICATION)
    return PortalApi(
        tokens=Tokens(recognition, signing.tokens),
        callbacks=Callbacks(authentication, flows.callbacks.deliveries, flows.callbacks.trial),
        transactions=PortalTransactions(authentication, flows.start_once, flows.result, painter),
        views=Views(authentication, flows.views.open),
        availability=Availability(authentication, flows.availability),
        sms=Sms(authentication, flows.refuse_sms),
        devices=PortalDevices(Door(recognition, Right.END_USER), flows.user_devices),
        registration_codes=RegistrationCodes(
            Door(recognition, Right.USER_REGISTRATION), flows.issue_registration_code, painter
        ),
    )


def build_mobile_api(flows: Flows, addresses: CallerAddresses) -> MobileApi:
    """Return the door for phones."""
    doors = Doors(flows.callers, addresses)
    return MobileApi(
        devices=MobileDevices(flows.register_device, flows.rate_limits, addresses),
        profiles=Profiles(doors, flows.register_user),
        grants=Grants(doors, flows.refresh_tokens, flows.access_tokens),
        enrollments=Enrollments(doors, flows.enroll),
        transactions=MobileTransactions(doors, flows.claim, flows.answer),
        logos=Logos(flows.show_logo),
    )


def build_browser_view(
    flows: Flows, painter: QrPainter, addresses: CallerAddresses, *, heartbeat_s: float
) -> BrowserView:
    """Return the door for browsers; streams give a sign of life every `heartbeat_s` seconds."""
    door = BrowserDoor(flows.views.look, flows.rate_limits, addresses)
    return BrowserView(
        events=Events(door, flows.views.watch, heartbeat_s=heartbeat_s),
        polls=Polls(door, flows.views.look),
        pictures=Pictures(door, flows.views.look, painter),
        widget=WidgetFiles(),
    )
