"""Callback endpoints over the API; the address stands in the path percent-encoded, its slashes as %2F.

GET    /api/v1/callback-endpoints
POST   /api/v1/callback-endpoints                    {"callback_uri": "…", "username": "…", "password": "…"}
GET    /api/v1/callback-endpoints/{callback_uri}
PUT    /api/v1/callback-endpoints/{callback_uri}     {"username": "…", "password": "…"}; without password: it stays
DELETE /api/v1/callback-endpoints/{callback_uri}
POST   /api/v1/callback-endpoints/{callback_uri}/test    {"client_id": "shop"} > how it went, also when it failed
"""

from __future__ import annotations

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.changes import described
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.paging import answer_whole
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.callbacks import is_success
from token_server.domain.facts import facts_of
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints
from token_server.flows.administration.callback_trials import TryEndpoint
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load

ONE = "/callback-endpoints/{callback_uri:[^/]+}"


class CredentialsSchema(StrictSchema):
    """The body that changes an endpoint."""

    username = fields.String(allow_none=True, load_default=None)
    password = fields.String(load_default=None)


class NewEndpointSchema(CredentialsSchema):
    """The body that makes an endpoint."""

    callback_uri = fields.String(required=True)


class TrialSchema(StrictSchema):
    """The body that asks for a test call."""

    client_id = fields.String(required=True)


class CallbackEndpoints:
    """Lists, makes, changes, tries and removes callback endpoints."""

    def __init__(self, endpoints: ManageCallbackEndpoints, trials: TryEndpoint) -> None:
        """Ask the flows."""
        self._endpoints = endpoints
        self._trials = trials

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_MOBILE_AUTHENTICATION, Permission.CHANGE_MOBILE_AUTHENTICATION
        return [
            Operation("GET", "/callback-endpoints", self.list, see),
            Operation("POST", "/callback-endpoints", self.create, change),
            Operation("GET", ONE, self.show, see),
            Operation("PUT", ONE, self.change, change),
            Operation("DELETE", ONE, self.remove, change),
            Operation("POST", f"{ONE}/test", self.test, change),
        ]

    async def list(self, call: Call) -> web.Response:
        """List endpoints by address."""
        found = await self._endpoints.list_all()
        return answer_whole(call.request, "callback_endpoints", found, _told, lambda each: each.value.callback_uri)

    async def create(self, call: Call) -> web.Response:
        """Put an address on the list.

        Errors: InvalidParameter, AlreadyExists.
        """
        members = load(NewEndpointSchema(), await read_json(call.request))
        endpoint = CallbackEndpoint(members["callback_uri"], members["username"])
        await self._endpoints.create(call.operator, endpoint, password=members["password"])
        return await self._answer(endpoint.callback_uri, 201)

    async def show(self, call: Call) -> web.Response:
        """Return one endpoint.

        Errors: NotFound.
        """
        return await self._answer(call.named("callback_uri"))

    async def change(self, call: Call) -> web.Response:
        """Change the credentials.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, uri = required_revision(call.request), call.named("callback_uri")
        members = load(CredentialsSchema(), await read_json(call.request))
        endpoint = CallbackEndpoint(uri, members["username"])
        await self._endpoints.change(call.operator, endpoint, revision=revision, password=members["password"])
        return await self._answer(uri)

    async def remove(self, call: Call) -> web.Response:
        """Take an address off the list.

        Errors: NotFound, ChangedMeanwhile.
        """
        revision = required_revision(call.request)
        await self._endpoints.remove(call.operator, call.named("callback_uri"), revision=revision)
        return web.Response(status=204)

    async def test(self, call: Call) -> web.Response:
        """Make a test call and tell how it went, also when it failed: that is the answer, not an error.

        Errors: NotFound, InvalidParameter, Limited.
        """
        client_id = load(TrialSchema(), await read_json(call.request))["client_id"]
        trial = await self._trials.try_out(call.operator, call.named("callback_uri"), client_id)
        return answer_json({**facts_of(trial), "delivered": is_success(trial.result)})

    async def _answer(self, uri: str, status: int = 200) -> web.Response:
        found = await self._endpoints.get(uri)
        return answer_json(_told(found), status, etag(found.revision))


def _told(found: Revised[CallbackEndpoint]) -> dict[str, object]:
    body = described(found)
    del body["disabled_at"]  # an endpoint is removed, not disabled
    return body
