"""A process under observation: its port, its release, its connections to the ledger."""

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import prometheus_client
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.metrics import declared
from bot.metrics.declaring import Declaration
from bot.metrics.pool import pools
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness, RememberedReadiness
from bot.metrics.server import Probes, make_server, serving
from bot.settings import PROJECT_ROOT, Settings

# When each series began is told by nobody here, and would double the number of series.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


def family(declaration: Declaration, *values: tuple[tuple[str, ...], float]) -> GaugeMetricFamily:
    """A declared gauge with its values by labels."""
    found = GaugeMetricFamily(declaration.name, declaration.help, labels=declaration.labels)
    for labels, value in values:
        found.add_metric(labels, value)
    return found


class ProcessCollector(Collector):
    """What is asked of the process itself at each scrape."""

    def __init__(self, pulse: Pulse, ready: Callable[[], Readiness]) -> None:
        self._pulse, self._ready = pulse, ready

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at the start."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures now."""
        yield family(declared.ALIVE, ((), float(self._pulse.alive)))
        yield family(declared.READY, ((), float(self._ready().ok)))
        present = pools()
        in_use, idle = sum(pool.checkedout() for pool in present), sum(pool.checkedin() for pool in present)
        yield family(declared.POOL_CONNECTIONS, (("in_use",), in_use), (("idle",), idle))
        yield family(declared.POOL_LIMIT, ((), sum(pool.most for pool in present)))


@cache
def release_commit(named: str | None) -> str:
    """The commit that this release was made of: named by the settings, else asked of git where the project is a working tree."""
    if named:
        return named[:12]
    if not (PROJECT_ROOT / ".git").exists():
        return "unknown"
    try:
        asked = subprocess.run(
            ("git", "rev-parse", "--short=12", "HEAD"), cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return asked.stdout.strip() or "unknown"


@contextmanager
def observed(
    settings: Settings, process: str, pulse: Pulse, look: Callable[[], Readiness], *collectors: Collector
) -> Iterator[None]:
    """Serves the process's metrics, life and readiness beside whatever is done within; does nothing where METRICS_PORT is 0.

    ``look``: whether the process can do its work; asked at most once a second. Raises ``MetricsPortTakenError``."""
    if settings.metrics_port == 0:
        yield
        return
    ready = RememberedReadiness(look)
    declared.BUILD_INFO.labels(process, __version__, release_commit(settings.build_commit)).set(1)
    added: list[Any] = [ProcessCollector(pulse, ready), *collectors]
    server = make_server(Probes(pulse, ready), settings.metrics_host, settings.metrics_port)
    for collector in added:
        REGISTRY.register(collector)
    try:
        with serving(server):
            yield
    finally:
        for collector in added:
            REGISTRY.unregister(collector)
