"""Operators see how it goes: the funnel, answer times, callbacks, and what they should look at."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.database.engine import Database
from token_server.domain.authentication_types import Method
from token_server.domain.operators import Operator, Permission
from token_server.domain.statistics import STEPS, STEPS_MS, Advice, CallbackHealth, Figures, Range, first_moment
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import audit_chain, server_keys, signing_keys, statistics

KEPT_FOR_MS = {Range.HOUR: 2_000, Range.DAY: 10_000, Range.WEEK: 60_000}
YEAR_MS = 365 * 86_400_000
LONG_UNCHAINED_MS = 300_000
LONG_READABLE_S = 3_600


class SeeDashboard:
    """Counts, and keeps what was counted for a moment: many desks may be open."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Read `database` and `configuration`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._kept: dict[Range, tuple[int, Figures]] = {}

    async def show(self, operator: Operator, span: Range) -> Figures:
        """Return everything on the dashboard.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_DASHBOARD)
        now = self._clock.now_ms()
        counted_at, figures = self._kept.get(span, (0, None))
        if figures is None or not 0 <= now - counted_at < KEPT_FOR_MS[span]:
            figures = await self._count(span, now)
            self._kept[span] = now, figures
        return figures

    async def _count(self, span: Range, now: int) -> Figures:
        read, since = self._database.read, first_moment(span, now)
        callbacks = await statistics.callback_health(read, since=since)
        return Figures(
            span,
            await statistics.funnel(read, since=since, step=STEPS_MS[span], steps=STEPS[span]),
            await statistics.answer_times(read, since=since),
            callbacks,
            [
                *await self._about_audit(now),
                *_about_callbacks(callbacks),
                *await self._about_keys(now),
                *await self._about_settings(),
            ],
        )

    async def _about_audit(self, now: int) -> list[Advice]:
        read, found = self._database.read, []
        end = await audit_chain.find_end(read)
        if end.last is not None and (end.signed is None or end.last > end.signed.sequence):
            found.append(Advice("bad", "The audit trail's chain is broken at its end: verify it now.", "/audit"))
        oldest = await audit_chain.oldest_unchained_at(read)
        if oldest is not None and oldest < now - LONG_UNCHAINED_MS:
            text = "Entries of the audit trail wait to be chained since more than five minutes."
            found.append(Advice("bad", text, "/audit"))
        return found

    async def _about_keys(self, now: int) -> list[Advice]:
        found, shared = [], await server_keys.find_shared(self._database.read)
        if shared is not None and now - shared.created_at > YEAR_MS:
            text = "The OpenPGP key that new enrolments get is older than a year."
            found.append(Advice("warn", text, "/server-keys"))
        signing = await signing_keys.list_usable(self._database.read, retired_after=now)
        if signing and now - signing[0].created_at > YEAR_MS:
            found.append(Advice("warn", "The key that signs access tokens is older than a year.", "/server-keys"))
        return found

    async def _about_settings(self) -> list[Advice]:
        snapshot, found = await self._configuration.snapshot(), []
        config = snapshot.mobile_config
        if not config.only_allow_preconfigured_callback_urls:
            text = "Portals may have callbacks sent to any address: only_allow_preconfigured_callback_urls is off."
            found.append(Advice("warn", text, ""))
        if config.result_retention_s > LONG_READABLE_S:
            found.append(Advice("note", "Results can be fetched for more than an hour after the end.", ""))
        still = [
            each.name
            for each in snapshot.authentication_types.values()
            if each.method is Method.OTP and not each.rotation_s
        ]
        if still:
            names = ", ".join(sorted(still)[:5])
            text = f"Codes of these types never change, so a picture of one can be passed on: {names}."
            found.append(Advice("note", text, ""))
        return found


def _about_callbacks(health: CallbackHealth) -> list[Advice]:
    return [
        Advice(
            "warn",
            f"{failed} {'callback' if failed == 1 else 'callbacks'} not taken by {uri}",
            "/callbacks?state=failed",
        )
        for uri, failed in health.failing
    ]
