"""A whole login, and everything that can go wrong with it, at the most talkative level: no secret is in the log."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth
from standardwebhooks import Webhook

from tests.journeys.patience import eventually
from tests.journeys.wire_phone import COMPLETE, WirePhone, scan
from tests.support.phone import APPLICATION
from tests.support.portal import CallbackReceiver
from tests.support.server import API, PORTAL_ID, PORTAL_SECRET
from tests.support.source_files import ROOT

GUARDED = ("portal", "knock-knock")
CALLBACK_KEY = base64.b64encode(bytes(range(1, 33))).decode()
CALLBACK_SECRET = f"whsec_{CALLBACK_KEY}"
BROKEN_LINES = (
    "Authorization: {}\x00",
    "Authorization: {}\x01more",
    "Authorization {}",
    "Auth\x7forization: {}",
    " Authorization: {}",
    "Content-Length: {}",
    "Transfer-Encoding: {}",
    "Authorization: {}\r\nContent-Length: x",
)
BROKEN_REQUESTS = (
    "GET /livez?{} HTTP/9.9\r\n\r\n",
    "{}\r\n\r\n",
    "POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
)
CHUNKED = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM = "/view/{view_token}/events"
CONFIG = f"""
[server]
port = 0
[admin]
port = 0
[database]
url = "sqlite:///{{folder}}/server.sqlite3"
[security]
key_file = "{{folder}}/server.key"
[logging]
format = "json"
level = "debug"
[callbacks]
private_networks = ["127.0.0.0/8"]
[[authentication_types]]
name = "login"
method = "OTP"
expires_in_s = 60
[[api_clients]]
client_id = "{PORTAL_ID}"
display_name = "Example Shop"
origin = "https://shop.example"
valid_for = ["mobile_authentication", "end_user", "user_registration"]
secret_file = "{{folder}}/secret"
callback_secret_file = "{{folder}}/callback-secret"
[[applications]]
identifier = "{APPLICATION}"
name = "Demo"
[[callback_endpoints]]
callback_uri = "{{callback_uri}}"
username = "{GUARDED[0]}"
password_file = "{{folder}}/password"
"""


@dataclass
class Served:
    """A server process, its portal and phone, and everything it has logged."""

    process: asyncio.subprocess.Process
    folder: Path
    address: str
    portal: ClientSession
    phone: WirePhone
    callbacks: CallbackReceiver

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return (self.folder / "log").read_text("utf-8")

    async def ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        """Ask as the portal; the answer must be good."""
        async with self.portal.request(method, API + path, **how) as response:
            assert response.status < 300, await response.text()
            found: dict[str, Any] = await response.json()
            return found


@pytest.fixture
async def served(tmp_path: Path, callbacks: CallbackReceiver) -> AsyncIterator[Served]:
    """The server as operators run it, logging JSON from the debug level up."""
    (tmp_path / "secret").write_text(PORTAL_SECRET)
    (tmp_path / "password").write_text(GUARDED[1])
    (tmp_path / "callback-secret").write_text(CALLBACK_SECRET)
    config = tmp_path / "token_server.toml"
    config.write_text(CONFIG.format(folder=tmp_path, callback_uri=callbacks.url))
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "token_server", "serve", "--config", str(config)]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=log, stdout=log)
    try:
        address = await eventually(partial(address_in, tmp_path / "log"), timeout_s=30)
        headers = {"Authorization": encode_basic_auth(PORTAL_ID, PORTAL_SECRET)}
        async with ClientSession(address, headers=headers) as portal, WirePhone(address) as phone:
            yield Served(process, tmp_path, address, portal, phone, callbacks)
    finally:
        process.terminate()
        assert await process.wait() == 0


async def address_in(log: Path) -> str:
    """Where the server says that it listens, once it does."""
    found = re.search(r'"address":"([^"]+)"', log.read_text("utf-8"))
    return found[1] if found else ""


async def log_in(served: Served) -> list[str]:
    """Register, enrol, log in, renew and give back; return every secret that was used."""
    phone = served.phone
    code = (await served.ask("POST", "/users/alice/registration-codes"))["registration_code"]
    await phone.register(code)
    await phone.enroll()
    form = {"type": "login", "callback_uri": served.callbacks.url, "message": "Log in"}
    started = await served.ask("POST", "/authenticate/user", data=form)
    view_url = (await served.ask("POST", f"/authenticate/transaction/{started['transaction_id']}/view"))["view_url"]
    document = await watch(served, view_url, started["otp"])
    assert (await phone.answer(started["transaction_id"], "accept", document)).status == 200
    heard = await served.callbacks.wait_for(started["transaction_id"])
    assert heard.headers["Authorization"] == encode_basic_auth(*GUARDED)
    assert Webhook(CALLBACK_SECRET).verify(heard.raw, heard.headers)
    trial = await served.ask("POST", "/callbacks/test", data={"callback_uri": served.callbacks.url})
    assert trial["delivered"]
    await served.ask("POST", f"/authenticate/transaction/{started['transaction_id']}/callback/retry")
    assert (await served.ask("GET", f"/authenticate/transaction/{started['transaction_id']}"))["is_authenticated"]
    async with served.portal.get(f"{view_url}/events") as response:
        assert (await response.read()).endswith(b'{"state":"accepted"}\n\n')
    tokens = [phone.access_token, phone.refresh_token]
    assert (await phone.refresh()).status == 200
    assert (await phone.revoke(phone.access_token)).status == 200
    tokens += [phone.access_token, phone.refresh_token]
    texts = [PORTAL_SECRET, phone.device_secret, GUARDED[1], code, started["otp"], scan(started["otp"])["otp"]]
    texts += [view_url.rpartition("/")[2], view_url.rpartition("tsv_")[2]]
    texts += [CALLBACK_SECRET, CALLBACK_KEY, base64.b64decode(CALLBACK_KEY).hex()]
    return [*texts, *tokens, *(token.rpartition(".")[2] for token in tokens), *basics(phone)]


async def watch(served: Served, view_url: str, otp: str) -> str:
    """Watch until the phone has claimed, one browser leaving early; return the challenge document."""
    path = view_url.removeprefix(served.address)
    for more in ("", "/qr.svg", "/qr.png?size=1", "/nowhere", f"/events/{path}", "/events?x=/../.."):
        async with served.portal.get(f"{path}{more}") as response:
            await response.content.readany()
    async with served.portal.get(f"{path}/events", headers={"Last-Event-ID": path, "Origin": view_url}) as response:
        await response.content.readany()
        document = await served.phone.challenge(otp)
        await response.content.readany()
    for method in ("POST", "HEAD", "OPTIONS", "PROPFIND"):
        async with served.portal.request(method, f"{path}/events") as response:
            await response.read()
    return document


def basics(phone: WirePhone) -> list[str]:
    """The secrets as they stand in headers."""
    pairs = [(PORTAL_ID, PORTAL_SECRET), (phone.device_id, phone.device_secret), GUARDED]
    return [base64.b64encode(f"{name}:{secret}".encode()).decode() for name, secret in pairs]


def check(served: Served, secrets: list[str]) -> None:
    """Look for every secret, and for every key."""
    log = served.log
    assert log.count('"answered"') > 8
    for secret in secrets:
        assert secret not in log, next(line for line in log.splitlines() if secret in line)
    assert "PRIVATE KEY" not in log
    for word in re.findall(r"[\w+/=-]{20,}", (served.folder / "server.key").read_text("utf-8")):
        assert word not in log


@pytest.mark.slow
async def test_a_whole_login_leaves_no_secret_in_the_log(served: Served) -> None:
    check(served, await log_in(served))
    lines = [json.loads(line) for line in served.log.splitlines()]
    streams = [
        (line["event"], line["status"]) for line in lines if line.get("route") == STREAM and line["method"] == "GET"
    ]
    assert sorted(streams) == [("answered", 200), ("hung up", 499), ("hung up", 499)]
    assert {"answered", "callback"} <= {line["event"] for line in lines}
    assert "debug" in {line["level"] for line in lines}


@pytest.mark.slow
async def test_requests_that_fail_leave_no_secret_in_the_log(served: Served) -> None:
    secrets = await log_in(served)
    for secret in secrets:
        await misplace(served, secret)
    check(served, secrets)


async def misplace(served: Served, secret: str) -> None:
    """Send the secret wherever it does not belong."""
    phone, sent = served.phone, set()
    for authorization in (secret, f"Basic {secret}", f"Bearer {secret}", f"Digest x={secret}", f"basic  {secret}!"):
        headers = {"Authorization": authorization}
        for method, path in (("GET", "/mobile/v1/enrollments/current"), ("POST", "/oauth/token"), ("GET", "/nowhere")):
            sent.add((await phone.send(method, path, headers=headers)).status)
        sent.add((await phone.send("POST", f"{API}/authenticate/user", headers=headers)).status)
    for path in (
        f"/{secret}",
        f"/oauth/token?client_secret={secret}",
        f"{API}/authenticate/transaction/{secret}",
    ):
        sent.add((await phone.send("GET", path)).status)
    for path in (f"/view/{secret}", f"/view/tsv_{secret}/events", f"/widget/v1/{secret}"):
        await phone.send("GET", path)  # for a view token, that is where it belongs
    for body in (secret, f"token={secret}&token={secret}", f'{{"data":"{secret}","data":1}}', f'{{"data":"{secret}"'):
        for path in (COMPLETE, "/oauth/token", "/oauth/register"):
            sent.add((await phone.send("POST", path, headers=phone.basic, data=body)).status)
    assert sent <= {400, 401, 404, 405, 415}
    for broken in BROKEN_LINES:
        await send_raw(served, f"GET /livez HTTP/1.1\r\nHost: x\r\n{broken.format(secret)}\r\n\r\n")
    for request in BROKEN_REQUESTS:
        await send_raw(served, request.format(secret))
    for broken in (f"{secret}\r\n", f"5\r\n{secret}\r\n"):
        await send_raw(served, CHUNKED.format(basics(phone)[1]), broken)
    await send_raw(served, f"GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret * 300}\r\n\r\n")


async def send_raw(served: Served, request: str, later: str = "") -> None:
    """Send what no honest client sends, and hear the answer out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.address.rpartition(":")[2]))
    writer.write(request.encode("latin-1"))
    if later:
        await writer.drain()
        await asyncio.sleep(0.02)  # another packet, so that the handler is waiting for it
        writer.write(later.encode("latin-1"))
    writer.write_eof()
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@pytest.mark.slow
async def test_a_server_that_breaks_leaves_no_secret_in_the_log(served: Served) -> None:
    secrets, phone = await log_in(served), served.phone
    code = (await served.ask("POST", "/users/alice/registration-codes"))["registration_code"]
    lose_tables(served.folder / "server.sqlite3")
    scanned = scan(secrets[4])
    replies = [
        await phone.redeem(code),
        await phone.refresh(),
        await phone.enroll(),
        await phone.claim(secrets[4]),
        await phone.answer(scanned["transaction_id"], "accept", "AAAA", otp=scanned["otp"]),
    ]
    assert {reply.status for reply in replies} == {500}
    assert served.log.count("Traceback") >= len(replies)
    check(served, [*secrets, code])


def lose_tables(file: Path) -> None:
    """What nobody foresaw."""
    with closing(sqlite3.connect(file)) as database:
        for table in ("devices", "profiles", "transactions"):
            database.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
        database.commit()
