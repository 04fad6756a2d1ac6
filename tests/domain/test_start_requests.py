"""The rules for what a portal may ask when it starts an OTP transaction."""

from __future__ import annotations

import pytest

from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import ApplicationVersion, Platform, VersionStatus, check_registration
from token_server.domain.errors import ApplicationRefused, FeatureDisabled, InvalidParameter, NotAllowed
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.start_requests import StartRequest, check_callback_uri, required

GOOD = "https://shop.example/callback"


def test_an_otp_request_that_names_nobody_passes() -> None:
    StartRequest(type="login", callback_uri=GOOD, message="x").check_for_otp()


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (StartRequest(user_id="alice"), "user_id"),
        (StartRequest(user_id=""), "user_id"),
        (StartRequest(language_code="x" * 36), "language_code"),
        (StartRequest(secure_message="x" * 4097), "secure_message"),
        (StartRequest(secure_message="\u202e"), "secure_message"),
    ],
)
def test_what_an_otp_request_must_not_hold_is_refused_by_name(request_: StartRequest, name: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        request_.check_for_otp()
    assert caught.value.name == name


def test_the_longest_values_pass() -> None:
    StartRequest(language_code="x" * 35, secure_message="x" * 4096).check_for_otp()


@pytest.mark.parametrize("value", [None, ""])
def test_what_is_required_must_be_there(value: str | None) -> None:
    with pytest.raises(InvalidParameter, match="type is missing"):
        required("type", value)
    with pytest.raises(InvalidParameter, match="type"):
        StartRequest(type=value).required_type()
    with pytest.raises(InvalidParameter, match="callback_uri"):
        StartRequest(callback_uri=value).required_callback_uri()


@pytest.mark.parametrize(
    "callback_uri",
    [
        GOOD,
        "http://127.0.0.1:8080/callback",
        "http://[::1]:8080/",
        "https://shop.example",
        "https://shop.example/callback?tenant=1&x=%20",
        "HTTPS://SHOP.EXAMPLE/",
        "https://shop.example/" + "x" * (2048 - 21),
    ],
)
def test_an_address_that_can_be_posted_to_is_left_as_it_is(callback_uri: str) -> None:
    assert check_callback_uri(callback_uri) == callback_uri


@pytest.mark.parametrize(
    "callback_uri",
    [
        "shop.example",
        "//shop.example/callback",
        "https:///callback",
        "https://",
        "ftp://shop.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user@shop.example/",
        "https://:password@shop.example/",
        f"{GOOD}#fragment",
        "https://shop.example:99999/",
        "https://shop.example:x/",
        "https://shop.example:0/",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shop.example/ü",
        "https://[::1/",
        "https://shop.example/" + "x" * 2048,
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused(callback_uri: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_callback_uri(callback_uri)
    assert caught.value.name == "callback_uri"


@pytest.mark.parametrize(
    ("sent", "usable"),
    [
        (None, None),
        ("", None),
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("203.0.113.7, 10.0.0.1", None),
        ("localhost", None),
    ],
)
def test_an_address_for_the_context_is_one_or_is_left_out(sent: str | None, usable: str | None) -> None:
    assert StartRequest(ip_address=sent).usable_ip_address() == usable


@pytest.mark.parametrize(
    ("sent", "usable"),
    [
        (None, None),
        ("  ", None),
        (" Mozilla/5.0 ", "Mozilla/5.0"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, None),
        ("\x1b", None),
    ],
)
def test_a_user_agent_for_the_context_can_be_one_or_is_left_out(sent: str | None, usable: str | None) -> None:
    assert StartRequest(user_agent=sent).usable_user_agent() == usable


VERSIONS = [
    ApplicationVersion(Platform.ANDROID, "1.0", VersionStatus.ENABLED),
    ApplicationVersion(Platform.ANDROID, "0.9", VersionStatus.REGISTRATION_DISABLED),
    ApplicationVersion(Platform.IOS, "1.0", VersionStatus.DISABLED),
]


@pytest.mark.parametrize(
    ("platform", "version", "may"),
    [
        ("android", "1.0", True),
        ("android", "0.9", False),
        ("android", "1.0.0", False),
        ("ios", "1.0", False),
        ("ios", "2.0", False),
    ],
)
def test_an_application_with_versions_admits_the_enabled_ones(platform: str, version: str, *, may: bool) -> None:
    if may:
        check_registration(VERSIONS, platform, version)
    else:
        with pytest.raises(ApplicationRefused):
            check_registration(VERSIONS, platform, version)


def test_an_application_without_versions_admits_all() -> None:
    check_registration([], "ios", "whatever")


@pytest.mark.parametrize("right", list(Right))
def test_a_client_may_do_what_it_is_valid_for(right: Right) -> None:
    ApiClient("shop", "Shop", "https://shop.example", frozenset({right})).require(right)
    with pytest.raises(NotAllowed, match=right.value):
        ApiClient("shop", "Shop", "https://shop.example", frozenset(Right) - {right}).require(right)


def test_the_system_feature_is_asked_first() -> None:
    MobileConfig().require_mobile_authentication()
    with pytest.raises(FeatureDisabled):
        MobileConfig(mobile_authentication=False).require_mobile_authentication()


def test_the_defaults_are_the_documented_ones() -> None:
    config = MobileConfig()
    assert (config.max_message_length, config.result_retention_s) == (155, 300)
    assert config.only_allow_preconfigured_callback_urls is True
    assert config.unique_pgp_keys_per_enrollment is False
