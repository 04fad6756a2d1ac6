"""API clients: the portals, their secrets, and what each may call.

GET  /api-clients                                   list
GET, POST /new/api-client                           shows the secret, once
GET, POST /api-clients/{client_id}                  the form; on a conflict beside what is stored by now
GET, POST /api-clients/{client_id}/{disable|enable}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from token_server.admin.console.configured import ConfiguredPages, Family
from token_server.admin.console.forms import Form
from token_server.admin.console.visits import Visit
from token_server.domain.api_clients import ApiClient, AuthenticationMethod, Right
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Permission

HOME = "/api-clients"
LABELS = {
    "client_id": "Client ID",
    "display_name": "Name",
    "origin": "Origin",
    "origins": "More origins",
    "valid_for": "Valid for APIs",
    "authentication_method": "Authentication method",
    "jwks": "Public keys",
    "logo": "Logo",
    "callback_uris": "Callback URLs",
}
RIGHTS = {
    Right.MOBILE_AUTHENTICATION: "Mobile authentication",
    Right.END_USER: "End user",
    Right.USER_REGISTRATION: "User registration",
}
METHODS = {
    AuthenticationMethod.CLIENT_SECRET: "Client secret",
    AuthenticationMethod.PRIVATE_KEY_JWT: "Private key JWT",
    AuthenticationMethod.BOTH: "Both, while it changes over",
}
WARNINGS = {
    "disable": "The portal is refused from now on: nobody can log in there.",
    "enable": "The portal may come in again, with the secret it had.",
}


class ApiClientPages(ConfiguredPages[ApiClient]):
    """The list of API clients and the form of each."""

    family = Family(
        home=HOME,
        new="/new/api-client",
        key="client_id",
        after_change=HOME,
        after_doubt=f"{HOME}/{{key}}",
        list_template="api_clients.html",
        form_template="api_client.html",
        see=Permission.SEE_API_CLIENTS,
        change=Permission.CHANGE_API_CLIENTS,
        warnings=WARNINGS,
        labels=LABELS,
        words={"rights": RIGHTS, "methods": METHODS},
        blank=ApiClient("", "", "", frozenset({Right.MOBILE_AUTHENTICATION})),
    )

    def _read(self, form: Form, key: str, stands: ApiClient) -> ApiClient:
        try:
            valid_for = frozenset(Right(each) for each in form.texts("valid_for"))
        except ValueError:
            raise InvalidParameter("valid_for", f"must be some of {', '.join(Right)}") from None
        return ApiClient(
            key,
            form.text("display_name"),
            form.text("origin").strip(),
            valid_for,
            frozenset(form.text("origins").split()),
            form.word("authentication_method", AuthenticationMethod),
            form.text("jwks").strip(),
            stands.logo,  # which has a form of its own
            frozenset(form.text("callback_uris").split()),
        ).in_order()

    def _created(self, visit: Visit, thing: ApiClient, secret: str | None) -> web.Response:
        if secret is None:
            return visit.go(f"{HOME}/{thing.client_id}", f"{thing.client_id} is made. It logs in with its key.")
        return self._pages.show(
            visit,
            "api_client_secrets.html",
            client_id=thing.client_id,
            lead="Keep the secret now: it is shown this once.",
            secrets=[("Client secret", secret, None)],
        )

    def _filled(self, form: Form, thing: ApiClient) -> Mapping[str, Any]:
        return {
            "ticked": form.texts("valid_for") if form.fields else [each.value for each in thing.valid_for],
            "jwks": readable_jwks(thing.jwks),
        }


def readable_jwks(jwks: str) -> str:
    """Return a key set as people read it."""
    return json.dumps(json.loads(jwks), indent=2) if jwks else ""
