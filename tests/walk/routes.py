"""Every page of the console: the route that gives it, and where the bank has something to show there."""

from __future__ import annotations

# Nobody is signed in, or only half: seen on the way in.
ON_THE_WAY_IN = (
    "/sign-in",
    "/set-up/{link}",
    "/sign-in/enrol",
    "/sign-in/second-factor",
    "/sign-in/recovery-code",
)
FILES = (
    "/static/{digest}/{name}",
    "/api-clients/{client_id}/logo.png",
    "/transactions/{transaction_id}/evidence",
    "/audit/export",
    "/audit/checkpoints",
)
VERSION = "/applications/example-app/version{}?platform=android&version=1.0"
# By route; the names in braces are what the bank has under them.
INSIDE = {
    "/": "/?range=24h",
    "/transactions": "/transactions",
    "/transactions/{transaction_id}": "/transactions/{accepted}",
    "/users": "/users?user_id={user_id}",
    "/users/{taking}": "/users/revoke?user_id={user_id}&device_id={device_id}",
    "/users/erase": "/users/erase?user_id={user_id}",
    "/devices/{device_id}": "/devices/{device_id}",
    "/devices/{device_id}/delete": "/devices/{device_id}/delete",
    "/callbacks": "/callbacks",
    "/audit": "/audit?event=transaction_accepted",
    "/authentication-types": "/authentication-types",
    "/new/authentication-type": "/new/authentication-type",
    "/authentication-types/{name}": "/authentication-types/approve",
    "/authentication-types/{name}/rename": "/authentication-types/approve/rename",
    "/authentication-types/{name}/{action}": "/authentication-types/approve/disable",
    "/mobile-config": "/mobile-config",
    "/callback-endpoints": "/callback-endpoints",
    "/callback-endpoints/change": "/callback-endpoints/change?uri={callback_uri}",
    "/callback-endpoints/test": "/callback-endpoints/test?uri={callback_uri}",
    "/callback-endpoints/remove": "/callback-endpoints/remove?uri={callback_uri}",
    "/api-clients": "/api-clients",
    "/new/api-client": "/new/api-client",
    "/api-clients/{client_id}": "/api-clients/insurance",
    "/api-clients/{client_id}/{action}": "/api-clients/insurance/disable",
    "/api-clients/{client_id}/secret": "/api-clients/insurance/secret",
    "/api-clients/{client_id}/callback-secrets/rotate": "/api-clients/insurance/callback-secrets/rotate",
    "/applications": "/applications",
    "/new/application": "/new/application",
    "/applications/{identifier}": "/applications/example-app",
    "/applications/{identifier}/{action}": "/applications/example-app/disable",
    "/applications/{identifier}/version": VERSION.format(""),
    "/applications/{identifier}/version/remove": VERSION.format("/remove"),
    "/features": "/features",
    "/languages": "/languages",
    "/server-keys": "/server-keys",
    "/server-keys/{kind}/rotate": "/server-keys/openpgp/rotate",
    "/operators": "/operators",
    "/operators/{operator_id}/{action}": "/operators/{operator_id}/disable",
    "/account": "/account",
    "/tokens": "/tokens",
    "/tokens/{token_id}/revoke": "/tokens/{token_id}/revoke",
}
