"""Where callbacks may go: a portal's URL must not make this server knock at its neighbours' doors (SSRF).

Every address that a host name resolves to is checked, and the connection goes to exactly the address that was
checked: each socket is opened for one address, and looks at it once more. Private, loopback, link-local and other
special addresses are refused unless the admin named their network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache
from socket import AddressFamily

from aiohttp import AddrInfoType, DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 section 2.4; site-local and other relics are outside
# Python calls these global. The first has special purposes only (RFC 6890), Oracle's metadata service among them; the
# second is every Azure machine's way to its host.
SPECIAL = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("168.63.129.16/32"))

ADDRESSES_KEPT = 1024


class AddressRefused(OSError):
    """The host is at an address that callbacks may not go to."""


class AllowedAddresses:
    """The public internet, and the private networks that the admin named."""

    def __init__(self, private_networks: Sequence[str]) -> None:
        """Allow those networks, like `10.0.0.0/8`, besides public addresses."""
        self._networks: list[Network] = [ipaddress.ip_network(each) for each in private_networks]
        self._judged = lru_cache(ADDRESSES_KEPT)(self._judge)

    def allows(self, address: str) -> bool:
        """Tell whether a callback may go to that IP address.

        Errors: ValueError for what is none.
        """
        return self._judged(address)

    def _judge(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        reached = _reached(parsed)
        if any(each in network for network in self._networks for each in {parsed, reached}):
            return True
        return _is_public(reached)

    def allows_host(self, host: str) -> bool:
        """Tell whether the host of a URL may be tried: names are checked when they are resolved.

        Digits alone are no name, and no address as RFC 3986 writes it: the system takes `2130706433` for 127.0.0.1.
        """
        try:
            return self.allows(host.strip("[]"))
        except ValueError:
            return not host.replace(".", "").isdigit()

    def open_socket(self, address: AddrInfoType) -> socket.socket:
        """Return a socket for that address, the very one it will be connected to.

        Errors: AddressRefused, also for what is no address: the system might take `127.1` for one.
        """
        family, kind, protocol, _, place = address
        try:
            allowed = self.allows(str(place[0]))
        except ValueError:
            allowed = False
        if not allowed:
            problem = "a connection to a private address"
            raise AddressRefused(problem)
        return socket.socket(family, kind, protocol)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        return address in GLOBAL_UNICAST and address.is_global
    special = any(address in network for network in SPECIAL)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


def _reached(address: Address) -> Address:
    """Return where a packet to the address ends: a gateway may turn it into one for the IPv4 address inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


class CheckedResolver(AbstractResolver):
    """Resolves names to allowed addresses only."""

    def __init__(self, allowed: AllowedAddresses, resolver: AbstractResolver | None = None) -> None:
        """Keep to the `allowed` addresses among those that the system's, or another, `resolver` finds."""
        self._allowed = allowed
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the allowed addresses of the host.

        Errors: AddressRefused when it has none.
        """
        found = await self._resolver.resolve(host, port, family)
        usable = [each for each in found if self._allowed.allows(each["host"])]
        if not usable:
            problem = f"{host} is at a private address"
            raise AddressRefused(problem)
        return usable

    async def close(self) -> None:
        """Let the resolver go."""
        await self._resolver.close()
