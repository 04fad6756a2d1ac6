"""What a user reads about whoever asks: the vendor's examples, every gap, and nothing that is read twice."""

from __future__ import annotations

from itertools import combinations

import pytest

from token_server.domain.confirmation_texts import (
    DEFAULT_TEMPLATE,
    PLACEHOLDERS,
    ConfirmationText,
    choose,
    languages,
    problem_with,
)

KNOWN = {
    "message": "Log in?",
    "operatingSystem": "Mac 10.14",
    "browser": "Chrome 73.0",
    "countryCode": "NL",
    "region": "Provincie Utrecht",
    "city": "Utrecht",
}
DUTCH = "[message] Met [browser] op [operatingSystem], in [city] ([countryCode])."


def filled(template: str, *unknown: str, **values: str) -> str:
    known = {name: value for name, value in {**KNOWN, **values}.items() if name not in unknown}
    return ConfirmationText(template).fill(known)


def test_the_vendors_template_is_filled_like_the_vendors_example() -> None:
    assert filled(DEFAULT_TEMPLATE) == "Log in? Device: Mac 10.14 Chrome 73.0, Location: NL, Provincie Utrecht, Utrecht"


@pytest.mark.parametrize(
    ("unknown", "text"),
    [
        (("operatingSystem",), "Log in? Device: Chrome 73.0, Location: NL, Provincie Utrecht, Utrecht"),
        (("browser",), "Log in? Device: Mac 10.14, Location: NL, Provincie Utrecht, Utrecht"),
        (("operatingSystem", "browser"), "Log in? Location: NL, Provincie Utrecht, Utrecht"),
        (("countryCode",), "Log in? Device: Mac 10.14 Chrome 73.0, Location: Provincie Utrecht, Utrecht"),
        (("region",), "Log in? Device: Mac 10.14 Chrome 73.0, Location: NL, Utrecht"),
        (("city",), "Log in? Device: Mac 10.14 Chrome 73.0, Location: NL, Provincie Utrecht"),
        (("countryCode", "region", "city"), "Log in? Device: Mac 10.14 Chrome 73.0"),
        (("operatingSystem", "browser", "region"), "Log in? Location: NL, Utrecht"),
        (("operatingSystem", "browser", "countryCode", "region", "city"), "Log in?"),
    ],
)
def test_what_is_not_known_leaves_no_gap(unknown: tuple[str, ...], text: str) -> None:
    assert filled(DEFAULT_TEMPLATE, *unknown) == text


@pytest.mark.parametrize(
    ("template", "unknown", "text"),
    [
        (DUTCH, (), "Log in? Met Chrome 73.0 op Mac 10.14, in Utrecht (NL)."),
        (DUTCH, ("browser",), "Log in? op Mac 10.14, in Utrecht (NL)."),
        (DUTCH, ("browser", "operatingSystem"), "Log in? in Utrecht (NL)."),
        (DUTCH, ("city",), "Log in? Met Chrome 73.0 op Mac 10.14, (NL)."),
        (DUTCH, ("countryCode", "city"), "Log in? Met Chrome 73.0 op Mac 10.14"),
        ("Device: [operatingSystem]. [message]", ("operatingSystem",), "Log in?"),
        ("[city]: [message]", (), "Utrecht: Log in?"),
        ("[city]: [message]", ("city",), "Log in?"),
        ("[message]\nVan: [city]\nMet: [browser]", ("city",), "Log in?\nMet: Chrome 73.0"),
        ("[message]\nVan: [city]\nMet: [browser]", ("browser",), "Log in?\nVan: Utrecht"),
        ("[message] ([operatingSystem] [browser]), [city]", ("browser",), "Log in? (Mac 10.14), Utrecht"),
        ("[message] ([operatingSystem] [browser]), [city]", ("browser", "operatingSystem"), "Log in? Utrecht"),
        ("[message] [city]. Never share this. [browser]", ("city", "browser"), "Log in? Never share this."),
        ("[message] «[browser]»/«[operatingSystem]»", ("browser",), "Log in? «Mac 10.14»"),
        ("[message]", (), "Log in?"),
        ("No placeholder at all", (), "No placeholder at all"),
        ("[message] [unknown] [city]", (), "Log in? [unknown] Utrecht"),
        ("", (), ""),
    ],
)
def test_an_admins_template_is_filled_in_its_own_order(template: str, unknown: tuple[str, ...], text: str) -> None:
    assert filled(template, *unknown) == text


@pytest.mark.parametrize("template", [DEFAULT_TEMPLATE, "[message] From [city], [region] ([countryCode]). [browser]!"])
def test_whatever_is_unknown_there_are_no_leftovers(template: str) -> None:
    others = [name for name in PLACEHOLDERS if f"[{name}]" in template and name != "message"]
    gaps = [unknown for count in range(len(others) + 1) for unknown in combinations(others, count)]
    for unknown in gaps:
        text = filled(template, *unknown, region="Stichtse Vecht")
        assert text.startswith("Log in?")
        assert not any(ugly in text for ugly in (", ,", ",,", "  ", "()", ": ,", "[", ": .")), text
        assert not text.endswith((",", ":", "(", " ")), text
        shown = {name for name in others if {**KNOWN, "region": "Stichtse Vecht"}[name] in text}
        assert shown == set(others) - set(unknown), text


def test_a_value_that_looks_like_a_placeholder_is_shown_as_it_is() -> None:
    text = filled(DEFAULT_TEMPLATE, "city", message="Pay [city] [message]", browser="[region]")
    assert text == "Pay [city] [message] Device: Mac 10.14 [region], Location: NL, Provincie Utrecht"


@pytest.mark.parametrize(
    ("language_code", "template"),
    [
        ("nl", "N"),
        ("NL", "N"),
        ("nl-BE", "N"),
        ("pt-BR", "B"),
        ("pt_BR", "B"),
        ("pt", "E"),
        ("de", "E"),
        (None, "E"),
        ("", "E"),
    ],
)
def test_a_template_is_found_by_language_then_english(language_code: str | None, template: str) -> None:
    assert choose({"en": "E", "nl": "N", "pt-BR": "B"}, language_code) == template


def test_without_any_template_the_vendors_is_used() -> None:
    assert choose({}, "nl") == DEFAULT_TEMPLATE
    assert choose({"nl": "N"}, "de") == DEFAULT_TEMPLATE


def test_languages_are_tried_from_the_most_to_the_least_fitting() -> None:
    assert languages("pt-BR") == ("pt-br", "pt", "en")
    assert languages(None) == ("en",)


@pytest.mark.parametrize("template", [DEFAULT_TEMPLATE, DUTCH, "[message]", "[message] [not a name]"])
def test_a_good_template_is_good(template: str) -> None:
    assert problem_with(template) is None


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Log in from [city]?", "must hold [message] once"),
        ("[message] [message]", "must hold [message] once"),
        ("[message] [town]", "the unknown placeholder [town]"),
        ("[Message]", "the unknown placeholder [Message]"),
        ("", "must hold [message] once"),
    ],
)
def test_a_template_that_would_not_say_what_for_is_named(template: str, words: str) -> None:
    assert words in str(problem_with(template))
