"""Who asks for pictures without a pause, in every size, has few of them drawn; and nobody waits for ever."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from token_server.qr import QrPainter, start_process
from token_server.web.pictures import LARGEST_SIZE, SMALLEST_SIZE

TEXT = "eyJ0cmFuc2FjdGlvbl9pZCI6Ijc3NGE0MWE5LTA0YjQtNGM4Yi1hZDQ3LTJhMTk1YTkzIiwib3RwIjoiMTIzNDU2Nzg5MGFiY2RlZiJ9"


class CountingPainter(ThreadPoolExecutor):
    """Paints, and counts what it is asked for."""

    asked = 0

    def submit(self, work: Callable[..., Any], /, *about: Any, **named: Any) -> Future[Any]:
        self.asked += 1
        return super().submit(work, *about, **named)


@pytest.fixture
def counting() -> CountingPainter:
    return CountingPainter(1)


@pytest.fixture
def painter(counting: CountingPainter) -> Iterator[QrPainter]:
    painter = QrPainter(lambda: counting)
    yield painter
    painter.close()


async def test_sixteen_who_ask_at_once_get_one_picture(painter: QrPainter, counting: CountingPainter) -> None:
    pictures = await asyncio.gather(*(painter.svg(TEXT) for _ in range(16)))
    assert len(set(pictures)) == 1
    assert counting.asked == 1


async def test_every_size_there_is_costs_one_picture_for_each_whole_pixel_of_a_module(
    painter: QrPainter, counting: CountingPainter
) -> None:
    sizes = range(SMALLEST_SIZE, LARGEST_SIZE + 1)
    pictures = await asyncio.gather(*(painter.png(TEXT, size) for size in sizes))
    widths = [Image.open(io.BytesIO(png)).width for png in pictures]
    assert all(width <= size for width, size in zip(widths, sizes, strict=True)), "never larger than asked for"
    assert counting.asked == 1 + len(set(widths)) < 30
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(pictures[0])))[0].text == TEXT


async def test_who_goes_away_takes_the_picture_from_nobody(painter: QrPainter, counting: CountingPainter) -> None:
    first, second = asyncio.create_task(painter.svg(TEXT)), asyncio.create_task(painter.svg(TEXT))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).startswith(b"<svg")
    assert counting.asked == 1


async def test_what_could_not_be_drawn_is_tried_again(painter: QrPainter, counting: CountingPainter) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="too large"):
            await painter.svg("x" * 5000)
    assert counting.asked == 2


async def test_a_painter_that_is_killed_has_one_successor_for_all_who_wait() -> None:
    started: list[Executor] = []

    def start() -> Executor:
        started.append(start_process())
        return started[-1]

    painter = QrPainter(start)
    try:
        await painter.svg(TEXT)
        os.kill(started[0].submit(os.getpid).result(), signal.SIGKILL)
        pictures = await asyncio.gather(*(painter.svg(f"{TEXT}{each}") for each in range(8)))
        assert len(set(pictures)) == 8
        assert len(started) == 2
    finally:
        painter.close()
