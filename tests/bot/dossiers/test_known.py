"""What the portal last told: encrypted, for the very same proofs in the very same conversation, over a restart."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.clock import VIETNAM_TIME
from bot.dossiers.known import KEPT, KnownInLedger, LastTold, forget_expired_known
from bot.portal.records import Dossier, LookupFactor, Moment, SupplementRequest
from bot.storage.database import Database, writing
from bot.storage.models import Conversation

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
KEY = Fernet.generate_key().decode()
CODE, FACTOR = "H05.12.3-261124-0001", LookupFactor("7K2M")
DOSSIER = Dossier(
    dossier_code=CODE,
    source_system="provincial",
    status_code="5",
    as_of=datetime(2026, 11, 26, 14, 0, tzinfo=VIETNAM_TIME),
    procedure_name="Đăng ký khai sinh",
    received_at=Moment(date(2026, 11, 24)),
    due_at=Moment(date(2026, 12, 1), datetime(2026, 12, 1, 16, 30, tzinfo=VIETNAM_TIME)),
    must_act="citizen",
    supplement_requests=(SupplementRequest(Moment(date(2026, 11, 25)), None, 2, None),),
    result_method="counter",
)


@pytest.fixture
def known(database: Database) -> KnownInLedger:
    with writing(database.sessions) as session:
        for name in ("c1", "c2"):
            session.add(
                Conversation(id=name, channel="webchat", account="web", external_id=name, rasa_session=1, fence=0, opened_at=NOW)
            )
    return KnownInLedger(database.sessions, KEY)


def test_the_same_proofs_find_it_again_after_a_restart(database: Database, known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    restarted = KnownInLedger(database.sessions, KEY)
    assert restarted.recall("c1", CODE, FACTOR, NOW + timedelta(hours=23)) == LastTold(DOSSIER, NOW)


def test_nothing_else_finds_it(known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    assert known.recall("c2", CODE, FACTOR, NOW) is None
    assert known.recall("c1", CODE, LookupFactor("7K2N"), NOW) is None
    assert known.recall("c1", CODE, LookupFactor("7K2M", "phone_proof"), NOW) is None
    assert known.recall("c1", "H05.12.3-261124-0002", FACTOR, NOW) is None
    assert known.recall("c1", CODE, FACTOR, NOW + KEPT) is None


def test_the_newest_answer_takes_the_place_of_the_last(known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    later = NOW + timedelta(hours=2)
    known.remember("c1", CODE, FACTOR, DOSSIER, later)
    assert known.recall("c1", CODE, FACTOR, later) == LastTold(DOSSIER, later)
    known.forget("c1", CODE, FACTOR)
    assert known.recall("c1", CODE, FACTOR, later) is None


def test_the_table_read_raw_tells_nothing(database: Database, known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    with database.sessions() as session:
        raw = " ".join(str(tuple(row)) for row in session.execute(text("SELECT * FROM known_dossier")))
    for secret in (CODE, "261124", "7K2M", "khai sinh", "provincial"):
        assert secret not in raw


def test_what_our_keys_do_not_open_is_not_known(database: Database, known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    with writing(database.sessions) as session:
        session.execute(text("UPDATE known_dossier SET content = :junk"), {"junk": b"junk"})
    assert known.recall("c1", CODE, FACTOR, NOW) is None
    other = Fernet.generate_key().decode()
    assert KnownInLedger(database.sessions, other).recall("c1", CODE, FACTOR, NOW) is None


def test_it_is_deleted_after_its_time(database: Database, known: KnownInLedger) -> None:
    known.remember("c1", CODE, FACTOR, DOSSIER, NOW)
    with writing(database.sessions) as session:
        assert forget_expired_known(session, NOW + KEPT - timedelta(seconds=1)) == 0
        assert forget_expired_known(session, NOW + KEPT) == 1
