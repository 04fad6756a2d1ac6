"""How `<qr-login>` looks, in every language, by day and night, on a phone and on a computer."""

from __future__ import annotations

import json
import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.support.chromium import Page
from tests.support.required_components import require
from tests.widget.stage import APPS, CARD, CODE, FINAL, Stage

pytestmark = pytest.mark.needs_browser

LANGUAGES = ["en", "nl", "de", "fr"]
PICTURED = f"{CARD}.hasAttribute('data-pictured')"
TITLE = f"{CARD}.querySelector('.title').textContent"
ELEMENT = "document.querySelector('qr-login')"
SCREENS = [(360, 740, True), (1280, 900, False)]
STATES: list[tuple[str, dict[str, Any]]] = [
    ("waiting", {"apps": APPS}),
    ("scanned", {}),
    ("number", {"number": "42"}),
    ("accepted", {}),
    ("denied", {}),
    ("denied", {"reason": "not_me"}),
    ("expired", {}),
]
VIEWS = [
    "start",
    "loading",
    "waiting",
    "scanned",
    "number",
    "accepted",
    "denied",
    "not_me",
    "expired",
    "offline",
    "failed",
]


LOGS_IN = re.compile(
    r"log ?in|logg|sign ?in|ingelogd|anmeld|angemeldet|(se|vous) connect|connexion (par|en|refusée|arrêtée)",
    re.IGNORECASE,
)


async def module_words(stage: Stage, page: Page) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The widget's tables of words: for a login, and what is other when something is confirmed."""
    words, confirming = await page.run(
        f"import('{stage.server}/widget/v1/qr-login.js').then((widget) => [widget.WORDS, widget.CONFIRMING])"
    )
    return words, confirming


async def test_every_language_has_every_word_with_the_same_places_to_fill(stage: Stage, page: Page) -> None:
    await stage.open(page, "")
    words, confirming = await module_words(stage, page)
    assert list(words) == list(confirming) == LANGUAGES
    assert set(VIEWS) <= words["en"].keys()
    assert confirming["en"].keys() < words["en"].keys()
    for language, table in [*words.items(), *confirming.items()]:
        assert list(table) in (list(words["en"]), list(confirming["en"])), language
        for name, said in table.items():
            assert all(said), (language, name)
            assert len(said) == 2 or isinstance(said, str)
            assert re.findall(r"\{\w+\}", str(said)) == re.findall(r"\{\w+\}", str(words["en"][name])), (language, name)


async def test_who_confirms_something_reads_of_no_login_in_any_language(stage: Stage, page: Page) -> None:
    await stage.open(page, "")
    words, confirming = await module_words(stage, page)
    for language, table in words.items():
        assert LOGS_IN.search(str(table)), language
        assert not LOGS_IN.search(str({**table, **confirming[language]})), language


@pytest.mark.parametrize(
    ("attribute", "document", "title"),
    [
        ("de", "fr", "Zum Anmelden scannen"),
        ("nl-BE", "fr", "Scan om in te loggen"),
        ("", "fr", "Scannez le code"),
        ("", "es", "Scan to log in"),
        ("xx", "", "Scan to log in"),
    ],
)
async def test_the_elements_language_goes_before_the_documents_and_the_browsers(
    stage: Stage, page: Page, attribute: str, document: str, title: str
) -> None:
    chosen = f'lang="{attribute}"' if attribute else ""
    await stage.open(page, f'<qr-login start="/start" {chosen}></qr-login>', lang=document)
    await page.until(PICTURED)
    assert await page.run(TITLE) == title


@pytest.mark.parametrize(("width", "height", "phone"), SCREENS)
async def test_nothing_moves_from_one_state_to_the_next_in_any_language(
    stage: Stage, page: Page, width: int, height: int, *, phone: bool
) -> None:
    await page.resize(width, height, phone=phone)
    await page.prefer(reduced_motion="reduce")
    await stage.open(page)
    await page.until(PICTURED)
    measure = f"""(() => {{
        const ways = {json.dumps(LANGUAGES)}.flatMap((language) => [[language, ""], [language, "confirm"]]);
        const places = ways.map(([language, purpose]) => {{
            {ELEMENT}.lang = language;
            {ELEMENT}.setAttribute("purpose", purpose);
            return [".card", ".box", ".panel", ".time"].map((part) => {{
                const {{ y, height }} = {CARD}.parentNode.querySelector(part).getBoundingClientRect();
                return [part, y, height].join(" ");
            }}).join(" | ");
        }});
        return [document.documentElement.scrollWidth <= {width}, places];
    }})()"""
    seen: set[str] = set()
    for state, more in STATES:
        await stage.say(state, **more)
        await page.until(f"{CARD}.dataset.view === {json.dumps(more.get('reason', state))}")
        fits, places = await page.run(measure)
        assert fits, f"{state}: wider than the screen"
        seen |= set(places)
        if state in FINAL:
            await page.run(f"{ELEMENT}.setAttribute('start', '/start?' + Math.random())")
            await page.until(PICTURED)
    assert len(seen) == 1, seen


@pytest.mark.needs_zbar
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height", "phone"), SCREENS)
async def test_the_picture_on_the_screen_is_read_by_two_readers(
    stage: Stage, page: Page, tmp_path: Path, width: int, height: int, scheme: str, *, phone: bool
) -> None:
    await page.resize(width, height, phone=phone)
    await page.prefer(color_scheme=scheme)
    await stage.open(page)
    await page.until(PICTURED)
    photo = await page.photo()
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(photo)).convert("L"))
    assert code.text == f"{CODE}1"
    (tmp_path / "screen.png").write_bytes(photo)
    command = [str(require("zbarimg") / "zbarimg"), "--quiet", "--raw", str(tmp_path / "screen.png")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == f"{CODE}1"


@pytest.mark.parametrize("density", [1, 1.5, 2, 3])
async def test_every_module_is_a_whole_number_of_pixels(stage: Stage, page: Page, density: float) -> None:
    await page.resize(390, 844, density=density, phone=True)
    await stage.open(page)
    await page.until(PICTURED)
    size, edge = await page.run(
        f"(() => {{ const {{ width, viewBox }} = {CARD}.querySelector('.picture');"
        "return [width.baseVal.value, viewBox.baseVal.width]; })()"
    )
    assert size * density / edge == pytest.approx(round(size * density / edge), abs=1e-3)
    screen = Image.open(BytesIO(await page.photo())).convert("L")
    panel = await page.run(f"{CARD}.querySelector('.picture').getBoundingClientRect().toJSON()")
    box = [
        round(panel[side] * density) + inset for side, inset in (("left", 1), ("top", 1), ("right", -1), ("bottom", -1))
    ]
    colours = screen.crop((box[0], box[1], box[2], box[3])).getcolors()
    assert {colour for _, colour in colours or []} == {0, 255}, "crisp: black and white, no grey between them"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2 for `rgb(1, 2, 3)`."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("theme", "scheme", "is_dark"),
    [("auto", "light", False), ("auto", "dark", True), ("light", "dark", False), ("dark", "light", True)],
)
async def test_text_stands_out_by_day_and_by_night(
    stage: Stage, page: Page, theme: str, scheme: str, *, is_dark: bool
) -> None:
    await page.prefer(color_scheme=scheme, reduced_motion="reduce")
    await stage.open(page, f'<qr-login start="/start" theme="{theme}"></qr-login>')
    await page.until(PICTURED)
    await stage.say("expired")
    await page.until(f"{CARD}.dataset.view === 'expired'")
    pairs = [(".title", ""), (".hint", ""), (".time", ""), (".app", ""), ("button", "button")]
    script = f"""{json.dumps(pairs)}.map(([front, back]) => [
        getComputedStyle({CARD}.querySelector(front)).color,
        getComputedStyle(back ? {CARD}.querySelector(back) : {CARD}).backgroundColor,
    ])"""
    for front, back in await page.run(script):
        lighter, darker = sorted((luminance(front), luminance(back)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (front, back)
    assert (luminance(await page.run(f"getComputedStyle({CARD}).backgroundColor")) < 0.2) is is_dark


async def test_a_page_changes_colours_corners_and_size_by_custom_properties(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await page.run(
        """(() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`qr-login { --qr-login-background: rgb(1, 2, 3); --qr-login-radius: 0px;
                --qr-login-size: 200px } qr-login::part(title) { text-transform: uppercase }`);
            document.adoptedStyleSheets = [sheet];
        })()"""
    )
    style = "(part) => getComputedStyle(part ? CARD.querySelector(part) : CARD)".replace("CARD", CARD)
    assert await page.run(f"({style})().backgroundColor") == "rgb(1, 2, 3)"
    assert await page.run(f"({style})('.box').borderRadius") == "0px"
    assert await page.run(f"({style})('.title').textTransform") == "uppercase"
    assert await page.run(f"{CARD}.querySelector('.box').clientWidth") == 200
    await page.until(f"{CARD}.querySelector('.picture').clientWidth <= 184")


async def test_the_ring_runs_smoothly_or_in_few_steps_for_those_who_want_less_motion(stage: Stage, page: Page) -> None:
    easing = f"{CARD}.querySelector('.ring').getAnimations()[0].effect.getTiming().easing"
    await stage.open(page)
    await page.until(PICTURED)
    assert await page.run(easing) == "linear"
    await page.prefer(reduced_motion="reduce")
    await stage.say("scanned")
    await page.until(f"{CARD}.dataset.view === 'scanned'")
    assert await page.run(easing) == "steps(6)"
    assert await page.run(f"getComputedStyle({CARD}.querySelector('.icon')).animationName") == "none"
    assert re.fullmatch(r"Valid for (1:00|0:5\d)", await page.run(f"{CARD}.querySelector('[role=timer]').textContent"))


async def test_the_way_to_the_app_is_a_button_on_a_phone_and_a_quiet_link_on_a_computer(
    stage: Stage, page: Page
) -> None:
    looks = []
    for width, height, phone in SCREENS:
        await page.resize(width, height, phone=phone)
        await stage.open(page)
        await page.until(PICTURED)
        looks.append(await page.run(f"getComputedStyle({CARD}.querySelector('.app')).backgroundColor"))
    assert looks == ["rgb(15, 79, 148)", "rgba(0, 0, 0, 0)"]


async def test_the_picture_has_a_name_for_those_who_do_not_see_it(stage: Stage, page: Page) -> None:
    await stage.open(page, lang="de")
    await page.until(PICTURED)
    tree = (await page.do("Accessibility.getFullAXTree"))["nodes"]
    named = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]}
    assert ("image", "QR-Code zum Anmelden") in named
    assert ("link", "Example app öffnen") in named
    assert "status" in {role for role, _ in named}
