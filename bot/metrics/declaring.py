"""How a metric is declared: once, by name, with its kind, labels and help. The page of metrics is compared with this list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Declaration:
    """One metric as Prometheus shows it. ``name``: whole, with ``_total`` for a counter."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


_DECLARED: dict[str, Declaration] = {}


def declared() -> tuple[Declaration, ...]:
    """All metrics that were declared so far, by name."""
    return tuple(_DECLARED[name] for name in sorted(_DECLARED))


def _declare(name: str, kind: Kind, text: str, labels: Sequence[str]) -> Declaration:
    declaration = Declaration(name, kind, text, tuple(labels))
    if name in _DECLARED:
        raise ValueError(f"the metric {name} is declared twice")
    _DECLARED[name] = declaration
    return declaration


def counter(name: str, text: str, *labels: str) -> Counter:
    """Counts events; ``name`` ends in ``_total``."""
    _declare(name, "counter", text, labels)
    return Counter(name, text, labels)


def gauge(name: str, text: str, *labels: str) -> Gauge:
    """A figure that goes up and down, set by this process."""
    _declare(name, "gauge", text, labels)
    return Gauge(name, text, labels)


def histogram(name: str, text: str, *labels: str, buckets: Sequence[float]) -> Histogram:
    """Spreads sizes or seconds over ``buckets`` (upper bounds)."""
    _declare(name, "histogram", text, labels)
    return Histogram(name, text, labels, buckets=buckets)


def read_at_scrape(name: str, text: str, *labels: str) -> Declaration:
    """A gauge that a collector reads when Prometheus asks (``bot.metrics.ledger_gauges``, ``bot.metrics.process``): a process
    that reads nothing shows nothing, instead of a zero that means nothing."""
    return _declare(name, "gauge", text, labels)
