"""What the doctor makes of secrets, files, backups, disks, certificates, clocks and ports; and how it ends."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.settings import Settings
from motcua import cli
from motcua.backup.keeping import Listed
from motcua.checkup.backups import judged
from motcua.checkup.finding import Finding, Level, exit_code
from motcua.checkup.ledger import clocks
from motcua.checkup.secrets import check_private_files, check_secrets
from motcua.checkup.surroundings import (
    certificate_left,
    check_private_ports,
    check_public_address,
    check_redis,
    listening_publicly,
    reached,
    room,
)
from motcua.doctor import check_processes
from motcua.local_secrets import SIMULATED_NAMES, new_secret
from motcua.processes import product_processes
from motcua.stack import free_ports, port_taken

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
STRONG = "kV8-eW2_qLz0RtYbN5uHcXaD9fGjMsP1"


def settings(**more: Any) -> Settings:
    whole = {"engine_secret": STRONG, "ledger_key": Fernet.generate_key().decode(), "web_session_secret": STRONG}
    return Settings(**{**whole, "channels": "", **more})


def worst(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.level for finding in findings}


def test_strong_secrets_pass_and_a_weak_one_in_a_list_is_named() -> None:
    assert worst(check_secrets(settings())) == {"bí mật": "ok"}
    assert worst(check_secrets(settings(engine_secret=f"{STRONG},abc"))) == {"ENGINE_SECRET": "warning"}
    in_production = settings(web_session_secret="abc", portal_client_secret="abc", platform_simulators=False)
    assert worst(check_secrets(in_production)) == {"WEB_SESSION_SECRET": "error", "PORTAL_CLIENT_SECRET": "warning"}
    assert worst(check_secrets(settings(ledger_key="abc", backup_key="abc"))) == {"LEDGER_KEY": "error", "BACKUP_KEY": "error"}


def test_a_channel_without_its_secrets_is_a_fault_by_name() -> None:
    (finding,) = check_secrets(settings(channels="telegram", telegram_webhook_secret=STRONG))
    assert (finding.level, "TELEGRAM_BOT_TOKEN" in finding.seen, "telegram.md" in finding.remedy) == ("error", True, True)
    whole = {name.lower(): new_secret(name) for name in SIMULATED_NAMES}
    assert worst(check_secrets(settings(channels="zalo,facebook,telegram", **whole))) == {"bí mật": "ok"}
    assert worst(check_secrets(settings(channels="zalo", zalo_signature="log_only", **whole)))["chữ ký Zalo"] == "error"


@pytest.mark.parametrize(("mode", "level"), [(0o600, "ok"), (0o640, "warning"), (0o644, "error")])
def test_files_that_others_can_read_are_told(tmp_path: Path, mode: int, level: str) -> None:
    (tmp_path / "ledger.sqlite3").touch(mode=0o600)
    (tmp_path / "secrets.env").touch()
    (tmp_path / "secrets.env").chmod(mode)
    assert worst(check_private_files(settings(var_dir=tmp_path), {})) == {"quyền của tệp": level}


def test_a_mounted_secret_may_be_its_groups(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    (tmp_path / "key").chmod(0o640)
    named = {"LEDGER_KEY_FILE": str(tmp_path / "key"), "OTHER_FILE": "/etc/passwd"}
    assert worst(check_private_files(settings(var_dir=tmp_path), named)) == {"quyền của tệp": "ok"}


def backup(hours: float, *, verified: bool = True, failed: bool = False) -> Listed:
    made_at = NOW - timedelta(hours=hours)
    return Listed(Path("b"), made_at, 1, "", "", made_at if verified and not failed else None, failed)


@pytest.mark.parametrize(
    ("backups", "level"),
    [
        ([], "error"),
        ([backup(2)], "ok"),
        ([backup(2, verified=False)], "warning"),
        ([backup(1, verified=False), backup(20)], "ok"),
        ([backup(1, verified=False), backup(30)], "warning"),
        ([backup(1, failed=True), backup(20)], "error"),
    ],
)
def test_only_a_young_and_proved_backup_is_well(backups: list[Listed], level: Level) -> None:
    assert judged(backups, NOW).level == level


def test_rooms_certificates_and_clocks_have_their_limits() -> None:
    giga = 1024**3
    assert [room("VAR_DIR", free * giga // 10, 100 * giga).level for free in (4, 19, 49, 300)] == [
        "error",
        "warning",
        "warning",
        "ok",
    ]
    assert [certificate_left(timedelta(days=days)).level for days in (-1, 6, 20, 60)] == ["error", "error", "warning", "ok"]
    assert [clocks("x", timedelta(seconds=seconds))[0].level for seconds in (0.5, 5, 60)] == ["ok", "warning", "error"]


def test_a_private_port_that_others_reach_is_a_fault(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    own = settings(engine_port=port)
    with socket.create_server(("127.0.0.1", port)):
        assert worst(check_private_ports(own)) == {"cổng riêng": "ok"}
    with socket.create_server(("0.0.0.0", port)):
        (finding,) = check_private_ports(own)
        assert (finding.level, str(port) in finding.seen) == ("error", True)
    assert listening_publicly(tmp_path) == set()


def test_what_does_not_answer_is_told() -> None:
    port = free_ports(1)[0]
    assert reached(f"http://127.0.0.1:{port}").level == "error"
    assert worst(check_redis(settings(redis_url=f"redis://127.0.0.1:{port}"))) == {"Redis": "error"}
    assert check_redis(settings()) == []
    real = settings(channels="zalo", platform_simulators=False)
    assert worst(check_public_address(real)) == {"địa chỉ công khai": "warning"}
    stand_ins = settings(channels="zalo", public_url=f"http://127.0.0.1:{port}")
    assert worst(check_public_address(stand_ins)) == {"địa chỉ công khai": "error", "mô phỏng": "error"}


def test_a_port_that_something_else_holds_is_told_with_a_setting_that_there_is() -> None:
    ports = free_ports(3)
    own = settings(
        engine_port=ports[0], engine_processes=2, engine_b_port=ports[1], actions_processes=2, metrics_port_base=ports[2]
    )
    named = set()
    for spec in product_processes(own):
        if spec.port is None or port_taken(spec.port):
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("motcua.doctor.port_taken", lambda port, held=spec.port: port == held)
            found = {finding.remedy for finding in check_processes(own) if finding.level == "error"}
        named |= {word.strip(".,:;") for remedy in found for word in str(remedy).split() if word.strip(".,:;").isupper()}
    assert {"ENGINE_PORT", "ENGINE_B_PORT", "ACTIONS_PORT", "METRICS_PORT_BASE"} <= named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize(("levels", "code"), [(("ok",), 0), (("ok", "warning"), 1), (("warning", "error"), 2)])
def test_the_command_ends_with_how_it_stands_and_speaks_json(
    levels: tuple[Level, ...], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    findings = [Finding("phần", level, "thấy", "làm", "nghĩa") for level in levels]
    assert exit_code(findings) == code
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(cli, "diagnose", lambda _settings: findings)
    result = CliRunner().invoke(cli.app, ["doctor", "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == code
    first = "ok" if levels[0] == "ok" else "warning"
    assert told[0] == {"check": "phần", "level": first, "seen": "thấy", "remedy": "làm", "meaning": "nghĩa"}
    assert ("fault" in {one["level"] for one in told}) == (code == 2)
    assert "nghĩa" in CliRunner().invoke(cli.app, ["doctor"]).stdout


def test_a_setting_that_cannot_be_read_is_a_fault_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("GATEWAY_PORT", "tám nghìn")
    result = CliRunner().invoke(cli.app, ["doctor", "--json"])
    assert (result.exit_code, json.loads(result.stdout)[0]["check"]) == (2, "GATEWAY_PORT")
