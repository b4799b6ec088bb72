"""Private values: known by token, for a day, in their own conversation."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.encryption import LedgerKeyError
from bot.conversations.outcomes import forget_expired
from bot.conversations.private_values import PrivateValues, masked_forms, show_masked
from bot.language.masking import PrivateSpan, placeholder
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, PrivateValue
from tests.moving_clock import MovingClock

KEY = Fernet.generate_key().decode()
CITIZEN_ID = PrivateSpan("citizen_id", 0, 12, "024099001234")
PHONE = PrivateSpan("phone", 0, 10, "0912345678")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def private(database: Database, clock: MovingClock) -> PrivateValues:
    with writing(database.sessions) as session:
        for name in ("mine", "other"):
            session.add(Conversation(id=name, channel="w", account="w", external_id=name, opened_at=clock()))
    return PrivateValues(database.sessions, KEY, clock)


def test_a_value_is_revealed_in_its_own_conversation_only(private: PrivateValues) -> None:
    first, second = private.store("mine", [CITIZEN_ID, PHONE])
    assert first != second
    assert private.reveal(first, "mine") == "024099001234"
    assert private.reveal(second, "mine") == "0912345678"
    assert private.reveal(first, "other") is None
    assert private.reveal("unknown", "mine") is None
    assert private.reveal("' OR 1=1 --", "mine") is None


def test_a_value_lives_for_a_day_and_its_masked_form_longer(
    private: PrivateValues, clock: MovingClock, database: Database
) -> None:
    (token,) = private.store("mine", [CITIZEN_ID])
    clock.move(hours=23, minutes=59)
    assert forget_expired(database.sessions, clock()) == 0
    assert private.reveal(token, "mine") == "024099001234"
    clock.move(minutes=1)
    assert private.reveal(token, "mine") is None
    assert forget_expired(database.sessions, clock()) == 1
    with database.sessions() as session:
        assert session.scalars(select(PrivateValue.ciphertext)).all() == [None]
        text = f"Số {placeholder('citizen_id', token)}, {placeholder('phone', 'unknown')}"
        assert show_masked(text, masked_forms(session, "mine", [text]), "***") == "Số *********234, ***"
        assert masked_forms(session, "other", [text]) == {}


def test_the_key_can_be_changed_without_losing_values(private: PrivateValues, database: Database, clock: MovingClock) -> None:
    (token,) = private.store("mine", [PHONE])
    newer = Fernet.generate_key().decode()
    assert PrivateValues(database.sessions, f"{newer},{KEY}", clock).reveal(token, "mine") == "0912345678"
    assert PrivateValues(database.sessions, newer, clock).reveal(token, "mine") is None


@pytest.mark.parametrize("key", ["", ",", "short", "x" * 44])
def test_an_unusable_key_is_refused_by_name_and_never_shown(key: str, database: Database) -> None:
    with pytest.raises(LedgerKeyError, match="LEDGER_KEY") as caught:
        PrivateValues(database.sessions, key)
    assert "x" * 44 not in str(caught.value)
