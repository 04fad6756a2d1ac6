"""A server process of its own, beside the one in the test, on the same database."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from token_server.config.settings import Settings


@asynccontextmanager
async def second_process(settings: Settings) -> AsyncIterator[str]:
    """The address of a server process of its own on the same database and key file."""
    environment = {
        **os.environ,
        "TOKEN_SERVER_DATABASE_URL": settings.database.url.reveal(),
        "TOKEN_SERVER_SECURITY_KEY_FILE": settings.security.key_file,
        "TOKEN_SERVER_SERVER_BASE_URL": settings.server.base_url,
        "TOKEN_SERVER_SERVER_PORT": "0",
        "TOKEN_SERVER_ADMIN_PORT": "0",
        "TOKEN_SERVER_CALLBACKS_PRIVATE_NETWORKS": ",".join(settings.callbacks.private_networks),
        "TOKEN_SERVER_LOGGING_FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "token_server",
        "serve",
        env=environment,
        cwd=Path(settings.security.key_file).parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield await listening_at(process)
    finally:
        process.terminate()
        await process.communicate()


async def listening_at(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(30):
        async for line in process.stdout:
            said += line
            if found := re.search(rb'"address": ?"([^"]+)"', line):
                return found[1].decode()
    pytest.fail(f"the server process did not come up: {said.decode()}")
