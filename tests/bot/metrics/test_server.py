"""The private port: metrics, life, readiness."""

import os
import socket

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from bot.handover import METRICS_FD
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness
from bot.metrics.server import MetricsPortTakenError, Probes, make_server, serving
from tests.bot.metrics.conftest import OpenPort


def test_life_and_readiness_are_two_questions(port: OpenPort) -> None:
    now = [0.0]
    pulse, state = Pulse(stopped_after=60, monotonic=lambda: now[0]), [Readiness("ledger_away", {"ledger": "away"})]
    client = port(pulse, lambda: state[0], CollectorRegistry())
    pulse.beat()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "reason": "ledger_away", "ledger": "away"})
    state[0] = Readiness()
    assert client.get("/readyz").status_code == 200
    now[0] = 61
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "loop_age_seconds": 61.0})


def test_metrics_in_the_text_format_and_nothing_else(port: OpenPort) -> None:
    registry = CollectorRegistry()
    Counter("shown_total", "Shown.", ["kind"], registry=registry).labels("a").inc(3)
    client = port(Pulse(), Readiness, registry)
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'shown_total{kind="a"} 3.0' in answer.text
    assert client.get("/").status_code == 404
    assert client.post("/metrics").status_code == 501


def test_a_port_that_is_taken_stops_the_start_by_name() -> None:
    probes = Probes(Pulse(), Readiness, CollectorRegistry())
    taken = make_server(probes, "127.0.0.1", 0)
    try:
        with pytest.raises(MetricsPortTakenError, match="METRICS_PORT"):
            make_server(probes, "127.0.0.1", int(taken.server_address[1]))
    finally:
        taken.server_close()


def test_two_processes_may_answer_on_one_port_while_one_follows_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    held = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{held.getsockname()[1]}/healthz"
    servers = []
    for _ in range(2):
        monkeypatch.setenv(METRICS_FD, str(os.dup(held.fileno())))
        servers.append(make_server(Probes(Pulse(), Readiness, CollectorRegistry()), "127.0.0.1", 1))
    with serving(servers[1]):
        with serving(servers[0]):
            assert [httpx.get(address).status_code for _ in range(10)] == [200] * 10
        assert httpx.get(address).status_code == 200, "the first has ended, the other goes on"
    held.close()
