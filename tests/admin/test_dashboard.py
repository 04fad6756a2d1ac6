"""The first page: counts that are right, charts that say the same, and what should be looked at."""

from __future__ import annotations

import re

import pytest

from tests.admin.test_transactions import a_login
from tests.support.desk import Desk
from token_server.admin.console.charts import nice_top, stacked, ticks
from token_server.domain.operators import TERMINAL
from token_server.domain.statistics import STEPS, Bucket, Range


async def test_the_funnel_counts_what_became_of_each_login(desk: Desk) -> None:
    await a_login(desk)
    await a_login(desk, "bob", "deny")
    await desk.world.start()
    figures = await desk.flows.happenings.dashboard.show(TERMINAL, Range.HOUR)
    assert figures.total[1:] == (3, 2, 1, 1, 0)
    assert figures.total.open == 1
    assert figures.times.answered == 2
    assert figures.times.median_ms is not None
    assert figures.times.p90_ms is not None
    assert figures.times.median_ms <= figures.times.p90_ms
    assert len(figures.buckets) == STEPS[Range.HOUR]
    desk.world.clock.move(3_600)
    later = await desk.flows.happenings.dashboard.show(TERMINAL, Range.HOUR)
    assert later.total.started == 0
    assert later.times == (0, None, None)
    for span in (Range.DAY, Range.WEEK):
        assert (await desk.flows.happenings.dashboard.show(TERMINAL, span)).total.started == 3


async def test_the_page_shows_the_same_as_a_chart_and_as_a_table(desk: Desk) -> None:
    await a_login(desk)
    anna = await desk.at_home("anna")
    for span in Range:
        assert (await anna.get(f"/?range={span}")).status == 200
        assert re.search(r"<desc[^>]*>1 started, 1 scanned, 1 accepted, 0 denied, 0 expired", anna.page)
        assert '<rect class="accepted"' in anna.page
        assert anna.page.count('data-label="From"') == STEPS[span]
    assert (await anna.get("/?range=1y")).status == 400


async def test_weak_settings_old_keys_and_portals_that_do_not_answer_are_told(desk: Desk) -> None:
    world = desk.world
    world.callbacks.status = 503
    await a_login(desk)
    await world.configure(only_allow_preconfigured_callback_urls=False, result_retention_s=7_200)
    anna = await desk.at_home("anna")
    for _ in range(200):
        world.clock.move(3)
        await anna.get("/")
        if "not taken by" in anna.page:
            break
    assert "1 callback not taken by" in anna.page
    assert "only_allow_preconfigured_callback_urls is off" in anna.page
    assert "more than an hour" in anna.page
    assert "never change" in anna.page
    assert "older than a year" not in anna.page
    world.clock.move(366 * 86_400)
    texts = [each.text for each in (await desk.flows.happenings.dashboard.show(TERMINAL, Range.HOUR)).advice]
    assert sum("older than a year" in text for text in texts) == 2


@pytest.mark.parametrize("most", [0, 1, 4, 5, 8, 9, 20, 21, 99, 1_000, 123_456])
def test_the_axis_ends_at_a_round_number_with_whole_steps(most: int) -> None:
    top = nice_top(most)
    assert top >= most
    assert top <= max(4, most * 2.5)
    assert all(isinstance(tick, int) for tick in ticks(top))
    assert ticks(top)[-1] == top
    assert top % 4 == 0


def test_bars_stay_inside_their_chart_and_stand_on_each_other() -> None:
    buckets = [Bucket(0, 10, 8, 5, 2, 1), *[Bucket(place * 3_600_000) for place in range(1, 24)]]
    chart = stacked(buckets, Range.DAY, width=330)
    assert [bar.kind for bar in chart.bars] == ["accepted", "denied", "expired", "open"]
    for lower, upper in zip(chart.bars, chart.bars[1:], strict=False):
        assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)
    assert all(bar.x >= 0 and bar.x + bar.width <= 330 and bar.y >= 0 for bar in chart.bars)
