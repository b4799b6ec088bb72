"""A message is sent once more by its officer, and only then."""

import pytest

from bot.conversations.outbox import Outbox
from bot.conversations.platform_parts import PartEnd, PlatformCall
from bot.conversations.rate_slots import RatePace
from bot.messages import BotMessage
from bot.officers.resending import NotResendableError, resend_message
from bot.officers.speaking import officer_says
from bot.officers.taking import NotOwnerError, claim_conversation
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from tests.bot.officers.office import HOA, LAN, Office


@pytest.fixture
def outbox(office: Office) -> Outbox:
    return Outbox(
        office.sessions, lambda out: [PlatformCall("send", {"text": out.message.text})], {"zalo": RatePace(100.0, 100)}, "s"
    )


@pytest.fixture
def message(office: Office, outbox: Outbox) -> int:
    """A message of Lan's whose call ended without anybody knowing how."""
    office.citizen("z", channel="zalo")
    claim_conversation(office.sessions, "z", LAN, office.clock())
    told = outbox.next_part(office.clock())
    assert told is not None
    outbox.end_part(told, PartEnd("sent"), office.clock())
    said = officer_says(office.sessions, office.private, "z", LAN, BotMessage("Chào"), "k", office.clock())
    part = outbox.next_part(office.clock())
    assert part is not None
    outbox.end_part(part, PartEnd("ambiguous", error="timeout"), office.clock())
    return said.outbound_id


def state(office: Office, outbound_id: int) -> str:
    with office.sessions() as session:
        return session.get_one(Outbound, outbound_id).state


def test_an_ambiguous_message_is_called_once_more(office: Office, outbox: Outbox, message: int) -> None:
    assert (state(office, message), outbox.next_part(office.clock())) == ("ambiguous", None)
    resend_message(office.sessions, "z", message, LAN, office.clock())
    part = outbox.next_part(office.clock())
    assert part is not None
    assert part.outbound_id == message
    outbox.end_part(part, PartEnd("sent"), office.clock())
    assert state(office, message) == "sent"
    with pytest.raises(NotResendableError, match="unknown"):
        resend_message(office.sessions, "z", message, LAN, office.clock())


def test_only_the_owner_resends_and_only_in_this_conversation(office: Office, message: int) -> None:
    with pytest.raises(NotOwnerError):
        resend_message(office.sessions, "z", message, HOA, office.clock())
    office.citizen("other", channel="zalo")
    claim_conversation(office.sessions, "other", LAN, office.clock())
    with pytest.raises(NotResendableError, match="unknown"):
        resend_message(office.sessions, "other", message, LAN, office.clock())
    assert state(office, message) == "ambiguous"


def test_what_the_platform_would_not_take_is_not_tried(office: Office, message: int) -> None:
    with writing(office.sessions) as session:
        session.get_one(Conversation, "z").acted_at = None
    with pytest.raises(NotResendableError, match="window_closed"):
        resend_message(office.sessions, "z", message, LAN, office.clock())
    with writing(office.sessions) as session:
        session.get_one(Outbound, message).created_at = office.clock.now.replace(year=2025)
    with pytest.raises(NotResendableError, match="too_old"):
        resend_message(office.sessions, "z", message, LAN, office.clock())
