"""What a citizen had deleted stays deleted when a backup from before is restored."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select

from bot.catalogue.load import load_offices
from bot.conversations.engine_trackers import EngineTrackers
from bot.rights.deletion_journal import DeletionJournal, JournalError, read_journals
from bot.rights.deletions import Deletions, ask_deletion
from bot.rights.replay import replay_deletions
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from bot.storage.rights_models import DeletionRecord
from tests.bot.rights.filled import fill
from tests.moving_clock import MovingClock


@pytest.fixture
def journal(tmp_path: Path, key: str) -> DeletionJournal:
    return DeletionJournal(tmp_path / "deletions.journal", key)


def deletions(database: Database, clock: MovingClock, key: str, tmp_path: Path, journal: DeletionJournal) -> Deletions:
    calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
    trackers = EngineTrackers(f"sqlite:///{tmp_path}/tracker.sqlite3")
    return Deletions(database.sessions, trackers, key, lambda: calendar, clock, journal)


def words_of(database: Database, conversation_id: str) -> list[str | None]:
    with database.sessions() as session:
        return list(session.scalars(select(Inbound.text).where(Inbound.conversation_id == conversation_id)))


def deleted_and_restored(database: Database, clock: MovingClock, key: str, tmp_path: Path, journal: DeletionJournal) -> str:
    """A citizen's data are deleted, noted, and come back with a backup from before; gives the number they were told."""
    fill(database, "cit-one", clock(), key)
    fill(database, "cit-two", clock(), key)
    with writing(database.sessions) as session:
        reference = ask_deletion(session, session.get_one(Conversation, "cit-one"), "chat", clock()).reference
    clock.move(minutes=40)
    deletions(database, clock, key, tmp_path, journal).carry_out_due()
    assert set(words_of(database, "cit-one")) == {None}
    with writing(database.sessions) as session:
        # The ledger as the backup has it: nothing known of the deletion, the words there.
        session.execute(delete(DeletionRecord).where(DeletionRecord.reference == reference))
        for row in session.scalars(select(Inbound).where(Inbound.conversation_id == "cit-one")):
            row.text = "xin chào"
    return reference


def test_a_deletion_is_repeated_under_its_number_and_nobody_elses_data_go(
    database: Database, clock: MovingClock, key: str, tmp_path: Path, journal: DeletionJournal
) -> None:
    reference = deleted_and_restored(database, clock, key, tmp_path, journal)
    noted, untouched = read_journals([journal.path]), words_of(database, "cit-two")
    trial = replay_deletions(database.sessions, noted, key, clock(), dry_run=True)
    assert (trial.deleted, set(words_of(database, "cit-one"))) == ((reference,), {"xin chào"})
    done = replay_deletions(database.sessions, noted, f"{Fernet.generate_key().decode()},{key}", clock())
    assert (done.deleted, done.done_before, done.not_here) == ((reference,), 0, 0)
    assert set(words_of(database, "cit-one")) == {None}
    assert words_of(database, "cit-two") == untouched
    again = replay_deletions(database.sessions, noted, key, clock())
    assert (again.deleted, again.done_before) == ((), 1)
    # The engine's store follows as after any deletion, and the proof is sealed.
    clock.move(minutes=4)
    deletions(database, clock, key, tmp_path, journal).carry_out_due()
    with database.sessions() as session:
        record = session.get_one(DeletionRecord, reference)
    assert (record.state, record.conversation_id) == ("done", None)


def test_the_journal_leads_to_nobody(
    database: Database, clock: MovingClock, key: str, tmp_path: Path, journal: DeletionJournal
) -> None:
    deleted_and_restored(database, clock, key, tmp_path, journal)
    written = journal.path.read_text(encoding="utf-8")
    assert "cit-one" not in written
    assert set(json.loads(written)) == {"reference", "conversation", "source", "asked_at"}
    assert journal.path.stat().st_mode & 0o077 == 0


def test_a_deletion_that_cannot_be_noted_waits(
    database: Database, clock: MovingClock, key: str, tmp_path: Path, journal: DeletionJournal
) -> None:
    journal.path.mkdir()
    with pytest.raises(IsADirectoryError):
        deleted_and_restored(database, clock, key, tmp_path, journal)
    assert None not in words_of(database, "cit-one")


def test_several_journals_are_one_and_a_broken_line_is_named(tmp_path: Path, key: str, clock: MovingClock) -> None:
    first, second = DeletionJournal(tmp_path / "a", key), DeletionJournal(tmp_path / "b", key)
    first.note("XDL-1", "one", "chat", clock())
    second.note("XDL-1", "one", "chat", clock())
    second.note("XDL-2", "two", "platform", clock())
    assert [one.reference for one in read_journals([first.path, second.path])] == ["XDL-1", "XDL-2"]
    second.path.write_text("{}\n" + second.path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(JournalError, match="dòng 1"):
        read_journals([second.path])
    with first.path.open("a", encoding="utf-8") as file:
        file.write('{"reference": "XD')
    assert [one.reference for one in read_journals([first.path])] == ["XDL-1"]
