"""``motcua handoffs`` and ``motcua teams`` on a ledger of their own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.conversations.handoffs import hand_over
from bot.messages import HandoffRequest
from bot.storage.database import Database, open_database, writing
from bot.storage.models import Conversation, Handoff
from motcua.handoff_commands import handoff_app, team_app
from tests.databases import one_ledger

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = one_ledger(tmp_path / "ledger.sqlite3")
    values = {"DATABASE_URL": url, "VAR_DIR": str(tmp_path), "PLATFORM_SIMULATORS": "false", "CHANNELS": "", "COLUMNS": "200"}
    values |= {"ENGINE_SECRET": "x", "LEDGER_KEY": Fernet.generate_key().decode(), "WEB_SESSION_SECRET": "x" * 40}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    database = open_database(url)
    with writing(database.sessions) as session:
        row = Conversation(id="c", channel="webchat", account="web", external_id="c", speaker="bot", opened_at=NOW)
        session.add(row)
        session.flush()
        hand_over(session, row, HandoffRequest("complaint", {"procedure_name": "Đăng ký kết hôn"}), None, NOW)
    return database


def called(app, *words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_what_waits_is_listed_placed_by_a_round_and_closed_once(ledger: Database) -> None:
    assert "complaint" in called(handoff_app, "list")
    assert "placed: 1" in called(handoff_app, "round")
    with ledger.sessions() as session:
        assert session.get_one(Handoff, 1).team == "tthcc-tinh"
    called(handoff_app, "close", "1")
    with ledger.sessions() as session:
        assert session.get_one(Conversation, "c").speaker == "bot"
    assert CliRunner().invoke(handoff_app, ["close", "1"]).exit_code == 1
    assert "Không có yêu cầu" in called(handoff_app, "list")


def test_members_join_and_leave_teams_that_exist(ledger: Database) -> None:
    called(team_app, "add", "so-tu-phap", "lan", "--supervisor")
    called(team_app, "add", "so-tu-phap", "lan", "--supervisor")
    assert "lan*" in called(team_app, "list")
    called(team_app, "remove", "so-tu-phap", "lan")
    assert "lan" not in called(team_app, "list")
    assert CliRunner().invoke(team_app, ["add", "no-team", "lan"]).exit_code == 1
    assert "phường Đa Mai" in called(team_app, "list", "--all")
    ledger.engine.dispose()
