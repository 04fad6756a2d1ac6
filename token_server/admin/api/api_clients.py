"""API clients over the API.

GET   /api/v1/api-clients
POST  /api/v1/api-clients                                       > 201 with the secret, once, unless it signs
GET   /api/v1/api-clients/{client_id}
PATCH /api/v1/api-clients/{client_id}                           the fields to change, or {"disabled": true}
POST  /api/v1/api-clients/{client_id}/rotate-secret             {"overlap_s": 86400} > the new secret, once
GET   /api/v1/api-clients/{client_id}/callback-secrets          what signs callbacks; the audit trail notes it
POST  /api/v1/api-clients/{client_id}/rotate-callback-secret    {"overlap_s": 86400}
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from marshmallow import fields, post_load
from marshmallow.validate import Range

from token_server.admin.api.changes import PatchSchema, described
from token_server.admin.api.configured import Collection, ConfiguredResource
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.revisions import required_revision
from token_server.domain.api_clients import ApiClient, AuthenticationMethod, ConfiguredApiClient, Right
from token_server.domain.operators import Permission
from token_server.flows.administration.api_clients import LONGEST_OVERLAP_S, ManageApiClients
from token_server.flows.callback_secrets import CallbackSecrets
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load

ONE = "/api-clients/{client_id:[^/]+}"


class ClientSchema(StrictSchema):
    """What a client is made of, but its id."""

    display_name = fields.String()
    origin = fields.String()
    origins = fields.List(fields.String())
    callback_uris = fields.List(fields.String())
    valid_for = fields.List(fields.Enum(Right, by_value=True))
    authentication_method = fields.Enum(AuthenticationMethod, by_value=True)
    jwks = fields.Dict(keys=fields.String(), allow_none=True)

    @post_load
    def as_kept(self, members: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the members with lists whose order says nothing as sets, and the key set as text."""
        if "jwks" in members:
            members["jwks"] = json.dumps(members["jwks"]) if members["jwks"] else ""
        return {name: frozenset(value) if isinstance(value, list) else value for name, value in members.items()}


class NewClientSchema(ClientSchema):
    """The body that makes a client."""

    client_id = fields.String(required=True)
    display_name = fields.String(required=True)
    origin = fields.String(required=True)
    valid_for = fields.List(fields.Enum(Right, by_value=True), required=True)


class ChangedClientSchema(ClientSchema, PatchSchema):
    """The body that changes a client."""


class OverlapSchema(StrictSchema):
    """The body that rotates a secret."""

    overlap_s = fields.Integer(strict=True, required=True, validate=Range(0, LONGEST_OVERLAP_S))


def describe(found: ConfiguredApiClient) -> dict[str, Any]:
    """Return what is told of a client; none of its secrets."""
    jwks = json.loads(found.value.jwks) if found.value.jwks else None
    return described(found) | {"jwks": jwks, "previous_secret_until": found.previous_secret_until}


class ApiClients(ConfiguredResource[ApiClient]):
    """Lists, makes and changes API clients and their secrets."""

    collection = Collection(
        home="/api-clients",
        one=ONE,
        key="client_id",
        name="api_clients",
        see=Permission.SEE_API_CLIENTS,
        change=Permission.CHANGE_API_CLIENTS,
        new_schema=NewClientSchema,
        change_schema=ChangedClientSchema,
        make=ApiClient,
        describe=describe,
    )

    def __init__(self, clients: ManageApiClients, callback_secrets: CallbackSecrets) -> None:
        """Ask the flows."""
        super().__init__(clients)
        self._clients = clients
        self._callback_secrets = callback_secrets

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            *super().operations(),
            Operation("POST", f"{ONE}/rotate-secret", self.rotate, self.collection.change),
            Operation("GET", f"{ONE}/callback-secrets", self.show_callback_secrets, self.collection.change),
            Operation("POST", f"{ONE}/rotate-callback-secret", self.rotate_callback, self.collection.change),
        ]

    async def rotate(self, call: Call) -> web.Response:
        """Make a client secret, told this once.

        Errors: NotFound, InvalidParameter, WrongState, ChangedMeanwhile.
        """
        revision, client_id = required_revision(call.request), call.named("client_id")
        overlap_s = load(OverlapSchema(), await read_json(call.request))["overlap_s"]
        secret = await self._clients.rotate_secret(call.operator, client_id, revision=revision, overlap_s=overlap_s)
        return await self._answer(client_id, client_secret=secret)

    async def show_callback_secrets(self, call: Call) -> web.Response:
        """Return what signs the client's callbacks.

        Errors: NotFound.
        """
        shown = await self._callback_secrets.show(call.named("client_id"), call.operator)
        secrets = [{"callback_secret": each.text, "retires_at": each.retires_at} for each in shown]
        return answer_json({"callback_secrets": secrets})

    async def rotate_callback(self, call: Call) -> web.Response:
        """Make a callback secret.

        Errors: NotFound, InvalidParameter.
        """
        overlap_s = load(OverlapSchema(), await read_json(call.request))["overlap_s"]
        secret = await self._callback_secrets.rotate(
            call.named("client_id"), overlap_s=overlap_s, operator=call.operator
        )
        return answer_json({"callback_secret": secret, "retires_at": None})
