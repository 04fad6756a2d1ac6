"""The API's door: every operation names its permission, and none can be offered without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from token_server.domain.operators import Operator, Permission
from token_server.flows.administration.operator_tokens import OperatorTokens
from token_server.web.credentials import bearer_token

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Call:
    """A request of a program, and the operator it acts for."""

    request: web.Request
    operator: Operator

    def named(self, name: str) -> str:
        """Return a parameter of the path."""
        return self.request.match_info[name]


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Operation:
    """One route of the API, its path below `/api/v1`."""

    method: str
    path: str
    handler: Handler
    permission: Permission


class ApiDoor:
    """Lets programs in by their operator's token."""

    def __init__(self, tokens: OperatorTokens) -> None:
        """Recognise `tokens`."""
        self._tokens = tokens

    def route(self, operation: Operation) -> web.RouteDef:
        """Return the route of an operation, guarded."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            operator = await self._tokens.recognise(bearer_token(request))
            operator.require(operation.permission)
            return await operation.handler(Call(request, operator))

        path = f"{PREFIX}{operation.path}"
        if operation.method == "GET":
            return web.get(path, guarded, allow_head=False)
        return web.route(operation.method, path, guarded)
