"""One file in MaxMind's format: what it says about an address, checked before anybody sees it.

The file is held in memory. To map it would be leaner, but a mapped file that somebody overwrites kills the process; to
read it piecemeal costs four times as much for each look-up.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import maxminddb
import structlog

from token_server.visitors.shown_texts import shown

log = structlog.get_logger("visitors")

MOST_REMEMBERED = 4096
# What reading a damaged file can end in; the format nests, counts and points, and any byte of it may be another.
_DAMAGED = (
    maxminddb.InvalidDatabaseError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
    RecursionError,
    MemoryError,
    OSError,
)


class LocationsUnavailable(Exception):
    """There is a file to look into, and it cannot be used; says why."""


@dataclass(frozen=True)
class Location:
    """Where an address is, in the user's language; None is what is not known."""

    country_code: str | None = None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True)
class Names:
    """Everything that a file says about one place, in all its languages."""

    country_code: str | None
    region: Mapping[str, str]
    city: Mapping[str, str]

    def in_language(self, languages: tuple[str, ...]) -> Location:
        """Return it in the first of those languages that there is, name by name."""
        return Location(self.country_code, _first(self.region, languages), _first(self.city, languages))


class LocationFile:
    """One version of the file, held in memory."""

    def __init__(self, path: str) -> None:
        """Read the file at `path`.

        Errors: LocationsUnavailable.
        """
        try:
            self._reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
            self.kind = shown(self._reader.metadata().database_type) or "of no kind"
            self._reads_v6 = self._reader.metadata().ip_version != 4  # noqa: PLR2004 - IPv4
        except _DAMAGED as error:
            raise LocationsUnavailable(reason_of(error)) from error
        self._has_complained = False
        self._find = lru_cache(MOST_REMEMBERED)(self._look_up)

    def find(self, address: str) -> Names:
        """Return what the file has on that address.

        Errors: LocationsUnavailable.
        """
        try:
            return self._find(address)
        except _DAMAGED as error:
            if not self._has_complained:
                log.warning("location database is damaged", problem=reason_of(error))
            self._has_complained = True
            raise LocationsUnavailable(reason_of(error)) from error

    def _look_up(self, address: str) -> Names:
        record = self._reader.get(address) if self._reads_v6 or ":" not in address else None
        subdivisions = _member(record, "subdivisions")
        widest = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
        return Names(
            _country_code(_member(_member(record, "country"), "iso_code")),
            _names(_member(widest, "names")),
            _names(_member(_member(record, "city"), "names")),
        )


def reason_of(error: BaseException) -> str:
    """Return what is wrong with the file, as a clause for the log and for `check-config`."""
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}"
    return f"it is no usable file in MaxMind's format: {type(error).__name__}"


def _member(record: Any, name: str) -> Any:  # noqa: ANN401 - whatever stands in somebody's database
    return record.get(name) if isinstance(record, dict) else None


def _country_code(code: object) -> str | None:
    return code if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isupper() else None  # noqa: PLR2004 - ISO 3166-1 alpha-2


def _names(names: object) -> Mapping[str, str]:
    if not isinstance(names, dict):
        return {}
    read = {language: shown(name) for language, name in names.items() if isinstance(language, str)}
    return {language.lower(): name for language, name in read.items() if name is not None}


def _first(names: Mapping[str, str], languages: tuple[str, ...]) -> str | None:
    return next((names[each] for each in languages if each in names), None)
