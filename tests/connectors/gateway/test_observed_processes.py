"""A gateway and a worker as processes, looked at from outside as Prometheus and the probes of a cluster look at them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.settings import PROJECT_ROOT, Settings
from motcua.stack import free_ports
from scripts.bootstrap import find_promtool
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser, browsing
from tests.connectors.processes import environment, process
from tests.databases import ON_A_SERVER
from tests.waiting import wait_for


@dataclass(frozen=True)
class Observed:
    """A process's private port."""

    port: int

    def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a probe."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10, trust_env=False)
        return answer.status_code, answer.json()

    def metric(self, name: str, **labels: str) -> float | None:
        """A sample; None where it is not told."""
        page = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10, trust_env=False).text
        samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
        return next((one.value for one in samples if one.name == name and one.labels == labels), None)

    def is_ready(self) -> bool:
        """Whether it answers and says so."""
        try:
            return self.ask("/readyz")[0] == 200
        except httpx.HTTPError:
            return False


@dataclass(frozen=True)
class Pair:
    """The two processes; ``public``: the gateway's own address."""

    gateway: Observed
    worker: Observed
    public: str
    processes: "tuple[subprocess.Popen[str], ...]"


@pytest.fixture
def pair(settings: Settings, engine: FakeEngine, tmp_path: Path) -> Iterator[Pair]:
    public, of_gateway, of_worker, of_slot_b = free_ports(4)
    del engine
    own = settings.model_copy(update={"gateway_port": public, "engine_b_port": of_slot_b, "var_dir": tmp_path, "channels": ""})
    with ExitStack() as stack:
        started = []
        for module, port in (("connectors.gateway", of_gateway), ("connectors.gateway.worker", of_worker)):
            log = stack.enter_context((tmp_path / f"{module}.log").open("w"))
            env = environment(own, METRICS_PORT=str(port))
            started.append(stack.enter_context(process(["-m", module], env, log)))
        found = Pair(Observed(of_gateway), Observed(of_worker), f"http://127.0.0.1:{public}", tuple(started))
        wait_for(found.gateway.is_ready, seconds=120, every=0.2, what="the gateway's readiness")
        wait_for(found.worker.is_ready, seconds=120, every=0.2, what="the worker's readiness")
        yield found


@pytest.fixture
def visitor(pair: Pair) -> Iterator[Browser]:
    with browsing(pair.public) as one:
        yield one


@ON_A_SERVER
def test_what_the_private_ports_say_while_the_engine_comes_and_goes(
    pair: Pair, engine: FakeEngine, visitor: Browser, tmp_path: Path
) -> None:
    visitor.say("xin chào")
    visitor.wait_replies(1)
    turns_are_counted(pair)
    prometheus_takes_what_they_tell(pair, tmp_path)
    engine.healthy = False
    wait_for(lambda: not pair.worker.is_ready(), what="the worker's saying that it is not ready")
    assert pair.worker.ask("/readyz")[1]["reason"] == "engine"
    assert pair.worker.ask("/healthz")[0] == 200
    the_intake_goes_on(pair, visitor)
    engine.healthy = True
    visitor.wait_replies(2)
    assert httpx.get(f"{pair.public}/metrics", trust_env=False).status_code == 404
    for one in pair.processes:
        one.terminate()
    assert [one.wait(25) for one in pair.processes] == [0, 0]
    assert not pair.gateway.is_ready()


def turns_are_counted(pair: Pair) -> None:
    assert pair.gateway.metric("motcua_inbound_events_total", channel="webchat", result="new") == 1
    assert pair.worker.metric("motcua_inbound_outcomes_total", channel="webchat", outcome="answered") == 1
    assert pair.worker.metric("motcua_engine_calls_total", slot="a", result="answered") == 1
    assert pair.worker.metric("motcua_inbound_outcome_seconds_count", channel="webchat") == 1


def the_intake_goes_on(pair: Pair, visitor: Browser) -> None:
    """The gateway takes messages in while nobody can answer, and says so to whoever sends it some."""
    assert httpx.get(f"{pair.public}/health", trust_env=False).status_code == 503
    assert pair.gateway.ask("/readyz") == (200, {"status": "ok", "reason": None, "ledger": "ok", "loop": True})
    visitor.say("lệ phí bao nhiêu")
    assert pair.gateway.metric("motcua_inbound_events_total", channel="webchat", result="new") == 2
    assert wait_for(lambda: pair.gateway.metric("motcua_inbound_unanswered"), what="the message's being seen to wait") == 1
    assert (pair.gateway.metric("motcua_inbound_oldest_unanswered_seconds") or 0) > 0


def prometheus_takes_what_they_tell(pair: Pair, tmp_path: Path) -> None:
    """A real Prometheus, with the rules that are shipped."""
    promtool = find_promtool()
    assert promtool is not None, "prometheus is missing: run `make setup-tests`"
    rules = PROJECT_ROOT / "deploy" / "observability"
    targets = [
        {"targets": [f"127.0.0.1:{one.port}"], "labels": {"process": name}}
        for name, one in (("gateway", pair.gateway), ("worker", pair.worker))
    ]
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules / "recording.yml"), str(rules / "alerts.yml")],
        "scrape_configs": [{"job_name": "motcua", "static_configs": targets}],
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(configuration), encoding="utf-8")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [
        str(Path(promtool).with_name("prometheus")),
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/tsdb",
        f"--web.listen-address={address}",
    ]

    def asked(query: str) -> dict[str, str]:
        try:
            answer = httpx.get(f"http://{address}/api/v1/query", params={"query": query}, trust_env=False).json()
        except (httpx.HTTPError, ValueError):  # it is still starting
            return {}
        return {row["metric"].get("process", ""): row["value"][1] for row in answer.get("data", {}).get("result", [])}

    with (tmp_path / "prometheus.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as prometheus:
        try:
            wait_for(lambda: asked("up") == {"gateway": "1", "worker": "1"}, seconds=60, every=0.2, what="the first scrapes")
            assert asked("motcua_ready") == {"gateway": "1", "worker": "1"}
            assert asked("sum by (process) (motcua_inbound_outcomes_total)") == {"worker": "1"}
            assert asked("max by (process) (motcua_inbound_oldest_unanswered_seconds)") == {"gateway": "0"}
            states = httpx.get(f"http://{address}/api/v1/rules", trust_env=False).json()["data"]["groups"]
            assert {rule["health"] for group in states for rule in group["rules"]} <= {"ok", "unknown"}
        finally:
            prometheus.terminate()
