"""One call by a courier in a process of its own, whose environment it was started with: `python -m … URI NETWORK`."""

from __future__ import annotations

import asyncio
import sys

from token_server.flows.callback_calls import Call
from token_server.workers.callback_addresses import AllowedAddresses
from token_server.workers.callback_courier import CallbackCourier


async def main(callback_uri: str, network: str) -> None:
    courier = CallbackCourier(AllowedAddresses([network]), timeout_s=5)
    print(await courier.post(Call(callback_uri, b"{}", {})))  # noqa: T201 - whoever started this reads it
    await courier.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
