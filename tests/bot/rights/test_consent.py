"""Consent per purpose: only a word gives it, the newest word counts, and a person's word holds in all their conversations."""

import pytest
from sqlalchemy import select

from bot.conversations.identity_links import link_person
from bot.rights.consent import consents_of, has_consent, record_consent, text_version, usable_for_improvement
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierWatch
from bot.storage.models import Conversation, Inbound
from bot.storage.rights_models import Consent
from tests.bot.rights.filled import Citizen, fill
from tests.moving_clock import MovingClock


@pytest.fixture
def open_conversations(database: Database, clock: MovingClock) -> None:
    with writing(database.sessions) as session:
        for name in ("a", "b"):
            session.add(Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=clock()))
            session.flush()
            session.add(
                Inbound(
                    conversation_id=name,
                    channel="webchat",
                    account="web",
                    event_id=name,
                    seq=1,
                    text=f"từ {name}",
                    received_at=clock(),
                )
            )


def say_word(database: Database, clock: MovingClock, conversation: str, purpose: str, given: bool) -> None:
    clock.move(seconds=1)
    with writing(database.sessions) as session:
        record_consent(session, conversation, purpose, given, "words", clock())  # type: ignore[arg-type]


def agreed(database: Database, clock: MovingClock, conversation: str, purpose: str) -> bool:
    with database.sessions() as session:
        return has_consent(session, conversation, purpose, clock())  # type: ignore[arg-type]


def usable(database: Database) -> list[str | None]:
    with database.sessions() as session:
        return [row.text for row in session.scalars(usable_for_improvement())]


@pytest.mark.usefixtures("open_conversations")
def test_silence_is_no_consent(database: Database, clock: MovingClock) -> None:
    with database.sessions() as session:
        assert consents_of(session, "a", clock()) == {"reminders": False, "improve": False, "survey": False, "outreach": False}
    assert usable(database) == []


@pytest.mark.usefixtures("open_conversations")
def test_the_newest_word_counts_and_every_word_stays_as_proof(database: Database, clock: MovingClock) -> None:
    for given in (True, False, True):
        say_word(database, clock, "a", "survey", given)
        assert agreed(database, clock, "a", "survey") is given
    assert not agreed(database, clock, "a", "improve"), "one purpose says nothing of another"
    with database.sessions() as session:
        rows = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [row.given for row in rows] == [True, False, True]
        assert {(row.text_key, row.text_version) for row in rows} == {("consent_survey", text_version("consent_survey"))}


@pytest.mark.usefixtures("open_conversations")
def test_an_unknown_purpose_is_an_error_and_never_a_yes(database: Database, clock: MovingClock) -> None:
    with database.sessions() as session, pytest.raises(ValueError, match="marketing"):
        has_consent(session, "a", "marketing", clock())  # type: ignore[arg-type]


@pytest.mark.usefixtures("open_conversations")
def test_a_persons_word_holds_in_their_other_conversation_and_in_nobody_elses(database: Database, clock: MovingClock) -> None:
    with writing(database.sessions) as session:
        link_person(session, "a", "person", clock())
    say_word(database, clock, "a", "improve", True)
    assert not agreed(database, clock, "b", "improve")
    with writing(database.sessions) as session:
        link_person(session, "b", "person", clock())
    assert agreed(database, clock, "b", "improve")
    say_word(database, clock, "b", "improve", False)
    assert not agreed(database, clock, "a", "improve")
    assert usable(database) == []


@pytest.mark.usefixtures("open_conversations")
def test_only_agreed_conversations_may_be_learnt_from(database: Database, clock: MovingClock) -> None:
    say_word(database, clock, "a", "improve", True)
    say_word(database, clock, "b", "survey", True)
    assert usable(database) == ["từ a"]
    say_word(database, clock, "a", "improve", False)
    assert usable(database) == []


def test_who_withdraws_the_reminders_is_no_longer_told_of_dossiers(
    database: Database, citizen: Citizen, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-two", clock(), key)
    with writing(database.sessions) as session:
        link_person(session, "cit-two", "somebody else", clock())
    say_word(database, clock, citizen.id, "reminders", False)
    with database.sessions() as session:
        states = {row.conversation_id: (row.state, row.end_reason) for row in session.scalars(select(DossierWatch))}
    assert states == {"cit-one": ("unsubscribed", "consent_withdrawn"), "cit-two": ("active", None)}
