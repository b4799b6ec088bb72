"""Everything encrypted comes under the newest key, beside a running product, and a stop halfway loses nothing."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.encryption import LedgerKeyError
from bot.conversations.intake import CitizenEvent, Intake
from bot.conversations.key_rotation import BATCH, UNREADABLE, LedgerKeys, hash_status, key_status, rotate
from bot.conversations.private_values import PrivateValues
from bot.conversations.revealing import RevealRefusedError, reveal_for_owner
from bot.language.masking import placeholders_in
from bot.storage.database import Database, writing
from bot.storage.dossier_models import IdentityLink, KnownDossier
from bot.storage.models import Conversation, Inbound, PrivateValue
from tests.moving_clock import MovingClock

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BOTH = f"{NEW},{OLD}"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def filled(database: Database, clock: MovingClock) -> Database:
    """A ledger whose values are all under the old key; more than one batch of them."""
    intake = Intake(database.sessions, PrivateValues(database.sessions, OLD, clock), clock)
    for number in range(BATCH // 10 + 7):
        events = [
            CitizenEvent("webchat", "web", f"u{number}", f"e{number}-{n}", f"raw {number} {n}".encode(), text="số 0912345678")
            for n in range(10)
        ]
        intake.accept(events)
    cipher = Fernet(OLD)
    with writing(database.sessions) as session:
        conversation = session.scalars(select(Conversation).limit(1)).one()
        conversation.verified_phone = cipher.encrypt(b"0912345678")
        for key in ("a" * 64, "b" * 64):
            session.add(
                KnownDossier(
                    conversation_id=conversation.id,
                    proofs_key=key,
                    content=cipher.encrypt(key.encode()),
                    told_at=clock(),
                    expires_at=clock() + timedelta(hours=1),
                )
            )
        session.add(
            IdentityLink(
                conversation_id=conversation.id, person="c" * 64, confirmed_at=clock(), expires_at=clock() + timedelta(30)
            )
        )
    return database


def under(database: Database, keys: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for state in key_status(database.sessions, LedgerKeys(keys)):
        for key, count in state.by_key.items():
            found[key] = found.get(key, 0) + count
    return found


def values(database: Database) -> list[bytes]:
    with database.sessions() as session:
        columns: list[Any] = [Inbound.raw, PrivateValue.ciphertext, Conversation.verified_phone, KnownDossier.content]
        return [value for column in columns for value in session.scalars(select(column).where(column.is_not(None)))]


def test_all_values_come_under_the_first_key_and_say_the_same(filled: Database) -> None:
    before = sorted(Fernet(OLD).decrypt(value) for value in values(filled))
    assert under(filled, BOTH) == {1: len(before)}
    done = rotate(filled.sessions, LedgerKeys(BOTH))
    assert sum(one.renewed for one in done) == len(before)
    assert under(filled, BOTH) == {0: len(before)}
    assert sorted(Fernet(NEW).decrypt(value) for value in values(filled)) == before, "the old key is needed no more"
    assert sum(one.renewed for one in rotate(filled.sessions, LedgerKeys(BOTH))) == 0, "a second run finds nothing to do"


def test_a_rotation_that_was_stopped_goes_on_where_it_was(filled: Database) -> None:
    heard = []
    rotate(filled.sessions, LedgerKeys(BOTH), heard.append, stop=lambda: len(heard) >= 2)
    halfway = under(filled, BOTH)
    assert set(halfway) == {0, 1}, "some are done and some are not, and both can be read"
    rotate(filled.sessions, LedgerKeys(BOTH))
    assert set(under(filled, BOTH)) == {0}


def test_what_the_product_writes_meanwhile_stays(filled: Database, clock: MovingClock) -> None:
    written = PrivateValues(filled.sessions, BOTH, clock)

    def write(_one: object) -> None:
        with writing(filled.sessions) as session:
            for row in session.scalars(select(Inbound).order_by(Inbound.id.desc()).limit(3)):
                row.raw = written.encrypt(b"meanwhile")

    rotate(filled.sessions, LedgerKeys(BOTH), write)
    assert set(under(filled, BOTH)) == {0}
    assert [Fernet(NEW).decrypt(value) for value in values(filled)].count(b"meanwhile") == 3


def test_a_value_that_no_key_opens_is_counted_and_left(filled: Database) -> None:
    with writing(filled.sessions) as session:
        session.scalars(select(Inbound).limit(1)).one().raw = b"not a token"
    assert under(filled, BOTH)[UNREADABLE] == 1
    assert sum(one.unreadable for one in rotate(filled.sessions, LedgerKeys(BOTH))) == 1
    assert b"not a token" in values(filled)


def test_hashes_are_counted_with_the_moment_at_which_the_last_one_ends(filled: Database, clock: MovingClock) -> None:
    states = {f"{one.table}.{one.column}": one for one in hash_status(filled.sessions)}
    assert states["known_dossier.proofs_key"].rows == 2
    assert states["identity_link.person"].last_ends_at == clock() + timedelta(30)
    assert states["dossier_watch.dossier_key"].rows == 0


@pytest.mark.parametrize("keys", ["", " , ", "no key", OLD + ",broken"], ids=["empty", "blank", "no key", "one broken"])
def test_unusable_keys_are_refused_without_showing_them(keys: str) -> None:
    with pytest.raises(LedgerKeyError) as refused:
        LedgerKeys(keys)
    assert OLD not in str(refused.value)


def test_everything_that_is_stored_encrypted_looks_so(filled: Database) -> None:
    assert all(value.startswith(b"gAAAA") for value in values(filled))


def test_a_number_is_shown_to_the_owning_officer_alone(database: Database, clock: MovingClock) -> None:
    private = PrivateValues(database.sessions, OLD, clock)
    intake = Intake(database.sessions, private, clock)
    for citizen in ("u1", "u2"):
        intake.accept([CitizenEvent("webchat", "web", citizen, f"e-{citizen}", b"{}", text="số 0912345678")])
    with database.sessions() as session:
        first, second = session.scalars(select(Inbound).order_by(Inbound.id)).all()
    token = placeholders_in(first.text or "")[0][1]

    def shown(account: str, conversation: str = first.conversation_id) -> str:
        try:
            return reveal_for_owner(
                database.sessions,
                private,
                account=account,
                conversation_id=conversation,
                token=token,
                owns=lambda _session, who, _which: who == "officer-1",
            )
        except RevealRefusedError as error:
            return error.refusal if token not in str(error) else "told the token"

    assert shown("officer-1") == "not_owner", "the bot speaks"
    with writing(database.sessions) as session:
        for one in session.scalars(select(Conversation)):
            one.speaker = "officer"
    assert shown("officer-1") == "0912345678"
    assert shown("officer-2") == "not_owner"
    assert shown("") == "not_owner"
    assert shown("officer-1", second.conversation_id) == "gone"
    assert shown("officer-1", "nobody") == "unknown_conversation"
    clock.move(hours=25)
    assert shown("officer-1") == "gone"
