"""Takes the pictures of `docs/images`: `make pictures`. A day of a bank, looked at in Chromium, large and small.

`--every FOLDER` takes all pages in light and dark, for whoever changes how they look.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from PIL import Image

from tests.support.chromium import Chromium, Page
from tests.support.clock import MovableClock
from tests.support.location_files import write_locations
from tests.support.portal import CallbackReceiver
from tests.support.required_components import require
from tests.support.server import a_world, settings_for
from tests.support.source_files import ROOT
from tests.walk.bank import Bank, open_bank
from tests.walk.logins import LINUX, a_day, by_default, lasting_s
from tests.walk.tour import console_tour, phone_tour, portal_tour, way_in

IMAGES = ROOT / "docs" / "images"
SIZES = ((1280, 860), (360, 740))
TALLEST = 1900
COLOURS = 256
# One of each family of pages, under the name of its picture.
ALBUM = {
    "/": "dashboard",
    "/transactions": "transactions",
    "/transactions/{transaction_id}": "transaction",
    "/users": "user",
    "/devices/{device_id}": "device",
    "/callbacks": "callbacks",
    "/audit": "audit",
    "verified evidence": "evidence",
    "/authentication-types": "authentication-types",
    "/authentication-types/{name}": "authentication-type",
    "two admins": "two-admins",
    "/mobile-config": "mobile-config",
    "/callback-endpoints": "callback-endpoints",
    "/api-clients": "api-clients",
    "/api-clients/{client_id}": "api-client",
    "/applications": "applications",
    "/applications/{identifier}": "application",
    "/features": "features",
    "/languages": "languages",
    "/server-keys": "server-keys",
    "/operators": "operators",
    "/operators/{operator_id}/{action}": "question",
    "/account": "account",
    "/tokens": "tokens",
    "/sign-in": "sign-in",
    "/sign-in/enrol": "second-factor",
    "portal login": "login",
    "portal number": "number-matching",
    "phone asked": "phone",
}


@dataclass(frozen=True)
class Album:
    """Where pictures go; all of them, also by night, or one of each family."""

    folder: Path
    has_all: bool

    async def take(self, page: Page, stop: str) -> None:
        """Take the pictures of the page on the screen."""
        name = stop.strip("/").replace("/", "_") if self.has_all else ALBUM.get(stop)
        if name is None:
            return
        for scheme in ("light", "dark") if self.has_all else ("light",):
            await page.prefer(color_scheme=scheme, reduced_motion="reduce")
            for width, height in SIZES:
                await page.resize(width, height)
                await asyncio.sleep(0.1)
                shade = f"-{scheme}" if self.has_all else ""
                (self.folder / f"{name or 'root'}-{width}{shade}.png").write_bytes(small(await whole(page, width)))
        await page.resize(*SIZES[0])


async def whole(page: Page, width: int) -> bytes:
    """Return a photo of the page down to its end, unless it is endless."""
    height = await page.run("document.documentElement.scrollHeight")
    await page.resize(width, min(height, TALLEST))
    return await page.photo()


def small(photo: bytes) -> bytes:
    """Return the photo with as few colours as it needs, the rare ones among them: pictures are kept for ever."""
    kept = io.BytesIO()
    picture = Image.open(io.BytesIO(photo)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


@asynccontextmanager
async def a_day_at_the_bank(folder: Path) -> AsyncIterator[Bank]:
    """A bank with a day behind it, whose clock shows what ours does."""
    logins, clock = list(a_day()), MovableClock()
    clock.move(-lasting_s(logins))
    settings = settings_for(f"sqlite:///{folder}/bank.sqlite3", folder, has_desk=True)
    locations = write_locations(folder / "places.mmdb")
    settings = replace(settings, context=replace(settings.context, location_database=locations))
    async with (
        CallbackReceiver() as callbacks,
        a_world(settings, folder, callbacks, clock=clock, geolocation=True) as world,
        open_bank(world) as bank,
    ):
        await bank.live(logins)
        await bank.staff()
        await bank.live(by_default())
        yield bank


async def take_pictures(album: Album) -> None:
    """Go around, and take a picture wherever there is one to take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profile").mkdir()
        chromium = Chromium(require("chromium") / "chromium", folder / "profile", "--font-render-hinting=none")
        try:
            async with a_day_at_the_bank(folder) as bank, chromium.page() as page:
                await page.do("Emulation.setUserAgentOverride", userAgent=LINUX)
                async for stop in way_in(bank, page):
                    await album.take(page, stop)
                await bank.note_token("anna")
                async for stop in console_tour(bank, page):
                    await album.take(page, stop)
                async for stop in portal_tour(bank, page, folder):
                    await album.take(page, stop)
                async for stop, phone in phone_tour(bank, page, chromium):
                    await album.take(phone, stop)
        finally:
            chromium.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="all pages, in light and dark, into this folder")
    chosen = parser.parse_args(arguments).every
    album = Album(chosen or IMAGES, has_all=chosen is not None)
    album.folder.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(take_pictures(album))


if __name__ == "__main__":
    main()
