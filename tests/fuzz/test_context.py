"""Whatever a browser calls itself, a template says or a damaged file holds: an answer, soon, that can be shown."""

from __future__ import annotations

import re
import time
from dataclasses import astuple
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ua_parser.loaders import load_lazy_builtins

from tests.support.location_files import LONDON_ADDRESS, UTRECHT_ADDRESS, UTRECHT_V6, write_locations
from token_server.domain.confirmation_texts import DEFAULT_TEMPLATE, PLACEHOLDERS, ConfirmationText
from token_server.domain.messages import check_text
from token_server.domain.start_requests import LONGEST_USER_AGENT
from token_server.visitors.location_files import LocationFile, LocationsUnavailable
from token_server.visitors.user_agents import UserAgents

SLOWEST_S = 0.25  # measured: 20 ms at worst; a busy machine may take its time, a pattern that backtracks takes minutes
WORDS = sorted({word for kinds in load_lazy_builtins() for each in kinds for word in re.findall(r"\w{3,}", each.regex)})
quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
values = st.text(min_size=1, max_size=30).filter(lambda text: text == text.strip())
marks = st.sampled_from([" ", ", ", ": ", ". ", "(", ")", "\n", "Device", "«", "?", "-", "[", "]", "[city", "[foo]"])
templates = st.lists(st.sampled_from([f"[{name}]" for name in PLACEHOLDERS]) | marks | any_text, max_size=15).map(
    "".join
)


@cache
def reader() -> UserAgents:
    return UserAgents()


def check_user_agent(user_agent: str) -> None:
    began = time.thread_time()
    said = reader().read(user_agent)
    assert time.thread_time() - began < SLOWEST_S
    for name in astuple(said):
        assert name is None or (0 < len(name) <= 64 and check_text("name", name) == name)


@settings(quick, max_examples=50)
@given(st.text(max_size=LONGEST_USER_AGENT))
@example("Mozilla/5.0 " * 85)
@example("(" * LONGEST_USER_AGENT)
@example("1." * (LONGEST_USER_AGENT // 2))
@example("Android " + "; " * 500)
def test_any_text_as_a_user_agent_is_read_soon(user_agent: str) -> None:
    check_user_agent(user_agent)


@settings(quick, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=200), st.sampled_from(["", " ", "/1.2 ", "; ", "/", "1."]))
def test_user_agents_made_to_meet_many_patterns_are_read_soon(words: list[str], between: str) -> None:
    check_user_agent(between.join(words)[:LONGEST_USER_AGENT])


@quick
@given(templates, st.dictionaries(st.sampled_from(PLACEHOLDERS), values | st.sampled_from(["[city]", "[message]"])))
def test_what_is_filled_in_is_never_read_again(template: str, known: dict[str, str]) -> None:
    """Filled with marks that no template holds, and the marks replaced afterwards: the same text."""
    text = ConfirmationText(template)
    stand_ins = {name: chr(0x10FFF0 + number) for number, name in enumerate(PLACEHOLDERS)}
    filled = text.fill({name: stand_ins[name] for name in known})
    for name, value in known.items():
        filled = filled.replace(stand_ins[name], value)
    assert text.fill(known) == filled


@quick
@given(templates, st.dictionaries(st.sampled_from(PLACEHOLDERS[1:]), values), values)
def test_the_message_is_always_there_word_for_word(template: str, known: dict[str, str], message: str) -> None:
    text = ConfirmationText(template.replace("[message]", "") + "[message]").fill({**known, "message": message})
    assert message in text


@quick
@given(st.sets(st.sampled_from(PLACEHOLDERS[1:])), values)
def test_the_vendors_template_never_leaves_a_gap(unknown: set[str], message: str) -> None:
    known = {name: "x" for name in PLACEHOLDERS[1:] if name not in unknown}
    around = ConfirmationText(DEFAULT_TEMPLATE).fill({**known, "message": message}).removeprefix(message)
    assert re.fullmatch(r"( Device: x( x)?(, Location: x(, x)*)?| Location: x(, x)*)?", around)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return Path(write_locations(tmp_path_factory.mktemp("good") / "good.mmdb")).read_bytes()


@settings(quick, max_examples=400)
@given(st.data())
def test_a_damaged_location_database_says_something_that_can_be_shown_or_nothing(
    good: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    damaged = bytearray(good)
    for place in data.draw(st.lists(st.integers(0, len(good) - 1), max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.mmdb"
    path.write_bytes(damaged[: data.draw(st.integers(0, len(good)) | st.just(len(good)))])
    began = time.thread_time()
    try:
        file = LocationFile(str(path))
        for address in (LONDON_ADDRESS, UTRECHT_ADDRESS, UTRECHT_V6, "8.8.8.8"):
            for name in astuple(file.find(address).in_language(("nl", "en"))):
                assert name is None or (len(name) <= 64 and check_text("name", name) == name)
    except LocationsUnavailable:
        pass
    assert time.thread_time() - began < SLOWEST_S
