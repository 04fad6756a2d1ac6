"""Where a request comes from, seen through the proxies that the admin trusts.

Each proxy appends to `X-Forwarded-For` whom it heard the request from. What stands left of the rightmost address that
is no trusted proxy was written by that stranger, who may write anything: it is never read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from functools import lru_cache

from aiohttp import web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED = "X-Forwarded-For"
# A household gets at least that much of IPv6 (RFC 6177), and so does an attacker: single addresses are free.
IPV6_NEIGHBOURHOOD = 64
PARSED_ADDRESSES_KEPT = 4096
LONGEST_ADDRESS = 64


class CallerAddresses:
    """Tells callers apart by their address."""

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        """Believe what proxies in those networks, like `10.0.0.0/8`, say about whom they speak for."""
        self._trusted = [ipaddress.ip_network(each) for each in trusted_proxies]

    def of(self, request: web.Request) -> str:
        """Return the caller's IPv4 address or IPv6 network; where no proxy is trusted, that of the connection."""
        remote = request.remote or ""
        nearest = parse_address(remote) if self._trusted else None
        if nearest is None:
            return _neighbourhood_of(remote)
        for text in _from_the_right(request.headers.getall(FORWARDED, [])):
            if not self._is_trusted(nearest):
                break
            further = parse_address(text)
            if further is None:  # "unknown", or nonsense: whoever comes through that proxy counts as the proxy
                break
            nearest = further
        return _neighbourhood(nearest)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(PARSED_ADDRESSES_KEPT)
def parse_address(text: str) -> Address | None:
    """Return the address of one entry, with or without a port; None for what is none."""
    text = text.strip()
    if len(text) > LONGEST_ADDRESS:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(PARSED_ADDRESSES_KEPT)
def _neighbourhood_of(text: str) -> str:
    return _neighbourhood(parse_address(text))


def _from_the_right(headers: Sequence[str]) -> Iterator[str]:
    rest = ",".join(headers)
    while rest:
        rest, _, entry = rest.rpartition(",")
        yield entry


@lru_cache(PARSED_ADDRESSES_KEPT)
def _neighbourhood(address: Address | None) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NEIGHBOURHOOD), strict=False))
    return str(address or "unknown")
