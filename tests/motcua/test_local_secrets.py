"""Secrets of a local run: made once, kept, never overwriting what the operator set."""

import stat
from pathlib import Path

from motcua.local_secrets import NAMES, SIMULATED_NAMES, ensure_secrets, read_secrets


def test_first_run_makes_every_secret_and_keeps_it_private(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    ensure_secrets(tmp_path / "var" / "secrets.env", environment)
    assert set(environment) == {*NAMES, *SIMULATED_NAMES}
    assert all(len(environment[name]) >= 32 for name in NAMES)
    assert stat.S_IMODE((tmp_path / "var" / "secrets.env").stat().st_mode) == 0o600


def test_second_run_finds_the_same_secrets(tmp_path: Path) -> None:
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    ensure_secrets(tmp_path / "secrets.env", first)
    ensure_secrets(tmp_path / "secrets.env", second)
    assert first == second


def test_what_the_operator_set_is_neither_changed_nor_stored(tmp_path: Path) -> None:
    environment = {"ENGINE_SECRET": "set-by-operator", "PORTAL_CLIENT_SECRET_FILE": "/run/secrets/portal"}
    ensure_secrets(tmp_path / "secrets.env", environment, NAMES)
    assert environment["ENGINE_SECRET"] == "set-by-operator"
    assert "PORTAL_CLIENT_SECRET" not in environment
    stored = set(read_secrets(tmp_path / "secrets.env"))
    assert {"LEDGER_KEY", "WEB_SESSION_SECRET"} <= stored
    assert not stored & {"ENGINE_SECRET", "PORTAL_CLIENT_SECRET"}
