"""Whatever strangers write into X-Forwarded-For, they count as who they are."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from token_server.web.addresses import FORWARDED, CallerAddresses, parse_address

PROXIES = ["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"]
PROXY = "10.1.2.3"
STRANGER = "203.0.113.7"

trusted = st.ip_addresses(network="10.0.0.0/8").map(str) | st.ip_addresses(network="fd00::/8").map(str)
strangers = st.ip_addresses(v=4, network="198.51.100.0/24") | st.ip_addresses(v=6, network="2001:db8::/32")
# What a header may hold: printable, with the comma that divides entries as often as a stranger likes.
written = st.text(
    st.sampled_from(" ,.:[]%/\t\"'x0123456789abcdef") | st.characters(min_codepoint=32, codec="utf-8"), max_size=80
)


def caller(remote: str | None, forwarded: Sequence[str] = (), proxies: Sequence[str] = PROXIES) -> str:
    """Whom a request with these headers counts against."""
    headers = CIMultiDict((FORWARDED, each) for each in forwarded)
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote or "")
    return CallerAddresses(proxies).of(request)


def network_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


@given(st.lists(written, max_size=3), strangers, st.lists(trusted, max_size=4), trusted)
def test_what_stands_left_of_the_stranger_is_never_read(
    lies: list[str], stranger: ipaddress.IPv4Address | ipaddress.IPv6Address, proxies: list[str], nearest: str
) -> None:
    assert caller(nearest, [*lies, ", ".join([str(stranger), *proxies])]) == network_of(stranger)
    assert caller(nearest, [",".join([*lies, str(stranger)]), *proxies]) == network_of(stranger)


@given(st.lists(written, max_size=3), strangers)
def test_a_stranger_who_comes_directly_is_believed_nothing(
    lies: list[str], stranger: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    assert caller(str(stranger), lies) == network_of(stranger)
    assert caller(str(stranger), lies, proxies=[]) == network_of(stranger)


@given(st.lists(written, max_size=4), st.none() | st.just(PROXY) | written)
def test_whatever_is_written_somebody_has_sent_it(headers: list[str], remote: str | None) -> None:
    found = caller(remote, headers)
    assert found == "unknown" or str(ipaddress.ip_network(found)).removesuffix("/32") == found


@given(st.text(st.characters(), max_size=100))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parse_address(text)
    assert found is None or parse_address(str(found)) == found


@pytest.mark.parametrize(
    ("forwarded", "who"),
    [
        ((), PROXY),
        (("",), PROXY),
        ((STRANGER,), STRANGER),
        ((f"{STRANGER}:4711",), STRANGER),
        ((f"::ffff:{STRANGER}",), STRANGER),
        (("[2001:db8:1:2::7]:4711",), "2001:db8:1:2::/64"),
        (("2001:DB8:1:2:3:4:5:6",), "2001:db8:1:2::/64"),
        (("fe80::1%eth0",), "fe80::/64"),
        ((f"192.0.2.1, {STRANGER}",), STRANGER),
        (("192.0.2.1", STRANGER), STRANGER),
        ((f"192.0.2.1, {STRANGER}, 10.9.9.9",), STRANGER),
        ((f"{STRANGER}, unknown",), PROXY),
        ((f"{STRANGER}, 10.9.9.9, nonsense, 10.8.8.8",), "10.8.8.8"),
        (("10.9.9.9, 10.8.8.8",), "10.9.9.9"),
        ((f"{STRANGER}, ,",), PROXY),
        (("1" * 5000,), PROXY),
        (("127.0.0.1:80:80",), PROXY),
        (("0x7f000001",), PROXY),
        (("010.0.0.1",), PROXY),
    ],
)
def test_what_proxies_write_is_read(forwarded: tuple[str, ...], who: str) -> None:
    assert caller(PROXY, forwarded) == who


def test_neighbours_in_one_ipv6_network_are_one_caller() -> None:
    assert caller("2001:db8::1", proxies=[]) == caller("2001:db8::ffff:1", proxies=[]) == "2001:db8::/64"
    assert caller("2001:db8:0:1::1", proxies=[]) != caller("2001:db8::1", proxies=[])
