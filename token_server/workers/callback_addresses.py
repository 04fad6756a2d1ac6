"""Where callbacks may go: a portal's URL must not make this server knock at its neighbours' doors (SSRF).

Every address that a host name resolves to is checked, and the connection goes to exactly the address that was
checked. Private, loopback, link-local and other special addresses are refused unless the admin named their network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from socket import AddressFamily

from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1


class AddressRefused(OSError):
    """The host is at an address that callbacks may not go to."""


class AllowedAddresses:
    """The public internet, and the private networks that the admin named."""

    def __init__(self, private_networks: Sequence[str]) -> None:
        """Allow those networks, like `10.0.0.0/8`, besides public addresses."""
        self._networks: list[Network] = [ipaddress.ip_network(each) for each in private_networks]

    def allows(self, address: str) -> bool:
        """Tell whether a callback may go to that IP address."""
        parsed = ipaddress.ip_address(address.partition("%")[0])
        reached = _reached(parsed)
        if any(each in network for network in self._networks for each in {parsed, reached}):
            return True
        return reached.is_global and not reached.is_multicast and not reached.is_reserved

    def allows_host(self, host: str) -> bool:
        """Tell whether the host of a URL may be tried: names are checked when they are resolved."""
        try:
            return self.allows(host.strip("[]"))
        except ValueError:
            return True


def _reached(address: Address) -> Address:
    """Return where a packet to the address ends: a gateway may turn it into one for the IPv4 address inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


class CheckedResolver(AbstractResolver):
    """Resolves names to allowed addresses only."""

    def __init__(self, allowed: AllowedAddresses) -> None:
        """Keep to the `allowed` addresses."""
        self._allowed = allowed
        self._resolver = DefaultResolver()

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
