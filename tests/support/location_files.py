"""Location databases for tests, in MaxMind's format, written by a library that is not the reader's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

UTRECHT = {
    "country": {"iso_code": "NL", "names": {"en": "Netherlands", "nl": "Nederland"}},
    "subdivisions": [{"iso_code": "UT", "names": {"en": "Utrecht", "nl": "Provincie Utrecht"}}],
    "city": {"names": {"en": "Utrecht", "nl": "Utrecht", "pt-BR": "Utreque"}},
}
LONDON = {
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}}, {"names": {"en": "Greater London"}}],
    "city": {"names": {"en": "London", "nl": "Londen"}},
}
LONDON_ADDRESS, UTRECHT_ADDRESS, UTRECHT_V6 = "81.2.69.160", "145.97.1.2", "2001:610:1:2::3"
PLACES = {"81.2.69.0/24": LONDON, "145.97.0.0/16": UTRECHT, "2001:610::/32": UTRECHT}


def write_locations(path: Path, places: Mapping[str, Any] = PLACES, *, ip_version: int = 6) -> str:
    """Write a database with those places, by network, and return its name."""
    writer = MMDBWriter(ip_version, "GeoLite2-City", languages=["en", "nl"], ipv4_compatible=ip_version == 6)
    for network, record in places.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return str(path)
