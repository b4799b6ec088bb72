"""What makes an open conversation's page fetch anew, on both databases."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from bot.conversations.private_values import PrivateValues
from bot.messages import BotMessage
from bot.officers.notes import add_note
from bot.officers.speaking import officer_says
from bot.officers.taking import claim_conversation, forward_to_colleague, hand_back
from bot.officers.teams import load_teams
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.models import Outbound
from console.conversation_page import fingerprint
from tests.bot.officers.office import HOA, LAN, MONDAY_NINE, Office
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


@pytest.fixture
def office(database: Database) -> Office:
    clock = MovingClock(MONDAY_NINE)
    private = PrivateValues(database.sessions, Fernet.generate_key().decode(), clock)
    return Office(database, clock, load_teams(PROJECT_ROOT / "data"), private)


def test_every_change_is_seen_and_nothing_else(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    seen = []

    def died() -> None:
        with writing(office.sessions) as session:
            row = session.query(Outbound).filter_by(conversation_id=conversation, author="officer").one()
            row.state = "dead"

    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: claim_conversation(office.sessions, conversation, LAN, office.clock()),
        lambda: officer_says(office.sessions, office.private, conversation, LAN, BotMessage("Chào"), "k", office.clock()),
        died,
        lambda: add_note(office.sessions, conversation, HOA, "xem giúp", office.clock()),
        lambda: office.writes(conversation, "vâng"),
        lambda: forward_to_colleague(office.sessions, conversation, LAN, HOA, office.clock()),
        lambda: hand_back(office.sessions, conversation, HOA, office.clock()),
    ]
    for step in steps:
        step()
        with office.sessions() as session:
            first, again = fingerprint(session, conversation), fingerprint(session, conversation)
        assert first == again
        seen.append(first)
    assert len(set(seen)) == len(steps)
