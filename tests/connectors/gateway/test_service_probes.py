"""The minute's looks at the parts, over doubles of their addresses and the real ledger."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.officers.hours import OpeningHours
from bot.storage.channel_models import ChannelAccount
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisterRun
from bot.storage.models import Conversation, Inbound
from bot.storage.sync_models import ServiceHour, ServiceProbe
from connectors.gateway.service_probes import Addresses, ServiceProbes

NOW = datetime(2026, 11, 27, 3, 0, 30, tzinfo=UTC)
PLACES = Addresses("http://gateway/health", "http://actions/health", "http://portal/health")
HOURS = OpeningHours((((time(7, 30), time(11, 30)),),) * 7)
WELL = {PLACES.gateway: (200, {"database": True, "engine": True}), PLACES.actions: (200, {}), PLACES.portal: (200, {})}


def looked(database: Database, answers: Mapping[str, tuple[int, Mapping[str, object]]], now: datetime = NOW) -> dict[str, str]:
    def fetch(address: str) -> tuple[int, Mapping[str, object]]:
        if address not in answers:
            raise httpx.ConnectError("refused")
        return answers[address]

    ServiceProbes(database.sessions, PLACES, ("zalo", "facebook"), HOURS, fetch).run(now)
    with database.sessions() as session:
        minute = now.replace(second=0)
        return {row.part: row.state for row in session.scalars(select(ServiceProbe).where(ServiceProbe.at == minute))}


def test_all_is_well(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add_all([ChannelAccount(channel=name, account="x") for name in ("zalo", "facebook")])
    parts = ("webchat", "assistant", "answers", "portal", "zalo", "facebook")
    assert looked(database, WELL) == dict.fromkeys(parts, "up")
    with database.sessions() as session:
        hours = session.scalars(select(ServiceHour)).all()
    assert {(hour.part, hour.up, hour.office_up) for hour in hours} == {(part, 1, 1) for part in parts}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({**WELL, PLACES.gateway: (503, {"database": True, "engine": False})}, {"webchat": "up", "assistant": "down"}),
        ({**WELL, PLACES.gateway: (503, {"database": False, "engine": True})}, {"webchat": "down", "assistant": "up"}),
        ({**WELL, PLACES.gateway: (200, {})}, {"webchat": "down", "assistant": "down"}),
        ({PLACES.gateway: WELL[PLACES.gateway]}, {"assistant": "down", "portal": "down"}),
        ({}, {"webchat": "down", "assistant": "unknown", "portal": "down"}),
        ({**WELL, PLACES.portal: (401, {})}, {"portal": "up"}),
        ({**WELL, PLACES.portal: (502, {})}, {"portal": "down"}),
    ],
)
def test_what_is_down_is_named(
    database: Database, answers: Mapping[str, tuple[int, Mapping[str, object]]], said: dict[str, str]
) -> None:
    found = looked(database, answers)
    assert {part: found[part] for part in said} == said


def test_channels_the_register_and_messages_that_wait(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add(ChannelAccount(channel="zalo", account="x", state="needs_attention", reason="token"))
        session.add(RegisterRun(kind="whole", started_at=NOW - timedelta(days=2), complete=True))
        session.add(Conversation(id="c", channel="webchat", account="web", external_id="c", opened_at=NOW))
        session.flush()
        values = {"conversation_id": "c", "channel": "webchat", "account": "web", "event_id": "e", "seq": 1}
        session.add(Inbound(**values, received_at=NOW - timedelta(minutes=3)))
    found = looked(database, WELL)
    told = {part: found[part] for part in ("zalo", "facebook", "register", "answers")}
    assert told == {"zalo": "down", "facebook": "unknown", "register": "down", "answers": "down"}


def test_minutes_outside_office_hours_do_not_count_as_office_time(database: Database) -> None:
    looked(database, WELL, NOW + timedelta(hours=12))
    with database.sessions() as session:
        assert {(hour.up, hour.office_up) for hour in session.scalars(select(ServiceHour)) if hour.part == "portal"} == {(1, 0)}
