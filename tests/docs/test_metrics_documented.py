"""The page of metrics cannot lie: every metric stands there with its kind and labels, and nothing else does."""

import re

from bot.metrics import declared as _declarations  # noqa: F401 (declares them)
from bot.metrics.declaring import declared
from bot.settings import PROJECT_ROOT
from engine.metrics import DECLARED, READ_AT_SCRAPE
from motcua.processes import METRICS_PORTS

PAGE = (PROJECT_ROOT / "docs" / "operators" / "metrics.md").read_text(encoding="utf-8")
ROWS = {
    name: (kind, tuple(re.findall(r"`(\w+)`", labels)), meaning)
    for name, kind, labels, meaning in re.findall(r"^\| `(motcua_\w+)` \| (\w+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}


def all_metrics() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Kind, labels and help by name, of the application and of the engine."""
    found = {one.name: (str(one.kind), one.labels, one.help) for one in declared()}
    for metric in DECLARED:
        family = next(iter(metric.collect()))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, tuple(metric._labelnames), family.documentation)
    return found | {name: ("gauge", (), text) for name, text in READ_AT_SCRAPE.items()}


def test_every_metric_stands_on_the_page_and_nothing_else_does() -> None:
    assert all_metrics() == ROWS


def test_names_follow_prometheus() -> None:
    for name, (kind, labels, text) in all_metrics().items():
        assert name.startswith("motcua_"), name
        assert name.endswith("_total") == (kind == "counter"), name
        assert text.endswith("."), name
        assert not {"conversation", "account", "id", "text", "phone"} & set(labels), name


def test_the_ports_on_the_page_are_those_of_motcua_run() -> None:
    written = dict(re.findall(r"([a-z-]+) \| (91\d\d) \|", PAGE))
    assert {name: int(port) for name, port in written.items()} == {n: 9101 + offset for n, offset in METRICS_PORTS.items()}
