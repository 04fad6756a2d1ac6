"""A small token server for the phone's tests: the documented wire, in memory, on another OpenPGP engine.

It is honest by default. A test may make it `forget` somebody, `lose` answers after acting on them, `refuse` a path, or
`reshape` what it seals, and then look at what it has `heard`.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pysequoia
from aiohttp import BasicAuth, web
from aiohttp.typedefs import Handler

Members = dict[str, Any]
CODE = "tsc_good"
PGP = "application/pgp-encrypted"


@dataclass
class Enrolled:
    enrollment_id: str
    certificate: pysequoia.Cert


@dataclass
class Counterpart:
    """Everything the little server knows."""

    key: pysequoia.Tsk = field(default_factory=lambda: pysequoia.Tsk.generate(user_id="server"))
    devices: dict[str, str] = field(default_factory=dict)
    codes: set[str] = field(default_factory=lambda: {CODE})
    redeemed: dict[tuple[str, str], str] = field(default_factory=dict)
    access_tokens: dict[str, str] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    used_refresh_tokens: dict[str, str] = field(default_factory=dict)
    enrolled: dict[str, Enrolled] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Members] = field(default_factory=dict)
    frames: list[str | None] = field(default_factory=list)
    number: str | None = None
    wrong_numbers: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, tuple[int, Members]] = field(default_factory=dict)
    reshape: Callable[[Members], Members] = field(default=lambda members: members)
    reseal: Callable[[bytes, pysequoia.Cert], bytes] | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._unreliable])
        app.router.add_post("/oauth/register", self._register)
        app.router.add_post("/oauth/custom-registration/registration-code/complete", self._complete)
        app.router.add_post("/oauth/token", self._token)
        app.router.add_post("/oauth/revoke", self._revoke)
        app.router.add_post("/mobile/v1/enrollments", self._enroll)
        app.router.add_delete("/mobile/v1/enrollments/current", self._disenroll)
        app.router.add_delete("/mobile/v1/profile", self._deregister)
        app.router.add_post("/mobile/v1/transactions/claim", self._claim)
        app.router.add_post("/mobile/v1/transactions/{id}/answer", self._answer)
        return app

    def refuse(self, path: str, status: int, **members: str) -> None:
        self.refusals[path] = (status, members)

    def lose(self, path: str, times: int = 1) -> None:
        self.lost[path] = times

    def forget_access_tokens(self) -> None:
        self.access_tokens.clear()

    @web.middleware
    async def _unreliable(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.heard.append(f"{request.method} {request.path}")
        if request.path in self.refusals:
            status, members = self.refusals[request.path]
            return web.json_response(members, status=status, content_type="application/problem+json")
        response: web.StreamResponse = await handler(request)
        if self.lost.get(request.path, 0):
            self.lost[request.path] -= 1
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _register(self, request: web.Request) -> web.Response:
        asked = await request.json()
        assert set(asked) >= {"application_identifier", "application_version", "application_platform", "device_name"}
        client_id = f"{next(self.numbers):064X}"
        self.devices[client_id] = f"tsd_{client_id[-4:]}"
        return web.json_response({"client_id": client_id, "client_secret": self.devices[client_id]}, status=201)

    async def _complete(self, request: web.Request) -> web.Response:
        by = (self._device(request), (await request.json())["data"])
        if by[1] in self.codes:
            self.codes.discard(by[1])
            self.redeemed[by] = f"PR{next(self.numbers):04d}"
        if by not in self.redeemed:
            return _problem(400, "registration_code_refused")
        profile_id = self.redeemed[by]
        tokens = self._tokens(profile_id)
        return web.json_response({"status": 2000, "oauth_token": tokens, "profile_id": profile_id, "data": None})

    async def _token(self, request: web.Request) -> web.Response:
        self._device(request)
        form = await request.post()
        assert form["grant_type"] == "refresh_token"
        token = str(form["refresh_token"])
        if token in self.used_refresh_tokens:  # a lost answer: the same successor again
            successor = self.used_refresh_tokens[token]
            return web.json_response(self._tokens(self.refresh_tokens[successor], successor))
        if token not in self.refresh_tokens:
            return web.json_response({"error": "invalid_grant"}, status=400)
        tokens = self._tokens(self.refresh_tokens.pop(token))
        self.used_refresh_tokens[token] = tokens["refresh_token"]
        return web.json_response(tokens)

    async def _revoke(self, request: web.Request) -> web.Response:
        self._device(request)
        self.access_tokens.pop(str((await request.post())["token"]), None)
        return web.Response()

    async def _enroll(self, request: web.Request) -> web.Response:
        token, profile_id = self._user(request)
        asked = await request.json()
        certificate = pysequoia.Cert.from_bytes(asked["public_key"].encode())
        proof = pysequoia.Sig.from_bytes(base64.b64decode(asked["proof"], validate=True))
        pysequoia.verify(bytes=token.encode(), store=lambda _: [certificate], signature=proof)
        before = self.enrolled.get(profile_id)
        if before is None or before.certificate.fingerprint != certificate.fingerprint:
            self.enrolled[profile_id] = Enrolled(f"enrollment-{next(self.numbers)}", certificate)
        server = self.key.extract_certificate()
        answer = {
            "enrollment_id": self.enrolled[profile_id].enrollment_id,
            "profile_id": profile_id,
            "server_public_key": str(server),
            "server_key_fingerprint": server.fingerprint.upper(),
            "device_key_fingerprint": certificate.fingerprint.upper(),
        }
        return web.json_response(self.reshape(answer), status=201)

    async def _disenroll(self, request: web.Request) -> web.Response:
        _, profile_id = self._user(request)
        if self.enrolled.pop(profile_id, None) is None:
            return _problem(404, "not_enrolled")
        return web.Response(status=204)

    async def _deregister(self, request: web.Request) -> web.Response:
        _, profile_id = self._user(request)
        self.enrolled.pop(profile_id, None)
        self.refresh_tokens = {t: p for t, p in self.refresh_tokens.items() if p != profile_id}
        self.access_tokens = {t: p for t, p in self.access_tokens.items() if p != profile_id}
        return web.Response(status=204)

    async def _claim(self, request: web.Request) -> web.Response:
        profile_id, enrolled, asked = await self._opened(request)
        assert set(asked) - {"frame"} == {"transaction_id", "otp", "nonce"}
        self.frames.append(asked.get("frame"))
        if not asked["otp"].startswith("right"):
            return _problem(404, "transaction_not_found")
        transaction_id = asked["transaction_id"]
        document = {
            "transaction_id": transaction_id,
            "type": "login",
            "method": "OTP",
            "message": "Log in to the café?",
            "portal": {"name": "Café", "origin": "https://cafe.example"},
            "context": {"ip_address": "192.0.2.1"},
            "user_id": "u1",
            "profile_id": profile_id,
            "enrollment_id": enrolled.enrollment_id,
            "initiated_at": 1_700_000_000_000,
            "expires_at": 1_700_000_060_000,
            "challenge": "AAAA",
            **({} if self.number is None else {"number_required": True}),
        }
        told = self.reshape({"nonce": asked["nonce"], "document": document})
        text = json.dumps(told["document"], ensure_ascii=False)
        self.documents[transaction_id] = base64.b64encode(text.encode()).decode()
        return self._sealed(enrolled, {"nonce": told["nonce"], "challenge_document": self.documents[transaction_id]})

    async def _answer(self, request: web.Request) -> web.Response:
        _, enrolled, asked = await self._opened(request)
        transaction_id = request.match_info["id"]
        self.answers[transaction_id] = asked
        verdict = {"accept": "accepted", "deny": "denied"}[asked["decision"]]
        if asked["challenge_document"] != self.documents[transaction_id]:
            verdict = "invalid"
        told: Members = {"transaction_id": transaction_id, "verdict": verdict}
        if verdict == "accepted" and self.number is not None and asked["number"] != self.number:
            self.wrong_numbers += [asked["number"]] if asked["number"] not in self.wrong_numbers else []
            left = 3 - len(self.wrong_numbers)
            told |= {"verdict": "wrong_number", "tries_left": left} if left else {"verdict": "invalid"}
        return self._sealed(enrolled, self.reshape(told))

    def _device(self, request: web.Request) -> str:
        given = BasicAuth.decode(request.headers["Authorization"])
        if self.devices.get(given.login) != given.password:
            raise web.HTTPUnauthorized(text='{"error": "invalid_client"}', content_type="application/json")
        return str(given.login)

    def _user(self, request: web.Request) -> tuple[str, str]:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if token not in self.access_tokens:
            problem = '{"code": "not_authenticated", "detail": "Log in again"}'
            raise web.HTTPUnauthorized(text=problem, content_type="application/problem+json")
        return token, self.access_tokens[token]

    def _tokens(self, profile_id: str, refresh_token: str | None = None) -> Members:
        access_token = f"access-{next(self.numbers)}"
        refresh_token = refresh_token or f"tsr_{next(self.numbers)}"
        self.access_tokens[access_token] = profile_id
        self.refresh_tokens[refresh_token] = profile_id
        return {
            "token_type": "bearer",
            "access_token": access_token,
            "refresh_token": refresh_token,
            "expires_in": 900,
        }

    async def _opened(self, request: web.Request) -> tuple[str, Enrolled, Members]:
        _, profile_id = self._user(request)
        assert request.content_type == PGP
        enrolled = self.enrolled.get(profile_id)
        if enrolled is None:
            problem = '{"code": "not_enrolled", "detail": "Enrol first"}'
            raise web.HTTPForbidden(text=problem, content_type="application/problem+json")
        signed = pysequoia.decrypt(decryptor=self.key.decryptor(), bytes=await request.read()).bytes
        content = pysequoia.verify(bytes=signed, store=lambda _: [enrolled.certificate]).bytes
        return profile_id, enrolled, json.loads(content or b"")

    def _sealed(self, enrolled: Enrolled, members: Members) -> web.Response:
        content = json.dumps(members).encode()
        seal = self.reseal or self._seal
        return web.Response(body=seal(content, enrolled.certificate), content_type=PGP)

    def _seal(self, content: bytes, receiver: pysequoia.Cert) -> bytes:
        signed = pysequoia.sign(self.key.signer(), content, armor=False)
        return pysequoia.encrypt(recipients=[receiver], bytes=signed, armor=False)


def make_otp(transaction_id: str = "t1", otp: str = "right", **more: str) -> str:
    """Return the text of a QR code that the counterpart knows."""
    text = json.dumps({"transaction_id": transaction_id, "otp": otp, **more}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _problem(status: int, code: str) -> web.Response:
    members = {"code": code, "detail": f"about {code}", "status": status, "request_id": "r-1"}
    return web.json_response(members, status=status, content_type="application/problem+json")
