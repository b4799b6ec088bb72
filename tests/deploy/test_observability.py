"""Rules and dashboards: Prometheus takes them, they ask for metrics that exist, and every alert has its page."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import PROJECT_ROOT
from scripts.bootstrap import find_promtool
from scripts.make_dashboards import DASHBOARDS, FOLDER, grafana_json
from tests.docs.test_metrics_documented import all_metrics

RULES = PROJECT_ROOT / "deploy" / "observability"
PAGE = (PROJECT_ROOT / "docs" / "operators" / "alerts.md").read_text(encoding="utf-8")
_OF_THE_LIBRARIES = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}


def rules(file: str) -> list[dict[str, Any]]:
    """All rules of a file."""
    return [rule for group in yaml.safe_load((RULES / file).read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


ALERTS = rules("alerts.yml")
RECORDED = {rule["record"] for rule in rules("recording.yml")}


def promtool(*arguments: str) -> str:
    """Runs promtool; what it says. ``make setup-tests`` brings it."""
    tool = find_promtool()
    assert tool is not None, "promtool is missing: run `make setup-tests`"
    done = subprocess.run([tool, *arguments], cwd=RULES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def known_names() -> set[str]:
    """What may be asked for: our metrics (a histogram by its parts), recorded figures, and those of the libraries."""
    names = set(RECORDED) | _OF_THE_LIBRARIES
    for name, (kind, _, _) in all_metrics().items():
        names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


def asked_names(expression: str) -> set[str]:
    """The metrics that an expression asks for."""
    plain = re.sub(r'"[^"]*"', '""', expression)
    return set(re.findall(r"(?<![\w:$])(?:motcua[\w:]+|process_\w+|up(?=\{))", plain)) - {"process"}


def test_prometheus_takes_rules_and_configuration() -> None:
    promtool("check", "rules", "alerts.yml", "recording.yml")
    promtool("check", "config", "prometheus.yml")


def test_alerts_do_what_they_are_there_for() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yml")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_words_in_both_languages_and_its_page(alert: dict[str, Any]) -> None:
    name, told = alert["alert"], alert["annotations"]
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert alert["for"]
    assert re.search(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹáàãéèíìóòõúùý]", told["summary"])
    assert told["summary_en"].isascii()
    assert told["runbook_url"] == f"docs/operators/alerts.md#{name.lower()}"
    section = re.search(rf"^### {name}\n(.+?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, name
    assert "**See:**" in section.group(1)
    assert "**Do:**" in section.group(1)


def test_the_page_of_alerts_names_no_alert_that_is_none() -> None:
    assert set(re.findall(r"^### (\w+)", PAGE, re.MULTILINE)) == {rule["alert"] for rule in ALERTS}


def test_rules_ask_only_for_metrics_that_exist() -> None:
    known = known_names()
    for rule in [*ALERTS, *rules("recording.yml")]:
        asked = asked_names(rule["expr"])
        assert asked, rule
        assert asked <= known, (rule, asked - known)


def panels() -> Iterator[tuple[str, str]]:
    """Title and expression of every query of every dashboard on disk."""
    for file in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                yield panel["title"], target["expr"]


def test_panels_ask_only_for_metrics_that_exist() -> None:
    known, shown = known_names(), list(panels())
    assert len(shown) > 60
    for title, expression in shown:
        asked = asked_names(expression)
        assert asked, title
        assert asked <= known, (title, asked - known)


def test_every_metric_is_in_a_dashboard_or_an_alert() -> None:
    texts = " ".join(
        [*(expression for _, expression in panels()), *(rule["expr"] for rule in [*ALERTS, *rules("recording.yml")])]
    )
    assert not {name for name in all_metrics() if name not in texts}


def test_dashboards_on_disk_are_those_of_the_script() -> None:
    made = {f"{one.uid.removeprefix('motcua-')}.json": grafana_json(one) for one in DASHBOARDS}
    assert {file.name: file.read_text(encoding="utf-8") for file in Path(FOLDER).glob("*.json")} == made


def test_dashboards_let_source_and_labels_be_chosen() -> None:
    for file in FOLDER.glob("*.json"):
        whole = json.loads(file.read_text(encoding="utf-8"))
        names = {one["name"] for one in whole["templating"]["list"]}
        text = json.dumps(whole)
        assert "source" in names
        assert {name for name in ("channel", "process") if f"${name}" in text} <= names


def test_the_metric_that_workers_scale_by_keeps_its_name() -> None:
    assert "motcua_inbound_oldest_unanswered_seconds" in all_metrics()


def test_pods_carry_the_labels_that_rules_ask_for() -> None:
    file = PROJECT_ROOT / "deploy" / "kubernetes" / "components" / "monitoring" / "pod-monitor.yaml"
    [endpoint] = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["podMetricsEndpoints"]
    assert {one["targetLabel"]: one.get("replacement") for one in endpoint["relabelings"]} == {"process": None, "job": "motcua"}
