"""Where callbacks may go: the public internet and the networks that the admin named, whatever a name resolves to."""

from __future__ import annotations

import socket

import pytest

from token_server.workers.callback_addresses import AddressRefused, AllowedAddresses, CheckedResolver

PUBLIC = ["8.8.8.8", "203.0.114.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nobody binds here
    "255.255.255.255",
    "224.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "240.0.0.1",
    "::7f00:1",
    "64:ff9b:1::7f00:1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    # What Python calls global, and is not.
    "192.0.0.192",  # Oracle's metadata service
    "192.0.0.8",
    "168.63.129.16",  # from an Azure machine, its host
    "fec0::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "::ffff:0:7f00:1",
    "5f00::1",
    "64:ff9b::a83f:8110",
    "2002:c000:c0::",
    "::ffff:168.63.129.16",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert AllowedAddresses(()).allows(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    assert not AllowedAddresses(()).allows(address)


@pytest.mark.parametrize("address", ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::"])
def test_a_private_address_inside_a_translated_one_is_refused_too(address: str) -> None:
    assert not AllowedAddresses(()).allows(address)


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "11.0.0.0", True),
        (("10.0.0.0/8",), "192.168.1.1", False),
        (("10.1.0.0/16",), "10.2.0.1", False),
        (("127.0.0.0/8",), "127.0.0.1", True),
        (("127.0.0.0/8",), "::ffff:127.0.0.1", True),
        (("127.0.0.0/8",), "::1", False),
        (("::1/128", "127.0.0.0/8"), "::1", True),
        (("fc00::/7",), "fd00::1", True),
        (("10.0.0.0/8",), "64:ff9b::a01:203", True),
        (("64:ff9b::/96",), "64:ff9b::a01:203", True),
    ],
)
def test_named_networks_are_allowed_and_nothing_beside_them(
    networks: tuple[str, ...], address: str, *, allowed: bool
) -> None:
    assert AllowedAddresses(networks).allows(address) is allowed


@pytest.mark.parametrize(
    ("host", "may_be_tried"),
    [
        ("127.0.0.1", False),
        ("[::1]", False),
        ("[fe80::1%25eth0]", False),
        ("8.8.8.8", True),
        ("shop.example", True),
        ("localhost", True),
        ("2130706433", False),
        ("127.1", False),
        ("0177.0.0.1", False),
        ("8.8.8.8.", False),
    ],
)
def test_a_host_that_is_an_address_is_judged_at_once_and_a_name_when_it_is_resolved(
    host: str, *, may_be_tried: bool
) -> None:
    assert AllowedAddresses(()).allows_host(host) is may_be_tried


async def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    resolver = CheckedResolver(AllowedAddresses(()))
    with pytest.raises(AddressRefused, match="localhost"):
        await resolver.resolve("localhost", 80, socket.AF_INET)
    await resolver.close()


@pytest.mark.parametrize("place", ["10.0.0.1", "127.1", "2130706433", "localhost", "", "fe80::1%lo"])
def test_no_socket_is_opened_for_a_private_address_or_for_what_is_none(place: str) -> None:
    with pytest.raises(AddressRefused):
        AllowedAddresses(()).open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 80)))


def test_a_socket_is_opened_for_an_allowed_address() -> None:
    with AllowedAddresses(()).open_socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1", 80))) as opened:
        assert (opened.family, opened.type) == (socket.AF_INET6, socket.SOCK_STREAM)


async def test_a_name_in_a_named_network_resolves() -> None:
    resolver = CheckedResolver(AllowedAddresses(("127.0.0.0/8",)))
    assert [found["host"] for found in await resolver.resolve("localhost", 80, socket.AF_INET)] == ["127.0.0.1"]
    await resolver.close()
