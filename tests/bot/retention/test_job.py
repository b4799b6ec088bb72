"""What is past its time goes, class by class; what is not stays; a run that is cut off is gone on with; each run is proved."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from bot.conversations.engine_trackers import EngineTrackers
from bot.retention import job
from bot.retention.job import Report, Retention
from bot.retention.policy import shipped_periods
from bot.storage.channel_models import Attachment, ChannelEvent, Delivery
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierWatch, IdentityLink, KnownDossier, Submission, WrongProof
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.rights_models import Consent, DailyCount, RetentionRun
from tests.bot.rights.filled import count_of, everything_stored, fill
from tests.moving_clock import MovingClock

CONTENT = (Inbound, Outbound, ButtonToken, Delivery, PrivateValue, Attachment, Handoff, ChannelEvent)


@pytest.fixture
def retention(database: Database, clock: MovingClock, tmp_path: Path) -> Retention:
    return Retention(
        database.sessions, EngineTrackers(f"sqlite:///{tmp_path}/none.sqlite3"), shipped_periods(), clock, seconds=None
    )


def counts(database: Database) -> dict[str, int]:
    return {table.__tablename__: count_of(database, table) for table in CONTENT}


def test_nothing_goes_before_its_time(database: Database, retention: Retention, clock: MovingClock, key: str) -> None:
    fill(database, "cit-one", clock(), key)
    before = counts(database)
    clock.move(hours=8)
    assert retention.run() == Report({}, True)
    assert counts(database) == before


def test_after_a_month_details_go_and_the_talk_stays(
    database: Database, retention: Retention, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-one", clock(), key)
    clock.move(days=31)
    retention.run()
    left = counts(database)
    assert (left["button"], left["private_value"], left["inbound"], left["outbound"]) == (0, 0, 1, 1)
    with database.sessions() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.call, delivery.shown, delivery.state) == ({}, "", "sent")
        assert "Hoàng" in (session.scalars(select(Inbound.text)).one() or "")
    assert [count_of(database, table) for table in (IdentityLink, KnownDossier, WrongProof)] == [0, 0, 0]


def test_after_a_year_the_talk_goes_and_its_count_stays(
    database: Database, retention: Retention, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-one", clock(), key)
    clock.move(days=366)
    retention.run()
    assert set(counts(database).values()) == {0}
    stored = everything_stored(database)
    assert "zalo-user-77" not in stored
    with database.sessions() as session:
        assert session.get_one(Conversation, "cit-one").external_id == "expired:cit-one"
        (day,) = session.scalars(select(DailyCount)).all()
    assert (day.channel, day.intent, day.procedure_code, day.outcome, day.messages) == (
        "zalo",
        "ask_fee",
        "1.001193",
        "answered",
        1,
    )
    assert count_of(database, Submission) == 0
    assert count_of(database, Consent) == 1, "the proof outlives the talk"
    assert retention.run().total == 0, "a second run finds nothing"


def test_after_the_proofs_nothing_at_all_is_left_of_a_citizen(
    database: Database, retention: Retention, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-one", clock(), key)
    with writing(database.sessions) as session:
        watch = session.scalars(select(DossierWatch)).one()
        watch.state, watch.ended_at = "ended", clock()
    for _ in range(3):
        clock.move(days=740)
        retention.run()
    with database.sessions() as session:
        # The draft is deleted by the drafts' own store.
        assert session.scalars(select(Conversation.id)).all() == ["cit-one"]
        session.execute(text("DELETE FROM eform_draft"))
        session.commit()
    retention.run()
    assert count_of(database, Conversation) == 0


def test_a_talk_about_a_complaint_is_kept_as_a_record(
    database: Database, retention: Retention, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-one", clock(), key, handoff_reason="complaint")
    clock.move(days=400)
    retention.run()
    assert count_of(database, Inbound) == 1
    clock.move(days=1_500)
    retention.run()
    assert count_of(database, Inbound) == count_of(database, Handoff) == 0


@pytest.mark.parametrize("speaker", ["waiting", "officer"])
def test_nothing_goes_while_a_person_has_the_talk(
    database: Database, retention: Retention, clock: MovingClock, key: str, speaker: str
) -> None:
    fill(database, "cit-one", clock(), key)
    with writing(database.sessions) as session:
        session.get_one(Conversation, "cit-one").speaker = speaker
    before = counts(database)
    clock.move(days=400)
    retention.run()
    assert counts(database) == before


def test_who_writes_again_keeps_the_whole_talk(database: Database, retention: Retention, clock: MovingClock, key: str) -> None:
    fill(database, "cit-one", clock(), key)
    fill(database, "cit-two", clock(), key)
    clock.move(days=366)
    with writing(database.sessions) as session:
        session.get_one(Conversation, "cit-one").last_inbound_at = clock()
    retention.run()
    with database.sessions() as session:
        assert session.scalars(select(Inbound.conversation_id)).all() == ["cit-one"]


def test_a_dry_run_counts_what_a_run_would_delete_and_deletes_nothing(
    database: Database, retention: Retention, clock: MovingClock, key: str
) -> None:
    for number in range(3):
        fill(database, f"cit-{number}", clock(), key)
    clock.move(days=366)
    due = retention.due()
    assert count_of(database, Inbound) == 3
    with writing(database.sessions) as session:
        session.add(DailyCount(day=clock().date(), channel="", intent="", procedure_code="", outcome="", messages=0))
    assert retention.due()["transcript/inbound"] == 3
    assert (due["transcript/outbound"], due["transcript/delivery"], due["record/handoff"]) == (3, 3, 3)


def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(
    database: Database, clock: MovingClock, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "ROWS_AT_ONCE", 2)
    for number in range(5):
        fill(database, f"cit-{number}", clock(), key)
    clock.move(days=366)
    ticks = count()
    short = Retention(
        database.sessions,
        EngineTrackers(f"sqlite:///{tmp_path}/none.sqlite3"),
        shipped_periods(),
        clock,
        seconds=3,
        stopwatch=lambda: float(next(ticks)),
    )
    first = short.run()
    assert not first.complete
    assert 0 < first.total <= 6
    runs = 1
    while not short.run().complete:
        runs += 1
        assert runs < 100
    assert set(counts(database).values()) == {0}
    with database.sessions() as session:
        proofs = session.scalars(select(RetentionRun).order_by(RetentionRun.id)).all()
    assert [proof.complete for proof in proofs[-2:]] == [False, True]
    assert sum(proof.counts.get("transcript/inbound", 0) for proof in proofs) == 5


def test_a_run_that_finds_nothing_is_proved_once_a_day(database: Database, retention: Retention, clock: MovingClock) -> None:
    for _ in range(3):
        retention.run()
        clock.move(hours=5)
    assert count_of(database, RetentionRun) == 1
    clock.move(days=1)
    retention.run()
    assert count_of(database, RetentionRun) == 2


def test_idle_talks_leave_the_engines_store_and_the_others_stay(database: Database, clock: MovingClock, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.sqlite3"
    engine = create_engine(url)
    old, new = (clock() - timedelta(days=40)).timestamp(), (clock() - timedelta(days=2)).timestamp()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), timestamp FLOAT)"))
        rows = [("idle.1", old)] * 1_300 + [("alive.1", old), ("alive.1", new)]
        connection.execute(text("INSERT INTO events (sender_id, timestamp) VALUES (:s, :t)"), [{"s": s, "t": t} for s, t in rows])
    retention = Retention(database.sessions, EngineTrackers(url), shipped_periods(), clock, seconds=None)
    assert retention.due()["engine_tracker/events"] == 1_300
    assert retention.run().counts["engine_tracker/events"] == 1_300
    with engine.connect() as connection:
        assert [row[0] for row in connection.execute(text("SELECT sender_id FROM events"))] == ["alive.1", "alive.1"]
    engine.dispose()


def test_an_engine_store_that_is_away_does_not_hold_up_the_ledger(database: Database, clock: MovingClock, key: str) -> None:
    fill(database, "cit-one", clock(), key)
    clock.move(days=366)
    away = EngineTrackers("postgresql://nobody@127.0.0.1:1/none")
    Retention(database.sessions, away, shipped_periods(), clock, seconds=None).run()
    assert count_of(database, Inbound) == 0
