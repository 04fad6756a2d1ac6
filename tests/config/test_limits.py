"""Every limit has its setting, and every setting its limit."""

from __future__ import annotations

from dataclasses import fields

import pytest

from token_server.config.problems import ConfigurationRefused
from token_server.config.sections import LimitsSection
from token_server.config.settings import load_settings
from token_server.domain.limits import Rule


def test_the_limits_and_their_settings_have_the_same_names() -> None:
    assert {rule.value for rule in Rule} == {field.name for field in fields(LimitsSection)}
    assert LimitsSection(wrong_codes=7).per_minute()[Rule.WRONG_CODES] == 7


def test_a_portal_at_its_default_limit_may_have_a_thousand_logins_a_second() -> None:
    requests_a_login = 3
    assert LimitsSection().client_requests >= 1000 * 60 * requests_a_login


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("TOKEN_SERVER_LIMITS_WRONG_CODES", "-1"),
        ("TOKEN_SERVER_LIMITS_CLIENT_REQUESTS", "1200001"),
        ("TOKEN_SERVER_SERVER_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TOKEN_SERVER_SERVER_TRUSTED_PROXIES", "127.0.0.1/32, proxy.example"),
    ],
)
def test_what_is_no_limit_and_no_network_is_refused(variable: str, text: str) -> None:
    with pytest.raises(ConfigurationRefused):
        load_settings(None, {variable: text})


def test_proxies_are_listed_with_commas_in_the_environment() -> None:
    settings = load_settings(None, {"TOKEN_SERVER_SERVER_TRUSTED_PROXIES": "127.0.0.1/32, fd00::/8"})
    assert settings.server.trusted_proxies == ("127.0.0.1/32", "fd00::/8")
