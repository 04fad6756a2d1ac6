"""Where addresses are: by a file that can be missing, damaged, or replaced while it is in use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.location_files import LONDON_ADDRESS, UTRECHT, UTRECHT_ADDRESS, UTRECHT_V6, write_locations
from token_server.visitors.location_files import Location, LocationsUnavailable
from token_server.visitors.locations import Locations, problem_with

ENGLISH, DUTCH = ("en",), ("nl", "en")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_locations(tmp_path_factory.mktemp("places") / "places.mmdb"))


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / "places.mmdb"))


@pytest.fixture
async def locations(file: Path) -> Locations:
    read = Locations(str(file))
    await read.refresh()
    return read


@pytest.mark.parametrize(
    ("address", "languages", "location"),
    [
        (UTRECHT_ADDRESS, ENGLISH, Location("NL", "Utrecht", "Utrecht")),
        (UTRECHT_ADDRESS, DUTCH, Location("NL", "Provincie Utrecht", "Utrecht")),
        (UTRECHT_V6, DUTCH, Location("NL", "Provincie Utrecht", "Utrecht")),
        (f"::ffff:{UTRECHT_ADDRESS}", ENGLISH, Location("NL", "Utrecht", "Utrecht")),
        (LONDON_ADDRESS, ENGLISH, Location("GB", "England", "London")),
        (LONDON_ADDRESS, DUTCH, Location("GB", "England", "Londen")),
        (LONDON_ADDRESS, ("de", "en"), Location("GB", "England", "London")),
        (UTRECHT_ADDRESS, ("pt-br", "pt", "en"), Location("NL", "Utrecht", "Utreque")),
    ],
)
async def test_a_place_is_named_in_the_users_language(
    locations: Locations, address: str, languages: tuple[str, ...], location: Location
) -> None:
    assert locations.find(address, languages) == location


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2a00::1", "10.1.2.3", "127.0.0.1", "192.168.0.1", "::1", "fe80::1", "224.0.0.1", "nonsense", ""],
)
async def test_an_address_that_is_nowhere_has_no_place(locations: Locations, address: str) -> None:
    assert locations.find(address, ENGLISH) == Location()


async def test_private_addresses_are_not_even_looked_up(tmp_path: Path) -> None:
    locations = Locations(write_locations(tmp_path / "office.mmdb", {"10.0.0.0/8": UTRECHT}))
    await locations.refresh()
    assert locations.find("10.0.0.1", ENGLISH) == Location()


async def test_a_file_without_ipv6_knows_nothing_of_it(tmp_path: Path) -> None:
    locations = Locations(write_locations(tmp_path / "v4.mmdb", {"145.97.0.0/16": UTRECHT}, ip_version=4))
    await locations.refresh()
    assert locations.find(UTRECHT_ADDRESS, ENGLISH).city == "Utrecht"
    assert locations.find(UTRECHT_V6, ENGLISH) == Location()


@pytest.mark.parametrize(
    ("record", "location"),
    [
        ({"country": {"iso_code": "NL"}}, Location("NL")),
        ({"country": {"iso_code": "nl!"}, "city": {"names": {"en": "Ut\u202erecht"}}}, Location()),
        ({"city": {"names": {"en": "Ut\nrecht", "nl": "Utrecht"}}}, Location(city="Utrecht")),
        ({"city": {"names": {"en": "x" * 200}}}, Location(city="x" * 64)),
        ({"city": "Utrecht", "subdivisions": {}, "country": []}, Location()),
        ({"subdivisions": [], "city": {"names": {"en": 5}}}, Location()),
        ({"subdivisions": ["Utrecht"]}, Location()),
    ],
)
async def test_a_database_says_only_what_can_be_shown(tmp_path: Path, record: object, location: Location) -> None:
    locations = Locations(write_locations(tmp_path / "odd.mmdb", {"145.97.0.0/16": record}))
    await locations.refresh()
    assert locations.find(UTRECHT_ADDRESS, DUTCH) == location


async def test_without_a_file_nothing_is_known_and_nothing_is_wrong() -> None:
    locations = Locations("")
    await locations.refresh()
    assert locations.find(UTRECHT_ADDRESS, ENGLISH) == Location()


@pytest.mark.parametrize("contents", [None, b"", b"not a database", b"\xab\xcd\xefMaxMind.com\xe0"])
async def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, contents: bytes | None) -> None:
    path = tmp_path / "bad.mmdb"
    if contents is not None:
        path.write_bytes(contents)
    locations = Locations(str(path))
    await locations.refresh()
    with pytest.raises(LocationsUnavailable):
        locations.find(UTRECHT_ADDRESS, ENGLISH)
    assert str(problem_with(str(path))).startswith("it ")


def test_a_good_file_has_no_problem(file: Path) -> None:
    assert problem_with(str(file)) is None
    assert problem_with("") is None


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "it cannot be read" in str(problem_with(str(tmp_path)))


async def test_a_replaced_file_is_read_anew(locations: Locations, file: Path, tmp_path: Path) -> None:
    Path(write_locations(tmp_path / "new.mmdb", {"81.2.69.0/24": UTRECHT})).replace(file)
    assert locations.find(LONDON_ADDRESS, ENGLISH).city == "London"
    await locations.refresh()
    assert locations.find(LONDON_ADDRESS, ENGLISH).city == "Utrecht"


async def test_a_file_that_is_cut_off_changes_nothing_until_it_is_whole_again(locations: Locations, file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    await locations.refresh()
    assert locations.find(LONDON_ADDRESS, ENGLISH).city == "London"
    file.unlink()
    await locations.refresh()
    assert locations.find(LONDON_ADDRESS, ENGLISH).city == "London"
    write_locations(file, {"81.2.69.0/24": UTRECHT})
    await locations.refresh()
    assert locations.find(LONDON_ADDRESS, ENGLISH).city == "Utrecht"


async def test_a_file_that_comes_late_is_found(tmp_path: Path) -> None:
    locations = Locations(str(tmp_path / "late.mmdb"))
    await locations.refresh()
    write_locations(tmp_path / "late.mmdb")
    await locations.refresh()
    assert locations.find(UTRECHT_ADDRESS, ENGLISH).country_code == "NL"
