"""Each part may use the same memory however it is deployed, and enough for what it loads."""

import re

import pytest
import yaml

from deploy.check import systemd_units
from deploy.check.compose_file import FOLDER
from tests.deploy.test_kubernetes import PODS

COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
PARTS = {
    "gateway": "motcua-gateway",
    "worker": "motcua-worker@",
    "sender": "motcua-sender",
    "actions": "motcua-actions",
    "console": "motcua-console",
    "engine-a": "motcua-engine-a",
    "engine-b": "motcua-engine-b",
}
MEBIBYTES = {"m": 1, "mi": 1, "g": 1024, "gi": 1024}


def mebibytes(limit: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", limit.lower()).groups()  # type: ignore[union-attr]
    return int(number) * MEBIBYTES[unit]


def limits(part: str) -> dict[str, int]:
    unit = (systemd_units.FOLDER / f"{PARTS[part]}.service").read_text(encoding="utf-8")
    return {
        "compose": mebibytes(str(COMPOSE[part]["mem_limit"])),
        "kubernetes": mebibytes(PODS[part]["containers"][0]["resources"]["limits"]["memory"]),
        "systemd": mebibytes(re.findall(r"^MemoryMax=(\w+)$", unit, re.MULTILINE)[0]),
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_part_may_use_the_same_memory_however_it_is_deployed(part: str) -> None:
    assert len(set(limits(part).values())) == 1, limits(part)


def test_a_worker_may_carry_the_sentence_encoder() -> None:
    # 205 MB become 735 MB in the worker whose turn it is to group the messages for labelling.
    assert min(limits("worker").values()) >= 1024


def test_no_pod_asks_for_more_than_it_may_use() -> None:
    for name, pod in PODS.items():
        for container in pod["containers"]:
            resources = container["resources"]
            assert mebibytes(resources["requests"]["memory"]) <= mebibytes(resources["limits"]["memory"]), name
