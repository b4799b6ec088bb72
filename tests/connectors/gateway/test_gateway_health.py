"""``/health`` and what the gateway does while its database is away."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.conversations.clock import utc_now
from bot.conversations.outcomes import beat
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.migrate import upgrade
from bot.sync_monitor.starting import START_BOUND
from connectors.gateway.app import create_app
from connectors.gateway.health import HealthCheck
from connectors.gateway.routed_engine import LiveProcesses
from tests.connectors.fake_engine import FakeEngine, running_engine
from tests.connectors.harness import Browser, browsing, served, settings_for, working
from tests.databases import migrated_sqlite
from tests.moving_clock import MovingClock
from tests.waiting import wait_for


def health(base: str) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{base}/health")
    return answer.status_code, answer.json()


def test_health_is_ok_once_every_part_works(gateway: str, database: Database, browser: Browser) -> None:
    status, found = health(gateway)
    assert (status, found["status"], found["worker_heartbeat_age_seconds"]) == (503, "starting", None)
    beat(database.sessions, "one", "worker", utc_now())
    browser.say("xin chào")
    status, found = wait_for(lambda: h if (h := health(gateway))[0] == 200 else None)
    assert [found[part] for part in ("database", "migrations_at_head", "engine", "streams")] == 4 * [True]
    assert found["engine_processes"] == {"slot": "a", "answering": 1, "of": 1}
    assert 0 <= found["worker_heartbeat_age_seconds"] < 20
    assert 0 <= found["oldest_unanswered_age_seconds"] < 20


def test_a_silent_worker_or_engine_makes_it_unhealthy(gateway: str, database: Database, engine: FakeEngine) -> None:
    beat(database.sessions, "one", "worker", utc_now() - timedelta(seconds=60))
    status, found = health(gateway)
    assert (status, found["worker_heartbeat_age_seconds"] >= 60) == (503, True)
    beat(database.sessions, "two", "worker", utc_now())
    wait_for(lambda: health(gateway)[0] == 200)
    engine.healthy = False
    wait_for(lambda: health(gateway)[1]["engine"] is False)
    assert wait_for(lambda: h if (h := health(gateway))[0] == 503 else None)[1]["status"] == "down", "it was well before"
    engine.stop()
    wait_for(lambda: health(gateway)[1]["engine"] is False)


def test_a_ledger_without_tables_is_told_apart_from_one_that_is_away(database_url: str, engine: FakeEngine) -> None:
    with served(create_app(settings_for(database_url, engine.port))) as base:
        status, found = health(base)
    assert (status, found["database"], found["migrations_at_head"]) == (503, True, False)
    assert found["status"] == "down", "waiting mends no missing tables"


def test_a_start_that_takes_too_long_is_no_start(database: Database) -> None:
    clock = MovingClock()
    early = HealthCheck(database, lambda: LiveProcesses("a", 0, 1, False), lambda: True, clock)
    clock.move(seconds=START_BOUND.total_seconds())
    late = HealthCheck(database, lambda: LiveProcesses("a", 0, 1, False), lambda: True, clock)
    found = [check.look().to_json() for check in (early, late)]
    assert [one["status"] for one in found] == ["down", "starting"]


def away_settings(kind: str, tmp_path: Path, port: int) -> Settings:
    addresses = {
        "sqlite": f"sqlite:///{tmp_path}/no/such/folder/ledger.sqlite3",
        "postgresql": "postgresql://postgres@127.0.0.1:1/nowhere",
    }
    return settings_for(addresses[kind], port)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_that_is_away_means_503_and_nothing_accepted(kind: str, tmp_path: Path) -> None:
    with running_engine() as engine, served(create_app(away_settings(kind, tmp_path, engine.port))) as base:
        answer = httpx.post(f"{base}/webchat/session")
        assert health(base)[1]["database"] is False
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Retry-After" in answer.headers
    assert "gửi lại sau" in answer.json()["detail"]


def test_a_locked_sqlite_file_means_503_and_the_message_is_accepted_later(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    database = open_database(migrated_sqlite(path), lock_wait_ms=100)
    with (
        running_engine() as engine,
        served(create_app(settings_for(f"sqlite:///{path}", engine.port), database=database)) as base,
        browsing(base) as browser,
    ):
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        body = {"client_id": "6f0c3b0e-4e0a-4b8e-9f51-111111111111", "text": "xin chào"}
        assert browser.post(**body).status_code == 503
        lock.execute("ROLLBACK")
        lock.close()
        assert browser.post(**body).json() == {"accepted": True, "duplicate": False, "seq": 2}


def test_a_worker_waits_for_a_ledger_that_is_not_there_yet(database_url: str, engine: FakeEngine) -> None:
    database = open_database(database_url)
    with working(database, engine), served(create_app(settings_for(database_url, engine.port))) as base:
        assert httpx.post(f"{base}/webchat/session").status_code >= 500
        upgrade(database_url)
        with browsing(base) as browser:
            browser.say("xin chào")
            assert browser.wait_replies(1) == ["Trả lời: xin chào"]
    database.engine.dispose()
