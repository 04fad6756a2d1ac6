"""What Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from token_server.telemetry import FAST_S, Telemetry, Times


def test_every_metric_is_in_the_exposition() -> None:
    telemetry = Telemetry()
    telemetry.transaction_started("login")
    telemetry.transaction_ended("login", "accepted")
    telemetry.answered("login", 4.2)
    telemetry.callback_attempted("delivered")
    telemetry.callback_delivered(0.02)
    telemetry.request_answered("portal_api", "GET", "/oauth/api/v4/x/{id}", 200, 0.003)
    telemetry.count_watching(lambda: 7)
    telemetry.audit_chained(12)
    telemetry.audit_chain_found(is_broken=True, waiting=3)
    told = telemetry.exposition().decode()
    for line in (
        "token_server_audit_chained_total 12.0",
        "token_server_audit_unchained 3.0",
        "token_server_audit_chain_broken 1.0",
        'token_server_transactions_started_total{type="login"} 1.0',
        'token_server_transactions_ended_total{outcome="accepted",type="login"} 1.0',
        'token_server_claim_to_answer_seconds_bucket{le="5.0",type="login"} 1.0',
        'token_server_callback_attempts_total{result="delivered"} 1.0',
        'token_server_answer_to_callback_seconds_bucket{le="0.025"} 1.0',
        'route="/oauth/api/v4/x/{id}",status="200"} 1.0',
        "token_server_watching_browsers 7.0",
        "token_server_build_info{",
        "process_resident_memory_bytes",
    ):
        assert line in told


def test_a_stranger_cannot_make_up_labels() -> None:
    telemetry = Telemetry()
    for number in range(50):
        telemetry.request_answered("portal_api", f"METHOD{number}", "unknown", 405, 0.001)
    assert telemetry.exposition().decode().count('method="other",route="unknown",status="405"} 50.0') > 0


def test_two_servers_in_one_process_count_apart() -> None:
    first, second = Telemetry(), Telemetry()
    first.transaction_started("login")
    assert b'started_total{type="login"}' not in second.exposition()


def test_request_times_are_counted_as_the_library_counts() -> None:
    times = (0.0, 0.0005, 0.001, 0.0011, 0.25, 59.9, 60.0, 61.0, 3600.0)
    ours, registry = Times("took", "How long.", ["route"], FAST_S), CollectorRegistry()
    theirs = Histogram("took", "How long.", ["route"], buckets=FAST_S, registry=registry)
    for seconds in times:
        ours.observe(("/x",), seconds)
        theirs.labels("/x").observe(seconds)
    beside = CollectorRegistry()
    beside.register(ours)
    told = generate_latest(registry).decode().splitlines()
    assert generate_latest(beside).decode().splitlines() == [line for line in told if "_created" not in line]
