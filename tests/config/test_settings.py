"""Where settings come from, and what happens when something is wrong with them."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from token_server.config.problems import ConfigurationRefused
from token_server.config.secrets import DatabaseUrl, Secret
from token_server.config.settings import Settings, load_settings
from token_server.domain.api_clients import Right
from token_server.domain.applications import Platform, VersionStatus
from token_server.domain.authentication_types import Method
from token_server.domain.mobile_config import MobileConfig

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str) -> Path:
        path = tmp_path / "token_server.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def refusal(path: Path | None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationRefused) as refused:
        load_settings(path, environ or {})
    return str(refused.value)


def test_without_a_file_and_environment_the_server_listens_to_this_machine_only() -> None:
    settings = load_settings(None, {})
    assert settings.server.host == "127.0.0.1"
    assert settings.server.issuer() == "http://127.0.0.1:8080"
    assert settings.server.issuer(port=4711) == "http://127.0.0.1:4711"
    assert settings.database.url.reveal() == "sqlite:///data/token-server.sqlite3"
    assert settings.origins == {}


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(write: Write) -> None:
    path = write("[server]\nport = 8100\nhost = '::1'\n[callbacks]\nprivate_networks = ['10.0.0.0/8']\n")
    settings = load_settings(path, {"TOKEN_SERVER_SERVER_PORT": "8200", "TOKEN_SERVER_LOGGING_FORMAT": "json"})
    assert (settings.server.port, settings.server.host, settings.logging.format) == (8200, "::1", "json")
    assert settings.server.issuer() == "http://[::1]:8200"
    assert settings.callbacks.private_networks == ("10.0.0.0/8",)
    assert settings.origins["server.port"] == "TOKEN_SERVER_SERVER_PORT"
    assert settings.origins["server.host"] == str(path)


def test_lists_and_switches_can_come_from_the_environment() -> None:
    environ = {
        "TOKEN_SERVER_CALLBACKS_PRIVATE_NETWORKS": "10.0.0.0/8, 127.0.0.1",
        "TOKEN_SERVER_FEATURES_MOBILE_AUTHENTICATION": "yes",
    }
    settings = load_settings(None, environ)
    assert settings.callbacks.private_networks == ("10.0.0.0/8", "127.0.0.1")
    assert settings.features.mobile_authentication is True


def test_a_secret_can_come_from_a_file_that_the_environment_names(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://me:pw@db/ts\n", encoding="utf-8")
    settings = load_settings(None, {"TOKEN_SERVER_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert settings.database.url.reveal() == "postgresql://me:pw@db/ts"


def test_all_problems_are_reported_together_with_place_and_remedy(write: Write) -> None:
    path = write(
        """
        serer = 1
        [server]
        prot = 1
        port = "8080"
        max_body_bytes = 1
        [logging]
        format = "jsn"
        [[authentication_types]]
        name = "login"
        method = "otp"
        expires_in_s = 900
        """
    )
    told = refusal(path, {"TOKEN_SERVER_SERVER_HOOST": "x", "TOKEN_SERVER_CALLBACKS_TIMEOUT_S": "soon"})
    for line in (
        f"serer ({path}): is not a section. Perhaps server was meant.",
        f"server.prot ({path}): is not a setting. Perhaps server.port was meant.",
        f"server.port ({path}): must be a whole number, not '8080'. Write it without quotes.",
        f"server.max_body_bytes ({path}): must be from 4096 to 1048576, not 1.",
        f"logging.format ({path}): cannot be 'jsn'. Perhaps json was meant.",
        f"authentication_types[login].method ({path}): cannot be 'otp'. Known here: ",
        f"authentication_types[login].expires_in_s ({path}): must be from 10 to 600, not 900.",
        "TOKEN_SERVER_SERVER_HOOST (environment): is not a setting. Perhaps TOKEN_SERVER_SERVER_HOST was meant.",
        "callbacks.timeout_s (TOKEN_SERVER_CALLBACKS_TIMEOUT_S): must be a whole number, not 'soon'.",
    ):
        assert line in told
    assert told.startswith("The configuration has 9 problems:")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[server", "is not TOML"),
        ("server = 1", "must be a table"),
        ("[api_clients]\na = 1", "must be a list of tables"),
        ("[server]\nport = true", "must be a whole number"),
        ("[server]\nhost = 1", "must be text"),
        ("[server]\nbase_url = 'login.example.com'", "must be like https://login.example.com"),
        ("[server]\nbase_url = 'https://login.example.com/'", "without a slash at the end"),
        ("[database]\nurl = 'mysql://x'", "must be sqlite:///path/to/file"),
        ("[callbacks]\nprivate_networks = ['10.0.0.1/8']", "must be a network"),
        ("[callbacks]\nprivate_networks = '10.0.0.0/8'", "must be a list"),
        ("[features]\nmobile_authentication = 1", "must be true or false"),
        ("[[authentication_types]]\nname = 'a'", "authentication_types[a].method"),
        ("[[authentication_types]]\nmethod = 'OTP'", "authentication_types[#1].name"),
        ("[[authentication_types]]\nname='a'\nmethod='OTP'\ndefault_messages='x'", "must be a table of texts"),
        (
            f"[[authentication_types]]\nname='a'\nmethod='OTP'\ndefault_messages={{en='{'x' * 156}'}}",
            "must have 1 to 155 characters",
        ),
        ("[[authentication_types]]\nname='a'\nmethod='OTP'\n" * 2, "authentication_types[a]"),
        ("[[callback_endpoints]]\ncallback_uri = 'ftp://x'", "must be an absolute http or https URL"),
        ("[[callback_endpoints]]\ncallback_uri = 'https://x/'\nusername = 'u'", "only one of username and password"),
    ],
)
def test_each_kind_of_mistake_is_told_in_words(write: Write, text: str, problem: str) -> None:
    assert problem in refusal(write(text))


CLIENT = """
[[api_clients]]
client_id = "portal"
display_name = "Portal"
origin = "https://portal.example.com"
valid_for = ["mobile_authentication"]
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("secret = 'tsa_0123456789abcdef'", "must not stand in this file. Use secret_file or secret_env"),
        ("secret_env = 'NOT_THERE'", "the environment variable NOT_THERE is not set"),
        ("secret_file = '/does/not/exist'", "cannot be read from the file /does/not/exist: No such file"),
        ("secret_env = 'SHORT'", "must be at least 16 characters long"),
        ("callback_secret_env = 'SHORT'", "must be whsec_ and base64 of 24 to 64 random octets"),
        ("secret_env = 'SHORT'\nsecret_file = 'x'", "is there beside"),
    ],
)
def test_a_client_secret_that_cannot_be_used_is_refused_and_not_shown(write: Write, line: str, problem: str) -> None:
    told = refusal(write(CLIENT + line), {"SHORT": "hunter2"})
    assert problem in told
    assert "hunter2" not in told
    assert "0123456789abcdef" not in told


@pytest.mark.parametrize(
    ("origin", "fine"),
    [
        ("https://portal.example.com", True),
        ("https://portal.example.com:8443", True),
        ("http://localhost:8090", True),
        ("http://127.0.0.1:8090", True),
        ("http://portal.example.com", False),
        ("https://portal.example.com/", False),
        ("https://me@portal.example.com", False),
        ("portal", False),
    ],
)
def test_an_origin_is_https_unless_it_is_this_machine(write: Write, origin: str, *, fine: bool) -> None:
    path = write(CLIENT.replace("https://portal.example.com", origin))
    if fine:
        assert load_settings(path, {}).api_clients[0].origin == origin
    else:
        assert "api_clients[portal].origin" in refusal(path)


def test_seeds_are_read_into_the_words_of_the_domain(write: Write, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n", encoding="utf-8")
    path = write(
        CLIENT
        + f"""
        secret_env = "PORTAL_SECRET"
        [[authentication_types]]
        name = "login"
        method = "OTP"
        default_messages = {{ en = "Log in?" }}
        [[applications]]
        identifier = "app"
        name = "App"
        [[applications.versions]]
        platform = "ios"
        version = "1.2"
        [[callback_endpoints]]
        callback_uri = "https://portal.example.com/callback"
        username = "me"
        password_file = "{tmp_path / "password"}"
        """
    )
    settings = load_settings(path, {"PORTAL_SECRET": "0123456789abcdef"})
    (client,), (kind,), (application,), (endpoint,) = (
        settings.api_clients,
        settings.authentication_types,
        settings.applications,
        settings.callback_endpoints,
    )
    assert client.valid_for == (Right.MOBILE_AUTHENTICATION,)
    assert client.secret == Secret("0123456789abcdef")
    assert (kind.method, kind.expires_in_s, kind.default_messages) == (Method.OTP, 300, {"en": "Log in?"})
    assert application.versions[0].platform is Platform.IOS
    assert application.versions[0].status is VersionStatus.ENABLED
    assert endpoint.password == Secret("open sesame")


def test_only_what_was_stated_is_seeded_into_the_mobile_config(write: Write) -> None:
    path = write("[features]\nmobile_authentication = true\n[general_mobile_config]\nmax_message_length = 155\n")
    settings = load_settings(path, {"TOKEN_SERVER_GENERAL_MOBILE_CONFIG_ENROLLMENT_ENABLED": "true"})
    assert settings.stated_mobile_config() == {
        "mobile_authentication": True,
        "enrollment_enabled": True,
        "max_message_length": 155,
    }
    assert MobileConfig(**settings.stated_mobile_config()).enrollment_enabled  # type: ignore[arg-type]


def test_no_way_of_printing_the_settings_shows_a_secret(write: Write) -> None:
    path = write(CLIENT + "secret_env = 'S'\n[database]\nurl = 'postgresql://me:p@ssw0rd@db/ts?password=p@ssw0rd'\n")
    settings = load_settings(path, {"S": "a-very-secret-thing"})
    for shown in (*every_way_of_printing(settings), *every_way_of_printing(settings.database.url)):
        assert "very-secret" not in shown
        assert "ssw0rd" not in shown
    assert str(settings.database.url) == "postgresql://me:***@db/ts?password=***"
    assert str(settings.api_clients[0].secret) == "***"
    assert f"{DatabaseUrl('sqlite:///data/x')}" == "sqlite:///data/x"


def every_way_of_printing(value: Settings | Secret) -> list[str]:
    told = [repr(value), str(value), f"{value}", "%s %r" % (value, value)]  # noqa: UP031 - one way of printing
    told += traceback.format_exception(ValueError(value))
    return [*told, *(value.lines() if isinstance(value, Settings) else [])]


def test_variables_that_kubernetes_sets_for_a_service_of_our_name_are_no_settings() -> None:
    environ = {
        "TOKEN_SERVER_PORT": "tcp://10.0.0.1:8080",
        "TOKEN_SERVER_PORT_8080_TCP_ADDR": "10.0.0.1",
        "TOKEN_SERVER_SERVICE_HOST": "10.0.0.1",
        "TOKEN_SERVER_CONFIG": "token_server.toml",
        "PATH": "/bin",
    }
    assert load_settings(None, environ).server.port == 8080


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path / "nowhere.toml")
