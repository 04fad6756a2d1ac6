"""What browsers call themselves, in a user's words."""

from __future__ import annotations

import pytest

from token_server.visitors.user_agents import Software, UserAgents

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
WINDOWS = (
    "Mozilla/5.0 (Windows NT {}; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)
ANDROID = "Mozilla/5.0 (Linux; Android {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(scope="module")
def user_agents() -> UserAgents:
    return UserAgents()


@pytest.mark.parametrize(
    ("user_agent", "browser", "operating_system"),
    [
        (MAC.format("10_14_6", "73.0.3683.103"), "Chrome 73.0", "Mac OS X 10.14"),
        (IPHONE, "Mobile Safari 17.2", "iOS 17.2"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128.0", "Linux"),
        (f"{WINDOWS.format('6.1')} Edg/138.0.0.0", "Edge 138.0", "Windows 7"),
        ("curl/8.1.2", "curl 8.1", None),
        ("Mozilla/5.0 (X11; Linux x86_64)", None, "Linux"),
    ],
)
def test_browsers_and_systems_are_named(
    user_agents: UserAgents, user_agent: str, browser: str | None, operating_system: str | None
) -> None:
    assert user_agents.read(user_agent) == Software(browser, operating_system)


@pytest.mark.parametrize(
    ("user_agent", "operating_system"),
    [
        (WINDOWS.format("10.0"), "Windows"),
        (MAC.format("10_15_7", "138.0.0.0"), "Mac OS X"),
        (ANDROID.format("10; K"), "Android"),
        (ANDROID.format("14; Pixel 8"), "Android 14"),
    ],
)
def test_a_version_that_browsers_say_whatever_it_is_is_not_told(
    user_agents: UserAgents, user_agent: str, operating_system: str
) -> None:
    assert user_agents.read(user_agent).operating_system == operating_system


@pytest.mark.parametrize("user_agent", ["", "-", "nonsense", "(((((", "\x00", "\ud800", "é" * 1024, "Chrome/\n1.0"])
def test_what_says_nothing_is_not_known(user_agents: UserAgents, user_agent: str) -> None:
    assert user_agents.read(user_agent) == Software()


def test_names_are_cut_to_a_length_that_can_be_read(user_agents: UserAgents) -> None:
    said = user_agents.read(f"{'A' * 500}bot/1.0")
    assert said.browser is None or len(said.browser) <= 64
    assert len(str(user_agents.read(f"Chrome/{'1' * 900}.2").browser)) <= 64
