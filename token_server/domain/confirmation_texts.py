"""The text by which a user recognises a request: a template whose placeholders are filled with what is known.

A template is a row of *phrases*: each is a label ("Location: ") and the placeholders that follow it. What is not known
leaves nothing behind: a phrase with no known placeholder goes together with its label, and whatever stands in for
something that went takes the punctuation that led up to it. Values are put in once and never read again, so a message
that holds "[city]" says exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from token_server.domain.authentication_types import FALLBACK_LANGUAGE
from token_server.domain.errors import InvalidParameter
from token_server.domain.identifiers import check_language_code
from token_server.domain.messages import check_text

# Reference: portal API section 8.2.
DEFAULT_TEMPLATE = "[message] Device: [operatingSystem] [browser], Location: [countryCode], [region], [city]"
MESSAGE = "message"
LONGEST_TEMPLATE = 500
PLACEHOLDERS = (MESSAGE, "operatingSystem", "browser", "countryCode", "region", "city")

_PLACEHOLDER = re.compile(r"\[(" + "|".join(PLACEHOLDERS) + r")\]")
_ANY_BRACKETS = re.compile(r"\[(\w*)\]")
# What stands between two placeholders: what closes the first, what joins them, what leads up to the second.
_BETWEEN = re.compile(r"([)\]}»”\u2019\"'.!?]*)([\s,;:/|·•\u2013\u2014-]*)(.*)", re.DOTALL)
_SENTENCES = re.compile(r".*(?:[.!?](?=\s)|\n)", re.DOTALL)


@dataclass
class _Phrase:
    """`joint` leads up to it; `names` holds each placeholder with the joint before it; none: it is text that stays."""

    joint: str
    label: str
    names: list[tuple[str, str]]
    tail: str = ""

    def takes(self, label: str, name: str) -> bool:
        """Tell whether a placeholder with that label before it goes on with this phrase."""
        return bool(self.names) and not label and not self.tail and MESSAGE not in {name, self.names[-1][1]}

    def fill(self, values: Mapping[str, str]) -> str | None:
        """Return the phrase with its values, None when none of them is known."""
        if not self.names:
            return self.label
        text = _join([(joint, values.get(name) or None) for joint, name in self.names])
        return f"{self.label}{text}{self.tail}" if text else None


class ConfirmationText:
    """One template, read; `fill` gives the text for a user."""

    def __init__(self, template: str) -> None:
        """Read the template; brackets with an unknown name in them are text."""
        self._phrases = _read(template)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with those values; a placeholder that is not among them is not known."""
        return _join([(phrase.joint, phrase.fill(values)) for phrase in self._phrases]).strip()


@lru_cache(maxsize=64)
def read_template(template: str) -> ConfirmationText:
    """Return the template, read once."""
    return ConfirmationText(template)


def choose(templates: Mapping[str, str], language_code: str | None) -> str:
    """Return the template in that language, else in English, else the vendor's."""
    known = {language.lower().replace("_", "-"): template for language, template in templates.items()}
    return next((known[each] for each in languages(language_code) if each in known), DEFAULT_TEMPLATE)


def languages(language_code: str | None) -> tuple[str, ...]:
    """Return in which languages to look, in lower case, best first: as asked, without the region, English.

    Source: RFC 4647 section 3.4.
    """
    wanted = (language_code or FALLBACK_LANGUAGE).lower().replace("_", "-")
    return tuple(dict.fromkeys((wanted, wanted.split("-")[0], FALLBACK_LANGUAGE)))


def check_template(language_code: str, template: str) -> str:
    """Return the template that an admin wrote for that language unchanged.

    Errors: InvalidParameter.
    """
    place = f"confirmation_templates.{language_code}"
    check_language_code(place, language_code)
    if len(template) > LONGEST_TEMPLATE:
        raise InvalidParameter(place, f"must have at most {LONGEST_TEMPLATE} characters")
    check_text(place, template, line_breaks=True)
    if problem := problem_with(template):
        raise InvalidParameter(place, problem)
    return template


def problem_with(template: str) -> str | None:
    """Return what is wrong with a template that an admin wrote, as the end of the sentence "The template …"."""
    names = _ANY_BRACKETS.findall(template)
    unknown = sorted(set(names) - set(PLACEHOLDERS))
    if unknown:
        return (
            f"has the unknown placeholder [{unknown[0]}]; there are {', '.join(f'[{name}]' for name in PLACEHOLDERS)}"
        )
    if names.count(MESSAGE) != 1:
        return "must hold [message] once: it is what the user is asked"
    return None


def _read(template: str) -> list[_Phrase]:
    phrases: list[_Phrase] = []
    first, *rest = _PLACEHOLDER.split(template)
    joint, label = "", first
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        if standing := _SENTENCES.match(label):  # whole sentences before the label say something by themselves
            phrases.append(_Phrase(joint, standing[0], []))
            label = label[standing.end() :].lstrip()
            joint = " "
        if not (phrases and phrases[-1].takes(label, name)):
            phrases.append(_Phrase(joint, label, []))
            joint = ""
        phrases[-1].names.append((joint, name))
        phrases[-1].tail, joint, label = _split(text)
    if label:
        phrases.append(_Phrase(joint, label, []))
    return phrases


def _split(text: str) -> tuple[str, str, str]:
    found = _BETWEEN.match(text)
    return ("", "", text) if found is None else (found[1], found[2], found[3])


def _join(parts: Sequence[tuple[str, str | None]]) -> str:
    """Join what is there; the first after a gap takes the joint of the first that is missing."""
    text, gap = "", None
    for joint, part in parts:
        if part is None:
            gap = joint if gap is None else gap
            continue
        text += (joint if gap is None else gap) + part
        gap = None
    return text
