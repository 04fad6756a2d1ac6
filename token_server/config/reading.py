"""One table of the file, with what overrides it, as the dataclass it describes; every problem is noted, none raised."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from token_server.config.checks import Check
from token_server.config.conversion import Unusable, from_file, from_text
from token_server.config.environment import Override, read_secret_file
from token_server.config.problems import Problem, did_you_mean
from token_server.config.schema import Entry, entries_of, seed_of, told_apart_by
from token_server.domain.identifiers import LANGUAGE_CODE

T = TypeVar("T")


@dataclass
class Reading:
    """What is read so far: where the values came from, and what is wrong with them."""

    source: str
    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def table(
        self, shape: type[T], raw: object, path: str, overrides: Mapping[str, Override] | None = None
    ) -> T | None:
        """The table as `shape`, or None when something is wrong with it."""
        if not isinstance(raw, dict):
            self.note(path, "must be a table", f"Write [{path}] above its settings")
            return None
        count = len(self.problems)
        entries = entries_of(shape)
        self._note_unknown(raw, entries, path)
        values = {entry.name: self._value(entry, raw, path, overrides or {}) for entry in entries}
        if len(self.problems) > count:
            return None
        return shape(**{name: value for name, value in values.items() if value is not None})

    def tables(self, shape: type[T], raw: object, path: str) -> tuple[T, ...]:
        """A list of tables as `shape`; those with problems are left out."""
        if not isinstance(raw, list):
            self.note(path, "must be a list of tables", f"Write [[{path}]], in double brackets, above each")
            return ()
        keys = told_apart_by(shape)
        places = [f"{path}[{_label(each, keys, number)}]" for number, each in enumerate(raw, start=1)]
        for place in sorted({place for place in places if places.count(place) > 1}):
            self.note(place, "is there more than once", f"Give each its own {' and '.join(keys)}")
        read = [self.table(shape, each, place) for each, place in zip(raw, places, strict=True)]
        return tuple(each for each in read if each is not None)

    def texts(self, raw: object, path: str, *checks: Check) -> Mapping[str, str]:
        """A table of texts by language code; every problem of a text is noted."""
        try:
            texts: Mapping[str, str] = from_file(Mapping[str, str], raw)
        except Unusable as unusable:
            self.note(path, unusable.problem, unusable.remedy)
            return {}
        for language, text in texts.items():
            if not re.fullmatch(LANGUAGE_CODE, language):
                self.note(f"{path}.{language}", "is not a language code", "Write one like en or pt-BR")
            for check in checks:
                if problem := check.problem(text):
                    self.note(f"{path}.{language}", problem)
        return texts

    def note(self, path: str, problem: str, remedy: str = "", source: str = "") -> None:
        """Remember one problem."""
        self.problems.append(Problem(path, source or self.source, problem, remedy))

    def _note_unknown(self, raw: Mapping[str, object], entries: tuple[Entry, ...], path: str) -> None:
        known = [key for entry in entries for key in entry.file_keys]
        secrets = {entry.name: entry for entry in entries if entry.is_secret}
        for key in raw:
            if key in secrets:
                self.note(f"{path}.{key}", "must not stand in this file", f"Use {' or '.join(secrets[key].file_keys)}")
            elif key not in known:
                self.note(f"{path}.{key}", "is not a setting", did_you_mean(key, known, prefix=f"{path}."))

    def _value(self, entry: Entry, raw: Mapping[str, object], path: str, overrides: Mapping[str, Override]) -> Any:  # noqa: ANN401 - as from_file
        place, source = f"{path}.{entry.name}", self.source
        try:
            if entry.name in overrides:
                source = overrides[entry.name].source
                value = from_text(entry.kind, overrides[entry.name].text)
            elif entry.is_secret:
                value = self._secret(entry, raw, path)
            elif entry.name in raw:
                value = self._from_file(entry, raw[entry.name], place)
            else:
                value = None
        except Unusable as unusable:
            self.note(place, unusable.problem, unusable.remedy, source)
            return None
        if value is None:
            if entry.required and entry.name not in raw:
                self.note(place, "is missing", f"It is {entry.doc}")
            return None
        self.origins[place] = source
        self._check(entry, value, place, source)
        return value

    def _from_file(self, entry: Entry, value: object, place: str) -> Any:  # noqa: ANN401 - as from_file
        inner = seed_of(entry.kind)
        if inner is not None:
            return self.tables(inner, value, place)
        return from_file(entry.kind, value)

    def _secret(self, entry: Entry, raw: Mapping[str, object], path: str) -> Any:  # noqa: ANN401 - as from_file
        given = [key for key in entry.file_keys if key in raw]
        if len(given) > 1:
            self.note(f"{path}.{given[1]}", f"is there beside {given[0]}", "Keep one of them")
        if len(given) != 1:
            return None
        where = from_file(str, raw[given[0]])
        if given[0].endswith("_file"):
            text = read_secret_file(where, f"{path}.{given[0]}", self.source, self.problems)
        else:
            text = self.environ.get(where)
            if not text:
                self.note(f"{path}.{given[0]}", f"the environment variable {where} is not set")
        return from_text(entry.kind, text) if text else None

    def _check(self, entry: Entry, value: object, place: str, source: str) -> None:
        for each in value if isinstance(value, tuple) else (value,):
            for check in entry.checks:
                problem = check.problem(each)
                if problem is not None:
                    self.note(place, problem, source=source)


def _label(raw: object, keys: Sequence[str], number: int) -> str:
    names = [raw.get(key) if isinstance(raw, dict) else None for key in keys]
    texts = [name for name in names if isinstance(name, str) and name]
    return " ".join(texts) if len(texts) == len(keys) else f"#{number}"
