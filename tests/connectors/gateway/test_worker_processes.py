"""Workers and gateways as processes: killed in the middle of a turn, stopped politely, started without a secret."""

import signal
import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.models import Heartbeat, Inbound
from tests.connectors.fake_engine import FakeEngine, echo
from tests.connectors.harness import Browser, browsing, working
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.connectors.processes import end_politely, environment, process
from tests.engine_process import free_port
from tests.waiting import wait_for

DOOMED = """
from datetime import timedelta
from bot.settings import Settings
from bot.storage.database import open_database
from connectors.gateway.routed_engine import routed_engine
from connectors.gateway.worker import Worker
from connectors.gateway.worker_pace import WorkerPace
settings = Settings()
sessions = open_database(settings.database_url).sessions
Worker(sessions, routed_engine(settings, sessions), pace=WorkerPace(lease=timedelta(seconds=2))).run()
"""


def test_a_worker_killed_in_the_middle_of_a_turn_is_followed_by_another(
    settings: Settings, browser: Browser, engine: FakeEngine, database: Database
) -> None:
    asked, let_go = threading.Event(), threading.Event()

    def hang(turn: dict[str, Any]) -> tuple[int, Any]:
        asked.set()
        let_go.wait(20)
        return echo(turn)

    engine.script = hang
    with process(["-c", DOOMED], environment(settings)) as doomed:
        browser.say("xin chào")
        browser.say("còn ai không")
        assert asked.wait(20)
        doomed.kill()
        doomed.wait()
    engine.script = echo
    # With the ordinary lease: on a busy machine a turn of theirs may take longer than two seconds.
    with working(database, engine, workers=2):
        replies = browser.wait_replies(2)
        let_go.set()
    assert replies == ["Trả lời: xin chào", "Trả lời: còn ai không"]
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.seq)).all()
    assert [(row.outcome, row.attempts) for row in rows] == [("answered", 2), ("answered", 1)]
    assert engine.asked() == ["xin chào", "xin chào", "còn ai không"]


def test_the_worker_process_works_and_finishes_the_turn_in_hand_when_told_to_stop(
    settings: Settings, browser: Browser, engine: FakeEngine, database: Database
) -> None:
    asked, let_go = threading.Event(), threading.Event()

    def slow(turn: dict[str, Any]) -> tuple[int, Any]:
        asked.set()
        let_go.wait(20)
        return echo(turn)

    engine.script = slow
    with process(["-m", "connectors.gateway.worker"], environment(settings)) as worker:
        browser.say("số điện thoại của tôi là 0912345678")
        browser.say("câu này đợi người khác")
        assert asked.wait(20)
        worker.send_signal(signal.SIGTERM)
        let_go.set()
        output = end_politely(worker)
    assert len(browser.replies()) == 1
    with database.sessions() as session:
        assert [row.outcome for row in session.scalars(select(Inbound).order_by(Inbound.seq))] == ["answered", None]
        assert session.scalars(select(Heartbeat.kind)).all() == ["worker"]
    assert "turn.concluded" in output
    for private in (
        "0912345678",
        "điện thoại",
        settings.ledger_key.get_secret_value(),
        settings.engine_secret.get_secret_value(),
    ):
        assert private not in output


def test_the_gateway_process_ends_open_streams_and_stops_when_told(settings: Settings) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with process(["-m", "connectors.gateway"], environment(settings, GATEWAY_PORT=str(port))) as gateway:
        wait_for(lambda: is_up(base), what="the gateway's start")
        with (
            browsing(base) as browser,
            browser.http.stream("GET", "/webchat/events", params={"token": browser.token}) as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines).startswith("id: 1")
            browser.say("mã hồ sơ H05.01-260101-0001 của tôi")
            gateway.send_signal(signal.SIGTERM)
            for _line in lines:
                pass
        output = end_politely(gateway)
    for private in ("260101", "của tôi", browser.token):
        assert private not in output


def is_up(base: str) -> bool:
    """Whether something answers there."""
    try:
        httpx.get(f"{base}/health", timeout=2)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("LEDGER_KEY", None),
        ("LEDGER_KEY", "not-a-key"),
        ("WEB_SESSION_SECRET", None),
        ("WEB_SESSION_SECRET", "short"),
        ("ENGINE_SECRET", None),
        ("ALLOWED_EMBED_ORIGINS", "*"),
        ("DATABASE_URL", "mysql://db/ledger"),
        ("CHANNELS", "zalo,myspace"),
    ],
)
def test_the_gateway_refuses_to_start_without_a_usable_setting_and_names_it(missing: str, value: str | None) -> None:
    env = environment(Settings(**_SECRETS), **{missing: value or ""})
    if value is None:
        del env[missing]
    with process(["-m", "connectors.gateway"], env) as gateway:
        output, _ = gateway.communicate(timeout=30)
    assert gateway.returncode != 0
    assert missing.lower() in output.lower()
    assert _SECRETS["engine_secret"] not in output


@pytest.mark.parametrize("part", ["connectors.gateway", "connectors.gateway.sender"])
@pytest.mark.parametrize("missing", ["ZALO_APP_ID", "FACEBOOK_APP_SECRET", "TELEGRAM_WEBHOOK_SECRET"])
def test_a_platform_that_is_on_needs_its_secrets_by_name(part: str, missing: str) -> None:
    env = environment(Settings(**(_SECRETS | PLATFORM_ACCOUNTS)))
    del env[missing]
    with process(["-m", part], env) as started:
        output, _ = started.communicate(timeout=30)
    assert started.returncode != 0
    assert f"{missing} is not set" in output
    assert PLATFORM_ACCOUNTS["facebook_page_token"] not in output


_SECRETS: dict[str, Any] = {
    "channels": "",
    "engine_secret": "engine-secret-that-stays-secret",
    "ledger_key": "x7cJ8Qm1m0m0m0m0m0m0m0m0m0m0m0m0m0m0m0m0m0A=",
    "web_session_secret": "web-session-secret-long-enough",
}
