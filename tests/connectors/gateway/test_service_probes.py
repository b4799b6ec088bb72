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
from bot.sync_monitor.starting import START_BOUND
from bot.sync_monitor.uptime import Look, note_looks
from connectors.gateway.service_probes import Addresses, ServiceProbes

NOW = datetime(2026, 11, 27, 3, 0, 30, tzinfo=UTC)
PLACES = Addresses("http://gateway/health", "http://actions/health", "http://portal/health")
HOURS = OpeningHours((((time(7, 30), time(11, 30)),),) * 7)
WELL = {PLACES.gateway: (200, {"database": True, "engine": True}), PLACES.actions: (200, {}), PLACES.portal: (200, {})}


STARTING = {**WELL, PLACES.gateway: (503, {"database": True, "engine": False})}
LONG_AGO = NOW - timedelta(days=1)


def probes(
    database: Database, answers: Mapping[str, tuple[int, Mapping[str, object]]], began: datetime = LONG_AGO
) -> ServiceProbes:
    def fetch(address: str) -> tuple[int, Mapping[str, object]]:
        if address not in answers:
            raise httpx.ConnectError("refused")
        return answers[address]

    return ServiceProbes(database.sessions, PLACES, ("zalo", "facebook"), HOURS, fetch, began=began)


def looked(
    database: Database,
    answers: Mapping[str, tuple[int, Mapping[str, object]]],
    now: datetime = NOW,
    began: datetime = LONG_AGO,
) -> dict[str, str]:
    probes(database, answers, began).run(now)
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


def test_an_engine_that_is_not_up_yet_is_starting_and_not_down(database: Database) -> None:
    began = NOW - timedelta(seconds=3)
    assert looked(database, STARTING, NOW, began)["assistant"] == "starting"
    assert looked(database, {}, NOW + timedelta(seconds=5), began)["webchat"] == "starting", "the gateway comes last"
    assert looked(database, WELL, NOW + timedelta(seconds=10), began)["assistant"] == "up"


def test_a_start_that_takes_too_long_is_an_outage(database: Database) -> None:
    began, found = NOW, []
    for seconds in range(0, 300, 20):
        found.append(looked(database, STARTING, NOW + timedelta(seconds=seconds), began)["assistant"])
    in_time = int(START_BOUND.total_seconds()) // 20
    assert found == ["starting"] * in_time + ["down"] * (len(found) - in_time)


def test_a_worker_that_falls_again_and_again_hides_no_outage(database: Database) -> None:
    moments = [NOW + timedelta(seconds=seconds) for seconds in range(0, 400, 30)]
    found = [looked(database, STARTING, now, began=now)["assistant"] for now in moments]
    assert found[0] == "starting"
    assert found[7:] == ["down"] * len(found[7:])


def test_a_worker_restarted_beside_a_dead_engine_still_says_down(database: Database) -> None:
    assert looked(database, STARTING)["assistant"] == "down"
    now = NOW + timedelta(minutes=1)
    assert looked(database, STARTING, now, began=now)["assistant"] == "down"


def test_a_minute_of_a_start_counts_as_down_and_once(database: Database) -> None:
    looked(database, STARTING, NOW, began=NOW)
    looked(database, WELL, NOW + timedelta(seconds=10), began=NOW)
    with database.sessions() as session:
        hours = {hour.part: (hour.up, hour.down) for hour in session.scalars(select(ServiceHour))}
    assert (hours["assistant"], hours["webchat"], hours["portal"]) == ((0, 1), (1, 0), (1, 0))


def test_what_is_up_is_looked_at_once_a_minute_and_what_is_not_every_few_seconds(database: Database) -> None:
    watching = probes(database, STARTING, began=NOW)
    assert watching.due(NOW), "nothing is known of this minute"
    watching.run(NOW)
    assert watching.due(NOW + timedelta(seconds=5)), "the assistant is starting"
    probes(database, WELL).run(NOW + timedelta(seconds=5))
    assert not watching.due(NOW + timedelta(seconds=10)), "all is up"
    assert watching.due(NOW + timedelta(seconds=30)), "the next minute"
    note_looks(database.sessions, [Look("portal", "down")], NOW + timedelta(seconds=30), office_open=True)
    assert not watching.due(NOW + timedelta(seconds=31)), "others are not asked more often because they are away"


def test_others_are_not_asked_again_while_ours_start(database: Database) -> None:
    answers = {PLACES.gateway: STARTING[PLACES.gateway]}
    asked: list[str] = []

    def fetch(address: str) -> tuple[int, Mapping[str, object]]:
        asked.append(address)
        return answers.get(address, (200, {}))

    watching = ServiceProbes(database.sessions, PLACES, (), HOURS, fetch, began=NOW)
    for seconds in (0, 5, 10):
        watching.run(NOW + timedelta(seconds=seconds))
    assert (asked.count(PLACES.gateway), asked.count(PLACES.portal)) == (3, 1)
