"""What the doctor finds in the ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update

from bot import __version__
from bot.conversations.clock import utc_now
from bot.conversations.outcomes import beat
from bot.settings import Settings
from bot.storage.channel_models import ChannelAccount, ChannelToken
from bot.storage.database import Database, writing
from bot.storage.models import Heartbeat, Inbound
from bot.storage.rights_models import DeletionRecord, RetentionRun
from motcua.checkup.ledger import check_ledger_content
from tests.bot.rights.filled import fill

Levels = Callable[[], dict[str, str]]


@pytest.fixture
def levels(database: Database, database_url: str) -> Levels:
    """The findings' levels by what was checked."""
    del database
    key = Fernet.generate_key().decode()
    settings = Settings(database_url=database_url, channels="zalo", engine_secret="x", ledger_key=key, web_session_secret="x")
    return lambda: {finding.check: finding.level for finding in check_ledger_content(settings)}


def add(database: Database, *rows: Any) -> None:
    with writing(database.sessions) as session:
        session.add_all(rows)


def test_a_ledger_at_rest_has_no_faults(levels: Levels) -> None:
    found = levels()
    assert "error" not in found.values()
    assert found["máy chủ sổ cái"] == "ok"


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (2, "warning"), (10, "error")])
def test_a_message_that_waits_is_told_sooner_or_later(database: Database, levels: Levels, minutes: int, level: str) -> None:
    fill(database, "cit-one", utc_now(), Fernet.generate_key().decode())
    with writing(database.sessions) as session:
        session.execute(update(Inbound).values(outcome=None, received_at=utc_now() - timedelta(minutes=minutes)))
    assert levels()["tin nhắn đang chờ"] == level


def test_signs_of_life_are_looked_for(database: Database, levels: Levels) -> None:
    assert levels()["bộ xử lý tin nhắn"] == "warning"
    beat(database.sessions, "one", "worker", utc_now())
    beat(database.sessions, "two", "sender", utc_now() - timedelta(minutes=5))
    found = levels()
    assert (found["bộ xử lý tin nhắn"], found["bộ gửi tin nhắn"]) == ("ok", "error")


def test_a_mix_of_releases_names_the_processes(database: Database, database_url: str, levels: Levels) -> None:
    assert "bản phát hành" not in levels(), "nothing lives"
    beat(database.sessions, "one", "worker", utc_now())
    assert levels()["bản phát hành"] == "ok"
    add(database, Heartbeat(name="two", kind="sender", beat_at=utc_now(), version="0.9.7"))
    add(database, Heartbeat(name="three", kind="worker", beat_at=utc_now(), version=None))
    add(database, Heartbeat(name="gone", kind="worker", beat_at=utc_now() - timedelta(hours=1), version="0.1.0"))
    settings = Settings(database_url=database_url, engine_secret="x", ledger_key="x", web_session_secret="x")
    told = next(one for one in check_ledger_content(settings) if one.check == "bản phát hành")
    assert told.level == "warning"
    for named in (f"bản {__version__}: worker one", "bản 0.9.7: sender two", "bản không rõ: worker three"):
        assert named in told.seen
    assert "gone" not in told.seen


def token(issued: datetime, **more: Any) -> ChannelToken:
    now = utc_now()
    plain: dict[str, Any] = {"channel": "zalo", "account": "1", "access": b"", "refresh": b""}
    plain |= {"access_expires_at": now, "obtained_at": now}
    return ChannelToken(**plain, refresh_issued_at=issued, **more)


@pytest.mark.parametrize(("days", "level"), [(1, "ok"), (80, "warning"), (91, "error")])
def test_the_days_that_a_token_has_left_count(database: Database, levels: Levels, days: int, level: str) -> None:
    add(database, token(utc_now() - timedelta(days=days)))
    assert levels()["token zalo"] == level


def test_an_account_that_cannot_send_is_a_fault(database: Database, levels: Levels) -> None:
    add(database, ChannelAccount(channel="zalo", account="1", state="needs_attention", reason="token_refused"))
    assert levels()["tài khoản zalo"] == "error"


def test_clearing_and_deletions_that_stand_still_are_told(database: Database, levels: Levels) -> None:
    now = utc_now()
    old = now - timedelta(days=3)
    add(
        database,
        RetentionRun(started_at=old, finished_at=old, complete=True, counts={}),
        DeletionRecord(reference="XDL-1", source="chat", channel="zalo", state="asked", asked_at=old),
    )
    assert (levels()["xoá hết hạn"], levels()["xoá theo yêu cầu"]) == ("warning", "error")
    add(database, RetentionRun(started_at=now, finished_at=now, complete=True, counts={}))
    assert levels()["xoá hết hạn"] == "ok"
