"""``motcua rights`` and ``motcua retention`` as an operator uses them."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from typer.testing import CliRunner

from bot.catalogue.load import load_offices
from bot.conversations.clock import utc_now
from bot.rights.deletions import delete_now
from bot.rights.tickets import open_request
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import Database, open_database, writing
from bot.storage.models import Conversation, Inbound
from bot.storage.rights_models import RightsRequest
from motcua import stack
from motcua.cli import app
from tests.bot.rights.filled import fill
from tests.databases import one_ledger

KEY = Fernet.generate_key().decode()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = one_ledger(tmp_path / "ledger.sqlite3")
    settings = Settings(database_url=url, var_dir=tmp_path, engine_secret="x", ledger_key=KEY, web_session_secret="x" * 40)
    monkeypatch.setattr(stack, "load_settings", lambda: settings)
    monkeypatch.setenv("COLUMNS", "250")
    opened = open_database(url)
    fill(opened, "cit-one", utc_now(), KEY)
    return opened


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_a_request_is_listed_acknowledged_and_closed(database: Database) -> None:
    assert "Không có phiếu nào" in run("rights", "list")[1]
    with writing(database.sessions) as session:
        calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
        number = f"QDL-{open_request(session, 'cit-one', 'correct', 'sửa [red]tên', calendar, utc_now()).id}"
    assert "sửa [red]tên" in run("rights", "list")[1]
    assert run("rights", "acknowledge", number)[0] == 0
    assert run("rights", "acknowledge", number)[0] == 1
    assert run("rights", "close", number, "--refused")[0] == 1
    assert run("rights", "close", number, "--refused", "--reason", "đã nộp hồ sơ")[0] == 0
    assert "đã nộp hồ sơ" in run("rights", "list", "--ended")[1]
    with database.sessions() as session:
        assert session.scalars(select(RightsRequest.state).order_by(RightsRequest.id)).all() == ["done", "refused"]


@pytest.mark.parametrize("number", ["QDL-99", "x", "-1", "QDL-" + "9" * 40, "²"])
@pytest.mark.usefixtures("database")
def test_a_number_that_is_none_is_said_to_be_none(number: str) -> None:
    assert run("rights", "close", "--", number)[0] == 1


def test_a_deletion_is_proved_by_its_number(database: Database) -> None:
    with writing(database.sessions) as session:
        reference = delete_now(session, session.get_one(Conversation, "cit-one"), "chat", utc_now()).reference
    code, text = run("rights", "proof", reference.lower())
    assert code == 0
    assert "ledger_cleared" in text
    assert "private_value: 1" in text
    assert run("rights", "proof", "XDL-XXXXXXXX")[0] == 1


def test_a_dry_run_says_what_would_go_and_leaves_it(database: Database) -> None:
    with writing(database.sessions) as session:
        conversation = session.get_one(Conversation, "cit-one")
        old = utc_now().replace(year=utc_now().year - 3)
        conversation.opened_at = conversation.last_inbound_at = old
        for row in session.scalars(select(Inbound)):
            row.received_at = old
    code, text = run("retention", "run", "--dry-run")
    assert code == 0
    assert "Nội dung trò chuyện đã che số" in text
    with database.sessions() as session:
        assert len(session.scalars(select(Inbound)).all()) == 1
    assert run("retention", "run")[0] == 0
