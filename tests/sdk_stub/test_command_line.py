"""The phone in a terminal: what it prints, what it asks, and how it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import segno

from sdk_stub import terminal
from sdk_stub.__main__ import main
from sdk_stub.challenges import Answer, Decision
from sdk_stub.keyboard import Keyboard
from tests.sdk_stub.counterpart import CODE, Counterpart, make_otp
from tests.support.forked_commands import run_command

Capture = pytest.CaptureFixture[str]


async def run(*words: str) -> int:
    """Run the command beside the test's own server."""
    return await asyncio.to_thread(main, list(words))


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "phone.json")


@pytest.fixture
async def enrolled_store(base_url: str, store: str, capsys: Capture) -> str:
    app = ("--application", "demo", "--app-version", "1.0")
    assert await run("enrol", "--server", base_url, *app, "--code", CODE, "--store", store) == 0
    assert "Enrolled" in capsys.readouterr().out
    return store


def draw(path: Path, text: str) -> str:
    segno.make(text, micro=False).save(str(path), scale=4)
    return str(path)


async def test_a_picture_is_scanned_shown_and_accepted(
    enrolled_store: str, counterpart: Counterpart, tmp_path: Path, capsys: Capture
) -> None:
    picture = draw(tmp_path / "login.png", make_otp())
    assert await run("scan", picture, "--accept", "--store", enrolled_store) == 0
    shown = capsys.readouterr().out
    for words in (
        "Log in to the café?",
        "Café (https://cafe.example)",
        "192.0.2.1",
        "login",
        "valid until",
        "Accepted",
    ):
        assert words in shown
    assert counterpart.answers["t1"]["decision"] == "accept"


async def test_pasted_text_is_denied_with_a_reason(
    enrolled_store: str, counterpart: Counterpart, capsys: Capture
) -> None:
    assert await run("scan", make_otp(), "--deny=not_me", "--store", enrolled_store) == 3
    assert "Denied" in capsys.readouterr().out
    assert counterpart.answers["t1"]["reason"] == "not_me"


async def test_a_plain_no_has_no_reason(enrolled_store: str, counterpart: Counterpart) -> None:
    assert await run("scan", make_otp(), "--deny", "--store", enrolled_store) == 3
    assert "reason" not in counterpart.answers["t1"]


async def test_a_registration_code_may_come_as_a_picture(base_url: str, store: str, tmp_path: Path) -> None:
    words = ("--server", base_url, "--application", "demo", "--app-version", "1", "--store", store)
    assert await run("enrol", *words, "--code", draw(tmp_path / "code.png", CODE)) == 0


async def test_profiles_are_listed_and_leave_step_by_step(enrolled_store: str, capsys: Capture) -> None:
    where = ("--store", enrolled_store)
    assert await run("profiles", *where) == 0
    assert capsys.readouterr().out.endswith("  enrolled\n")
    assert await run("disenrol", *where) == 0
    assert await run("profiles", *where) == 0
    assert capsys.readouterr().out.endswith("  not enrolled\n")
    assert await run("logout", *where) == 0
    assert await run("deregister", *where) == 0
    assert await run("scan", make_otp(), *where) == 1
    assert "8007 ProfileDoesNotExist: Nobody is registered" in capsys.readouterr().err


async def test_errors_begin_with_the_contracts_number(enrolled_store: str, capsys: Capture) -> None:
    assert await run("scan", "https://example.org", "--accept", "--store", enrolled_store) == 1
    assert capsys.readouterr().err.startswith("10018 NotHandleable: ")


async def test_without_a_phone_the_message_says_how_to_begin(store: str, capsys: Capture) -> None:
    assert await run("profiles", "--store", store) == 1
    assert "begin with: enrol" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "exit_code", "decision"),
    [("perhaps\nYES\n", 0, "accept"), ("no", 3, "deny"), (" Not  me \n", 3, "deny"), ("", 4, None)],
)
async def test_a_person_is_asked_until_they_answer(
    enrolled_store: str, counterpart: Counterpart, typed: str, exit_code: int, decision: str | None
) -> None:
    ended, shown = await run_command("sdk_stub.__main__", ["scan", make_otp(), "--store", enrolled_store], typed)
    assert ended == exit_code
    assert "[yes / no / not me]" in shown
    assert counterpart.answers.get("t1", {}).get("decision") == decision
    assert counterpart.answers.get("t1", {}).get("reason") == ("not_me" if "me" in typed else None)


@pytest.mark.parametrize(
    ("typed", "exit_code", "decision", "wrong"),
    [
        ("yes\n42\n", 0, "accept", []),
        ("yes\nforty-two\n4\n42\n", 0, "accept", []),
        ("yes\n41\n42\n", 0, "accept", ["41"]),
        ("yes\n41\nnot me\n", 3, "deny", ["41"]),
        ("yes\nno\n", 3, "deny", []),
        ("yes\n", 4, None, []),
        ("yes\n10\n11\n12\n", 1, "accept", ["10", "11", "12"]),
    ],
)
async def test_a_person_is_asked_for_the_number(
    enrolled_store: str, counterpart: Counterpart, typed: str, exit_code: int, decision: str | None, wrong: list[str]
) -> None:
    counterpart.number = "42"
    ended, shown = await run_command("sdk_stub.__main__", ["scan", make_otp(), "--store", enrolled_store], typed)
    assert ended == exit_code
    assert "Which number does the page show?" in shown
    assert counterpart.wrong_numbers == wrong
    assert counterpart.answers.get("t1", {}).get("decision") == decision


async def test_a_script_may_bring_the_number(enrolled_store: str, counterpart: Counterpart, capsys: Capture) -> None:
    counterpart.number = "42"
    assert await run("scan", make_otp(), "--number", "42", "--store", enrolled_store) == 0
    assert "Accepted" in capsys.readouterr().out


async def test_a_script_with_a_wrong_number_fails_after_one_try(
    enrolled_store: str, counterpart: Counterpart, capsys: Capture
) -> None:
    counterpart.number = "42"
    assert await run("scan", make_otp(), "--number=41", "--store", enrolled_store) == 1
    shown = capsys.readouterr().out
    assert "You can try 2 times more" in shown
    assert "Nothing was accepted" in shown
    assert counterpart.wrong_numbers == ["41"]


WRONG_LINES = [
    [],
    ["dance"],
    ["scan"],
    ["scan", "x", "--accept", "--deny"],
    ["scan", "x", "--number", "7"],
    ["scan", "x", "--number", "42", "--deny"],
    ["enrol"],
]


@pytest.mark.parametrize("words", WRONG_LINES)
def test_a_wrong_command_line_is_told_apart(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2


@pytest.mark.parametrize("words", [[], ["enrol"], ["scan"], ["profiles"], ["logout"], ["disenrol"], ["deregister"]])
def test_help_teaches(words: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    assert "--help" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 你好 🙂", "Grüße, 你好 🙂"),
        ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
        ("a\nportal: Bank", "a\\u{a}portal: Bank"),
        ("\u202egnp", "\\u{202e}gnp"),
        ("\x9b1m\x07\r", "\\u{9b}1m\\u{7}\\u{d}"),
        ("a\u2028b\u200b", "a\\u{2028}b\\u{200b}"),
        ("\udcff", "\\u{dcff}"),
    ],
)
def test_text_from_outside_cannot_play_tricks(text: str, shown: str) -> None:
    assert terminal.visible(text) == shown


def test_what_a_server_sends_is_shown_safely(capsys: Capture) -> None:
    evil = "\x1b[31m\u202e\n"
    request = {
        "message": evil,
        "type": evil,
        "userProfile": {"id": evil},
        "portal": {"name": evil, "origin": evil},
        "context": {evil: evil, "ip_address": [evil]},
        "expiresAt": 10**30,
    }
    terminal.show_challenge({"action": "startAuthentication", "mobileAuthenticationRequest": request})
    shown = capsys.readouterr().out
    assert not set(shown) & {"\x1b", "\u202e"}
    assert "an unreadable time" in shown


def test_a_further_line_of_a_message_cannot_pass_for_a_row(capsys: Capture) -> None:
    request = {
        "message": "Pay 10\nasked by  Your Bank",
        "type": "login",
        "userProfile": {"id": "ABC123"},
        "portal": {"name": "Shop", "origin": "https://shop.example"},
        "context": {},
        "expiresAt": 0,
    }
    terminal.show_challenge({"action": "startAuthentication", "mobileAuthenticationRequest": request})
    rows = capsys.readouterr().out.splitlines()
    assert rows[1:4] == [
        "      message  Pay 10",
        "             | asked by  Your Bank",
        "     asked by  Shop (https://shop.example)",
    ]


@pytest.mark.parametrize(
    ("context", "rows"),
    [
        (
            {
                "ip_address": "192.0.2.1",
                "user_agent": "Mozilla/5.0 (X11)",
                "operating_system": "Linux",
                "browser": "Firefox 128.0",
                "country_code": "NL",
                "region": "Provincie Utrecht",
                "city": "Utrecht",
            },
            ["         from  Utrecht, Provincie Utrecht, NL (192.0.2.1)", "         with  Firefox 128.0 on Linux"],
        ),
        ({"ip_address": "192.0.2.1", "user_agent": "curl"}, ["         from  192.0.2.1", "         with  curl"]),
        ({"country_code": "NL", "operating_system": "Linux"}, ["         from  NL", "         with  Linux"]),
        ({"weather": "rain"}, ["      weather  rain"]),
        ({}, []),
    ],
)
def test_the_person_sees_from_where_and_with_what(capsys: Capture, context: dict[str, str], rows: list[str]) -> None:
    request = {
        "message": "Log in?",
        "type": "login",
        "userProfile": {"id": "ABC123"},
        "portal": {"name": "Shop", "origin": "https://shop.example"},
        "context": context,
        "expiresAt": 0,
    }
    terminal.show_challenge({"action": "startAuthentication", "mobileAuthenticationRequest": request})
    assert capsys.readouterr().out.splitlines()[3:-4] == rows


async def test_the_keyboard_reads_lines_from_pipes_and_files(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"one\ntwo\nthr")
    keyboard = Keyboard(read)
    assert [await keyboard.read_line() for _ in range(2)] == ["one", "two"]
    os.write(write, b"ee")
    os.close(write)
    assert [await keyboard.read_line() for _ in range(3)] == ["three", None, None]
    os.close(read)
    path = tmp_path / "typed"
    path.write_text("yes\n")
    with path.open() as file:
        assert await terminal.ask(Keyboard(file.fileno())) == Answer(Decision.ACCEPT)


async def test_a_code_is_pasted_on_standard_input(enrolled_store: str, counterpart: Counterpart) -> None:
    words = [sys.executable, "-m", "sdk_stub", "scan", "-", "--accept", "--store", enrolled_store]
    process = await asyncio.create_subprocess_exec(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    await asyncio.wait_for(process.communicate(f"{make_otp()}\n".encode()), 20)
    assert process.returncode == 0
    assert counterpart.answers["t1"]["decision"] == "accept"
