"""What the server counts and times, for Prometheus.

One object with a registry of its own, made by `app.py` and handed to whoever has something to tell: nothing is counted
in globals, so two servers in one process (or one test) do not mix. Names and labels are part of the product: dashboards
are built on them.
"""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Info, Metric, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from token_server.version import version

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Whoever asks may write any word as a method; only these become a label.
HTTP_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
HUMAN_S = (0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90, 120, 180, 300, 600)
DELIVERY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Telemetry:
    """The server's metrics; each method tells it one thing that happened."""

    def __init__(self) -> None:
        """Start at zero."""
        self.registry = CollectorRegistry()
        self._count_logins()
        self._count_deliveries()
        self._count_work()
        self._watch_audit_trail()
        Info("token_server_build", "Which server this is.", registry=self.registry).info(
            {"version": version(), "python": platform.python_version()}
        )
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _count_logins(self) -> None:
        # Asking for a series by its labels costs more than counting in it: each is asked for once.
        self._started = cache(
            Counter(
                "token_server_transactions_started",
                "Mobile authentication transactions that portals started.",
                ["type"],
                registry=self.registry,
            ).labels
        )
        self._ended = cache(
            Counter(
                "token_server_transactions_ended",
                "Mobile authentication transactions that ended, by outcome: accepted, denied, expired, invalid.",
                ["type", "outcome"],
                registry=self.registry,
            ).labels
        )
        self._stale_frames = Counter(
            "token_server_stale_frames",
            "Claims with a code that had changed too long before: a slow hand, or a picture that was sent on.",
            ["type"],
            registry=self.registry,
        )
        self._claim_to_answer = Times(
            "token_server_claim_to_answer_seconds", "Time from the scan to the user's answer.", ["type"], HUMAN_S
        )
        self.registry.register(self._claim_to_answer)

    def _count_deliveries(self) -> None:
        self._attempts = cache(
            Counter(
                "token_server_callback_attempts",
                "Attempts to tell a portal, by result: delivered, failed, given_up.",
                ["result"],
                registry=self.registry,
            ).labels
        )
        self._answer_to_callback = Times(
            "token_server_answer_to_callback_seconds",
            "Time from the end of a transaction to its callback's delivery.",
            [],
            DELIVERY_S,
        )
        self.registry.register(self._answer_to_callback)

    def _count_work(self) -> None:
        self._limited = Counter(
            "token_server_limited",
            "What was refused because it came too often, by the limit's name in the configuration.",
            ["limit"],
            registry=self.registry,
        )
        self._watching = Gauge(
            "token_server_watching_browsers", "Browsers that wait for news of a login.", registry=self.registry
        )
        self._requests = Times(
            "token_server_http_request_seconds",
            "HTTP requests by channel, route and status; long polls included.",
            ["channel", "method", "route", "status"],
            FAST_S,
        )
        self.registry.register(self._requests)

    def _watch_audit_trail(self) -> None:
        self._chained = Counter(
            "token_server_audit_chained",
            "Entries of the audit trail that this process put into the chain.",
            registry=self.registry,
        )
        self._unchained = Gauge(
            "token_server_audit_unchained",
            "Entries of the audit trail that wait to be chained; for seconds, not for minutes.",
            registry=self.registry,
        )
        self._chain_is_broken = Gauge(
            "token_server_audit_chain_broken",
            "1 when the end of the audit trail is not what was signed: run `token-server audit verify`.",
            registry=self.registry,
        )

    def count_watching(self, count: Callable[[], int]) -> None:
        """Ask `count` how many browsers watch, whenever somebody wants to know."""
        self._watching.set_function(count)

    def transaction_started(self, type_name: str) -> None:
        """A portal started a transaction."""
        self._started(type_name).inc()

    def transaction_ended(self, type_name: str, outcome: str) -> None:
        """A transaction reached a final state."""
        self._ended(type_name, outcome).inc()

    def stale_frame(self, type_name: str) -> None:
        """A phone presented a code that had changed too long before."""
        self._stale_frames.labels(type_name).inc()

    def answered(self, type_name: str, seconds: float) -> None:
        """A user answered that long after the scan."""
        self._claim_to_answer.observe((type_name,), seconds)

    def callback_attempted(self, result: str) -> None:
        """A callback was tried: "delivered", "failed" or "given_up"."""
        self._attempts(result).inc()

    def callback_delivered(self, seconds: float) -> None:
        """A callback arrived that long after its transaction ended."""
        self._answer_to_callback.observe((), seconds)

    def limited(self, limit: str) -> None:
        """Somebody was refused by that limit."""
        self._limited.labels(limit).inc()

    def request_answered(self, channel: str, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the pattern, never the path, so that strangers cannot make up labels."""
        known = method if method in HTTP_METHODS else "other"
        self._requests.observe((channel, known, route, str(status)), seconds)

    def audit_chained(self, count: int) -> None:
        """So many entries of the audit trail were chained."""
        self._chained.inc(count)

    def audit_chain_found(self, *, is_broken: bool, waiting: int) -> None:
        """The end of the audit trail was looked at; so many entries wait behind it."""
        self._chain_is_broken.set(is_broken)
        self._unchained.set(waiting)

    def exposition(self) -> bytes:
        """Everything, as text for Prometheus; its media type is `CONTENT_TYPE`."""
        return generate_latest(self.registry)


class Times(Collector):
    """How long something took, by labels: a histogram that costs little. Units: seconds.

    One of the library's takes two locks and seven calls each time, as it may be told from many threads; this one is
    told from the event loop alone, and becomes the library's kind of metric when somebody asks.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        """Count in buckets up to each of the `bounds`, and one more."""
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._bounds = bounds
        self._names = [*map(floatToGoString, bounds), "+Inf"]
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}
        if not labels:  # then there is one series, and it is there from the beginning
            self._counts[()], self._sums[()] = [0] * len(self._names), 0.0

    def observe(self, labels: tuple[str, ...], seconds: float) -> None:
        """Count one that took so long."""
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * len(self._names)
        counts[bisect_left(self._bounds, seconds)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + seconds

    def collect(self) -> Iterator[Metric]:
        """Yield everything counted so far."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        for labels, counts in self._counts.items():
            buckets = list(zip(self._names, map(float, accumulate(counts)), strict=True))
            family.add_metric(labels, buckets, self._sums[labels])
        yield family
