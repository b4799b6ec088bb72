"""The units: every process has one, none may more than it needs, engines speak to this machine alone."""

import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from bot.settings import Settings
from deploy.check import systemd_units
from deploy.check.compose_file import read_composition
from motcua.processes import product_processes
from tests.deploy.test_compose import SETTINGS, VARIABLES, settings_of_the_engine

FOLDER = systemd_units.FOLDER
SHARED = FOLDER / "motcua-.service.d" / "10-every-process.conf"
UNITS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.service")}


def values(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r"^([A-Za-z]+)=(.*)$", text, re.MULTILINE):
        found[name].append(value)
    return found


def test_every_process_has_a_unit() -> None:
    settings = Settings(engine_secret="x", ledger_key="x", web_session_secret="x", platform_simulators=False)
    wanted = {" ".join(spec.command[1:]) for spec in product_processes(settings) if spec.name != "portal"}
    started = {values(text)["ExecStart"][0].partition(" ")[2] for text in UNITS.values()}
    assert started == wanted | {"-m motcua.cli migrate", "-m motcua.cli backup create --verify"}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_limited_and_stand_under_the_shared_file(name: str) -> None:
    assert name.startswith("motcua-")  # motcua-.service.d holds for all of these
    assert values(UNITS[name])["MemoryMax"]


def test_what_all_units_share_locks_them_down() -> None:
    shared = values(SHARED.read_text(encoding="utf-8"))
    assert shared["User"] == ["motcua"]
    assert shared["NoNewPrivileges"] == shared["PrivateTmp"] == shared["ProtectHome"] == ["yes"]
    assert shared["ProtectSystem"] == ["strict"]
    assert shared["CapabilityBoundingSet"] == [""]
    assert shared["Restart"] == ["on-failure"]


@pytest.mark.parametrize("slot", ["a", "b"])
def test_engines_speak_to_this_machine_alone(slot: str) -> None:
    unit = values(UNITS[f"motcua-engine-{slot}.service"])
    assert unit["IPAddressDeny"] == ["any"]
    assert unit["IPAddressAllow"] == ["localhost"]
    assert "ENGINE_HOST=127.0.0.1" in " ".join(unit["Environment"])


def test_every_variable_is_a_setting_and_every_credential_one_of_the_script() -> None:
    known = SETTINGS | settings_of_the_engine()
    of_libraries = {"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM"}
    of_libraries |= {"OMP_NUM_THREADS", "HOME"}
    shared = values(SHARED.read_text(encoding="utf-8"))
    credentials = [*shared["LoadCredential"], *(one for text in UNITS.values() for one in values(text)["LoadCredential"])]
    lines = [*shared["Environment"], *(line for text in UNITS.values() for line in values(text)["Environment"])]
    lines += [line for line in (FOLDER / "motcua.env.example").read_text().splitlines() if line and line[0] != "#"]
    for name, value in (pair.split("=", 1) for line in lines for pair in line.split()):
        assert name in known | of_libraries or name.removesuffix("_FILE") in known, name
        if name.endswith("_FILE"):
            assert f"{value.removeprefix('%d/')}:/etc/motcua/secrets/{value.removeprefix('%d/')}" in credentials
    files = {line.partition(":")[0] for line in credentials}
    assert files <= set(read_composition(VARIABLES).secrets)


def test_a_backup_is_made_and_proved_every_night_and_what_is_superfluous_goes() -> None:
    unit, timer = values(UNITS["motcua-backup.service"]), values((FOLDER / "motcua-backup.timer").read_text(encoding="utf-8"))
    assert [line.partition("motcua.cli ")[2] for line in unit["ExecStart"]] == ["backup create --verify", "backup prune"]
    assert (unit["Type"], unit["Restart"], timer["Persistent"]) == (["oneshot"], ["no"], ["true"])
    assert "01:30" in timer["OnCalendar"][0]


def test_ports_of_metrics_differ() -> None:
    ports = [line for text in UNITS.values() for line in values(text)["Environment"] if line.startswith("METRICS_PORT")]
    lasting = [text for text in UNITS.values() if values(text)["Type"] != ["oneshot"]]
    assert len(ports) == len(set(ports)) == len(lasting)


def test_the_target_wants_units_that_are_there() -> None:
    named = re.findall(r"motcua-[a-z-]+(?:@1)?\.service", (FOLDER / "motcua.target").read_text(encoding="utf-8"))
    assert {name.replace("@1.", "@.") for name in named} <= set(UNITS)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not Path("/usr/lib/systemd/system").is_dir(),
    reason="systemd is not installed here; what the files say is tested above",
)
def test_systemd_finds_no_fault() -> None:
    assert systemd_units.main() == 0
