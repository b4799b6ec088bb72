"""``motcua zalo authorise`` against a Zalo that consents by itself: one command, and messages can be sent."""

import os
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from bot.storage.database import open_database
from connectors.zalo.token_store import TokenStore
from tests.connectors.harness import served
from tests.connectors.zalo.fake_zalo import APP_SECRET, FakeZalo
from tests.connectors.zalo.recorded import IDS
from tests.databases import one_ledger

ROOT = Path(__file__).resolve().parents[2]


def authorise(tmp_path: Path, address: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "PLATFORM_SIMULATORS": "false",
        "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.sqlite3",
        "ZALO_APP_ID": IDS.app_id,
        "ZALO_OA_ID": IDS.oa_id,
        "ZALO_API_URL": address,
        "ZALO_OAUTH_URL": address,
    }
    command = [sys.executable, "-c", "from motcua.zalo_commands import zalo_app; zalo_app()", "authorise"]
    return subprocess.run(
        command, cwd=ROOT, env=environment | more, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def test_one_command_stores_the_first_tokens(tmp_path: Path) -> None:
    url, key = one_ledger(tmp_path / "ledger.sqlite3"), Fernet.generate_key().decode()
    zalo = FakeZalo()
    with served(zalo.app()) as address:
        result = authorise(tmp_path, address, ZALO_APP_SECRET=APP_SECRET, LEDGER_KEY=key, DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    assert IDS.oa_id in result.stdout
    database = open_database(url)
    stored = TokenStore(database.sessions, key, IDS.oa_id).read()
    database.engine.dispose()
    assert stored is not None
    assert stored.access in zalo.valid
    assert stored.access not in result.stdout


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    result = authorise(tmp_path, "http://127.0.0.1:1")
    assert result.returncode == 1
    assert "ZALO_APP_SECRET" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_zalo_that_is_away_is_told_without_a_traceback(tmp_path: Path) -> None:
    result = authorise(tmp_path, "http://127.0.0.1:1", ZALO_APP_SECRET=APP_SECRET)
    assert result.returncode == 1
    assert result.stderr == "Chưa lấy được quyền: unreachable.\n"
