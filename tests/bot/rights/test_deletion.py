"""A citizen is forgotten in every table; nothing of another one is touched; the proof says what was done."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from bot.catalogue.load import load_offices
from bot.conversations.deletion import TABLES
from bot.conversations.engine_trackers import EngineTrackers
from bot.rights.consent import has_consent
from bot.rights.deletions import Deletions, ask_deletion, delete_now, seal_holds
from bot.settings import PROJECT_ROOT
from bot.storage.all_models import METADATA
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.rights_models import Consent, DeletionRecord, RightsRequest
from tests.bot.rights.filled import SECRETS, Citizen, everything_stored, fill
from tests.moving_clock import MovingClock


@pytest.fixture
def tracker_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/tracker.sqlite3"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), timestamp FLOAT, data TEXT)")
        )
        for sender in ("cit-one.1", "cit-one.1", "cit-one.2", "cit-one2.1", "cit-two.1"):
            connection.execute(text("INSERT INTO events (sender_id, timestamp, data) VALUES (:s, 1, 'x')"), {"s": sender})
    engine.dispose()
    return url


@pytest.fixture
def deletions(database: Database, clock: MovingClock, key: str, tracker_url: str) -> Deletions:
    calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
    return Deletions(database.sessions, EngineTrackers(tracker_url), key, lambda: calendar, clock)


def ask(database: Database, name: str, clock: MovingClock) -> str:
    with writing(database.sessions) as session:
        return ask_deletion(session, session.get_one(Conversation, name), "chat", clock()).reference


def record(database: Database, reference: str) -> DeletionRecord:
    with database.sessions() as session:
        return session.get_one(DeletionRecord, reference)


def senders(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(text("SELECT sender_id FROM events ORDER BY id"))]
    engine.dispose()
    return found


def test_every_table_stands_on_the_deletion_map() -> None:
    assert set(TABLES) == set(METADATA.tables)


def test_tables_with_a_conversation_are_never_called_impersonal() -> None:
    theirs = {
        name
        for name, table in METADATA.tables.items()
        if any(key.column.table.name == "conversation" for column in table.columns for key in column.foreign_keys)
    }
    assert not {name for name in theirs if TABLES[name].fate == "impersonal"}


def test_everything_of_the_citizen_goes_and_nothing_of_another_one(
    database: Database, citizen: Citizen, deletions: Deletions, clock: MovingClock, key: str, tracker_url: str
) -> None:
    fill(database, "cit-two", clock(), key)
    assert all(secret in everything_stored(database) for secret in SECRETS)
    with writing(database.sessions) as session:
        session.get_one(Conversation, "cit-one").rasa_session = 2
    reference = ask(database, citizen.id, clock)
    assert deletions.carry_out_due() == 0, "the answer must be read first"
    clock.move(minutes=3)
    assert deletions.carry_out_due() == 0, "a turn in hand may still write to the engine's store"
    clock.move(minutes=3)
    assert deletions.carry_out_due() == 1
    mine = [line for line in everything_stored(database).splitlines() if "cit-one" in line]
    assert len(mine) > 10, "times and outcomes stay"
    for secret in SECRETS:
        assert [line for line in mine if secret in line] == [], secret
    with database.sessions() as session:
        assert session.scalars(select(Inbound.text).where(Inbound.conversation_id == "cit-one")).all() == [None]
        assert "Hoàng" in (session.scalars(select(Inbound.text).where(Inbound.conversation_id == "cit-two")).one() or "")
        assert session.scalars(select(Outbound.state).where(Outbound.conversation_id == "cit-one")).all() == ["sent"]
    assert senders(tracker_url) == ["cit-one2.1", "cit-two.1"]
    done = record(database, reference)
    assert (done.state, done.conversation_id, done.rasa_sessions) == ("done", None, None)
    assert done.counts is not None
    assert done.counts["engine_events"] == 3
    assert {"inbound", "outbound", "private_value", "dossier_watch", "consent", "submission"} <= set(done.counts)


def test_the_seal_of_a_finished_record_shows_a_change(
    database: Database, citizen: Citizen, deletions: Deletions, clock: MovingClock, key: str
) -> None:
    reference = ask(database, citizen.id, clock)
    for _ in range(2):
        clock.move(minutes=3)
        deletions.carry_out_due()
    done = record(database, reference)
    assert seal_holds(done, f"{key}")
    done.counts = {**(done.counts or {}), "inbound": 99}
    assert not seal_holds(done, key)


def test_consents_are_withdrawn_and_their_proof_stays_without_the_person(
    database: Database, citizen: Citizen, clock: MovingClock
) -> None:
    with writing(database.sessions) as session:
        delete_now(session, session.get_one(Conversation, citizen.id), "platform", clock())
    with database.sessions() as session:
        rows = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [(row.given, row.how, row.person) for row in rows] == [(True, "button", None), (False, "deletion", None)]
        assert not has_consent(session, citizen.id, "improve", clock())


def test_what_an_officer_had_of_a_complaint_stays(database: Database, clock: MovingClock, key: str) -> None:
    fill(database, "c3", clock(), key, handoff_reason="complaint")
    with writing(database.sessions) as session:
        delete_now(session, session.get_one(Conversation, "c3"), "chat", clock())
    with database.sessions() as session:
        assert session.scalars(select(Handoff)).one().summary == {"last_message": "Hoàng Bí Mật"}


def test_a_watch_ends_and_the_portal_can_still_be_told(database: Database, citizen: Citizen, clock: MovingClock) -> None:
    with writing(database.sessions) as session:
        delete_now(session, session.get_one(Conversation, citizen.id), "chat", clock())
    with database.sessions() as session:
        watch = session.get_one(DossierWatch, "w-cit-one")
        assert (watch.state, watch.end_reason, watch.portal_ended) == ("ended", "forgotten", False)
        assert (watch.proofs, watch.shown, watch.dossier_key) == (None, "", "")
        notice = session.scalars(select(DossierNotice)).one()
        assert (notice.state, notice.content) == ("not_told", None)


def test_while_an_officer_is_at_work_the_wish_becomes_a_request(
    database: Database, citizen: Citizen, deletions: Deletions, clock: MovingClock
) -> None:
    reference = ask(database, citizen.id, clock)
    with writing(database.sessions) as session:
        session.get_one(Conversation, citizen.id).speaker = "officer"
    clock.move(minutes=3)
    deletions.carry_out_due()
    assert record(database, reference).state == "to_officer"
    with database.sessions() as session:
        request = session.scalars(select(RightsRequest).where(RightsRequest.state == "open")).one()
        assert (request.kind, request.words) == ("delete", reference)
        told = session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()
        assert told is not None
        assert f"QDL-{request.id}" in told.message["text"]
        assert "Hoàng" in (session.scalars(select(Inbound.text)).one() or "")


def test_a_turn_in_hand_is_waited_for_and_an_unsent_answer_for_a_while(
    database: Database, citizen: Citizen, deletions: Deletions, clock: MovingClock
) -> None:
    reference = ask(database, citizen.id, clock)
    with writing(database.sessions) as session:
        session.get_one(Conversation, citizen.id).lease_until = clock() + timedelta(minutes=4)
        session.scalars(select(Outbound)).one().state = "pending"
    for minutes, state in ((3, "asked"), (5, "asked"), (10, "ledger_cleared")):
        clock.move(minutes=minutes)
        deletions.carry_out_due()
        assert record(database, reference).state == state


def test_asking_twice_gives_the_same_number(database: Database, citizen: Citizen, clock: MovingClock) -> None:
    assert ask(database, citizen.id, clock) == ask(database, citizen.id, clock)


def test_an_engine_store_that_is_away_leaves_the_rest_done_and_is_tried_again(
    database: Database, citizen: Citizen, clock: MovingClock, key: str, tmp_path: Path, tracker_url: str
) -> None:
    calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
    (tmp_path / "folder").mkdir()
    away = EngineTrackers("postgresql://nobody@127.0.0.1:1/none")
    reference = ask(database, citizen.id, clock)
    broken = Deletions(database.sessions, away, key, lambda: calendar, clock)
    for _ in range(3):
        clock.move(minutes=3)
        assert broken.carry_out_due() == 0
    assert record(database, reference).state == "ledger_cleared"
    whole = Deletions(database.sessions, EngineTrackers(tracker_url), key, lambda: calendar, clock)
    assert whole.carry_out_due() == 1
