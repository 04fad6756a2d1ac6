"""The peer: node oidc-provider's CIBA cycle (start, approve, token), installed from the npm registry on first use."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.http_client import FORM, Connection, RequestFailed, basic, form
from bench.load import Story, Timings
from bench.processes import CannotMeasure, free_port, running

FOLDER = Path(__file__).parent / "peer"
CIBA = "urn:openid:params:grant-type:ciba"
CREDENTIALS = basic("bench", "bench-secret")
INSTALL_S = 600


def version() -> str:
    """Return which oidc-provider is installed. Errors: CannotMeasure when none is."""
    manifest = FOLDER / "node_modules/oidc-provider/package.json"
    if not manifest.exists():
        raise CannotMeasure("the peer is not installed")
    return str(json.loads(manifest.read_text())["version"])


def install() -> None:
    """Install the peer's packages as its lock file names them; better-sqlite3 is compiled where no binary can be had.

    Errors: CannotMeasure, with npm's words.
    """
    if (FOLDER / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise CannotMeasure("the peer needs node and npm; leave it out with --only ours")
    try:
        done = subprocess.run([npm, "ci"], cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired as slow:
        raise CannotMeasure("npm ci took too long") from slow
    if done.returncode:
        raise CannotMeasure(f"npm ci failed in bench/peer:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")


@contextlib.contextmanager
def peer_running(store: str, *, core: int, log: Path) -> Iterator[tuple[int, int]]:
    """Run the peer while the block lasts; yield process id and port. `store` is a file or an address."""
    port = free_port()
    command = ["node", str(FOLDER / "server.mjs"), str(port), store]
    with running(command, cores=str(core), port=port, log=log, environment={"NODE_ENV": "production"}) as pid:
        yield pid, port


async def cycle(connection: Connection, user_id: str, timings: Timings) -> None:
    """Do one whole cycle over the wire."""
    began = time.perf_counter()
    body = form(scope="openid", login_hint=user_id)
    started = await connection.ask("POST", "/backchannel", CREDENTIALS, body, FORM)
    request_id = started.expect(200).json()["auth_req_id"]
    now = timings.add("start", began)
    (await connection.ask("POST", f"/approve?auth_req_id={request_id}")).expect(204)
    now = timings.add("approve", now)
    body = form(grant_type=CIBA, auth_req_id=request_id)
    token = (await connection.ask("POST", "/token", CREDENTIALS, body, FORM)).expect(200).json()
    timings.add("token", now)
    if "id_token" not in token:
        raise RequestFailed(f"no id_token: {sorted(token)}")
    timings.add("whole", began)


def cycle_story(connection: Connection, user_id: str) -> Story:
    """Return a lane's story: one cycle after the other."""

    async def story(timings: Timings) -> None:
        await cycle(connection, user_id, timings)

    return story
