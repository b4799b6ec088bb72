"""The clock's part: from a wave in the console's hands over the real simulator to a link that a citizen opens."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from bot.outreach.quiet_hours import QuietHours
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.survey_models import SurveyAnswer, SurveyLink, SurveySampled, SurveyWave
from connectors.gateway.scheduled_tasks import scheduled_tasks
from connectors.gateway.survey_tasks import SurveyRounds
from tests.bot.portal.conftest import SECRET, RunningPortal, portal, simulator
from tests.bot.surveys.closed import started_wave
from tests.connectors.gateway.alone import KEY, client
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["client", "database", "database_url", "portal", "simulator"]
NEVER = QuietHours.parse("")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


def settings(url: str | None) -> Settings:
    secret = {"portal_client_secret": SECRET, "portal_url": url} if url else {}
    return Settings(engine_secret="x", ledger_key=KEY, web_session_secret="x" * 40, public_url="https://bot.example", **secret)  # type: ignore[arg-type]


def test_from_the_wave_to_the_answer(database: Database, clock: MovingClock, portal: RunningPortal, client: TestClient) -> None:
    started_wave(database, clock(), {"p1": 40, "p2": 12})
    portal.control("survey-invitations/refuse", {"record_id": "p2-00003", "reason": "declined"})
    told = SurveyRounds(settings(portal.url), database.sessions, NEVER).go_round(clock())
    sent = portal.control("survey-invitations")
    assert told == len(sent) + 1
    link = sent[0]["link"]
    assert link.startswith("https://bot.example/khao-sat/")
    path = link.removeprefix("https://bot.example")
    assert client.get(path).status_code == 200
    assert client.post(path, data={"satisfied": "satisfied", "on_time": "early"}, follow_redirects=False).status_code == 303
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(SurveyAnswer)) == 1
        assert session.scalar(select(func.count()).select_from(SurveyLink)) == len(sent) - 1
        assert session.scalars(select(SurveyWave)).one().state == "open"


def test_in_quiet_hours_and_without_a_portal_nobody_is_invited_and_waves_end_all_the_same(
    database: Database, clock: MovingClock, portal: RunningPortal
) -> None:
    started_wave(database, clock(), {"p1": 5})
    assert SurveyRounds(settings(portal.url), database.sessions, QuietHours.parse("00:00-23:59")).go_round(clock()) == 0
    assert portal.control("survey-invitations") == []
    rounds = SurveyRounds(settings(None), database.sessions, NEVER)
    assert rounds.go_round(clock()) == 0
    with database.sessions() as session:
        assert {one.state for one in session.scalars(select(SurveySampled))} == {"waiting"}
    rounds.go_round(clock() + timedelta(days=40))
    with database.sessions() as session:
        assert session.scalars(select(SurveyWave)).one().state == "closed"


def test_the_tasks_stand_in_the_list(database: Database, clock: MovingClock) -> None:
    names = [task.name for task in scheduled_tasks(settings(None), database.sessions, clock)]
    assert {"survey-invitations", "talk-ratings"} <= set(names)
    assert len(names) == len(set(names))
