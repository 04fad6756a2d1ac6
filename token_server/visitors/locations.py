"""Where an address is, by a local file: no address leaves the house.

The file may be replaced while the server runs: a worker looks again and again. What cannot be read is told once, and
what was read before stays in use.
"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import structlog

from token_server.visitors.location_files import Location, LocationFile, LocationsUnavailable, reason_of

log = structlog.get_logger("visitors")


@dataclass(frozen=True)
class _Stamp:
    """By what one version of the file is told from another."""

    inode: int
    size: int
    changed_ns: int


class Locations:
    """Finds where addresses are; an empty path means that nobody wants to know."""

    def __init__(self, path: str) -> None:
        """Use the file at `path`, once `refresh` has read it."""
        self._path = path
        self._refreshing = asyncio.Lock()
        self._stamp: _Stamp | None = None
        self._file: LocationFile | None = None
        self._problem = "it has not been read yet"

    def find(self, ip_address: str, languages: tuple[str, ...]) -> Location:
        """Return where the address is; names in the first of those languages that there is.

        Errors: LocationsUnavailable.
        """
        address = _public(ip_address)
        if not self._path or address is None:
            return Location()
        if self._file is None:
            raise LocationsUnavailable(self._problem)
        return self._file.find(address).in_language(languages)

    async def refresh(self) -> None:
        """Read the file if it is another one than the last time; reading happens beside the logins."""
        if not self._path:
            return
        async with self._refreshing:
            stamp = None
            try:
                stamp = _stamp(self._path)
                if stamp == self._stamp:
                    return
                self._file = await asyncio.to_thread(LocationFile, self._path)
            except LocationsUnavailable as problem:
                self._complain(str(problem))
            else:
                self._problem = ""
                log.info("location database read", kind=self._file.kind)
            self._stamp = stamp

    def _complain(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("location database cannot be read", problem=problem, still_in_use=self._file is not None)
        self._problem = problem


def problem_with(path: str) -> str | None:
    """Return why a file cannot be used as a location database, None when it can (or when there is none)."""
    if not path:
        return None
    try:
        _stamp(path)
        LocationFile(path).find("192.0.2.1")
    except LocationsUnavailable as problem:
        return str(problem)
    return None


def _stamp(path: str) -> _Stamp:
    try:
        found = Path(path).stat()
    except (OSError, ValueError) as error:
        raise LocationsUnavailable(reason_of(error)) from error
    return _Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def _public(ip_address: str) -> str | None:
    """Return an address of the open internet, None for any other: nobody's office network is in a database."""
    try:
        address = ipaddress.ip_address(ip_address)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return str(address) if address.is_global and not address.is_multicast else None
