"""``motcua notices list``: what was told, what was not and why; no code, no content."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.storage.database import open_database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation
from motcua import stack
from motcua.cli import app
from tests.connectors.harness import settings_for
from tests.databases import one_ledger

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = one_ledger(tmp_path / "ledger.sqlite3")
    monkeypatch.setattr(stack, "load_settings", lambda: settings_for(url, 1))
    monkeypatch.setenv("COLUMNS", "200")
    return url


def notice(number: int, state: str, reason: str | None) -> DossierNotice:
    return DossierNotice(
        watch_id="w1",
        occasion=f"chg_{number}",
        kind="change",
        occurred_at=AT,
        state=state,
        reason=reason,
        due_at=AT,
        created_at=AT,
        finished_at=AT,
    )


def test_all_of_them_or_those_that_did_not_arrive(ledger: str) -> None:
    assert "Không có thông báo nào" in CliRunner().invoke(app, ["notices", "list"]).output
    database = open_database(ledger)
    with writing(database.sessions) as session:
        session.add(Conversation(id="c1", channel="facebook", account="p", external_id="c1", opened_at=AT))
        session.flush()
        watch = {
            "conversation_id": "c1",
            "dossier_key": "k",
            "shown": "***0001",
            "state": "active",
            "consent_text": "watch_consent_1",
        }
        session.add(DossierWatch(id="w1", consent_at=AT, portal_ended=False, **watch))
        session.flush()
        session.add_all([notice(1, "told", None), notice(2, "not_told", "window_closed")])
    database.engine.dispose()
    everything = CliRunner().invoke(app, ["notices", "list"]).output
    assert "đã báo" in everything
    assert "***0001" in everything
    missed = CliRunner().invoke(app, ["notices", "list", "--not-told"]).output
    assert "window_closed" in missed
    assert "đã báo" not in missed
