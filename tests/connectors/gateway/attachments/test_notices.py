"""What a citizen hears of what they sent beside text, told by the worker."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from bot.conversations.turns import Claim
from bot.storage.database import writing
from bot.storage.models import Conversation, Inbound, Outbound
from bot.texts import say
from connectors.gateway.attachments.notices import AttachmentNotices, AttachmentReception
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.worker import Worker
from tests.connectors.fake_engine import SECRET, FakeEngine
from tests.connectors.gateway.attachments.announced import CONVERSATION, Message
from tests.connectors.gateway.attachments.file_host import JPEG, content


def claim_of(message: Message, expects: str | None, text: str | None = None) -> Claim:
    with message.database.sessions() as session:
        row = session.get_one(Inbound, message.inbound_id)
    return Claim(
        conversation_id=CONVERSATION,
        worker="w",
        fence=1,
        speaker="bot",
        rasa_session=1,
        channel="zalo",
        inbound_id=row.id,
        seq=row.seq,
        text=text,
        act=None,
        attempt=1,
        told_waiting=False,
        expects=expects,
    )


def look(message: Message, expects: str | None = None, text: str | None = None) -> AttachmentNotices:
    return AttachmentReception(message.database.sessions, message.desk).look_at(claim_of(message, expects, text))


def texts(notices: AttachmentNotices) -> list[str]:
    return [one.text for one in notices.messages]


def test_a_photo_that_was_not_asked_for_is_explained(message: Message) -> None:
    message.announce()
    found = look(message)
    assert texts(found) == [say("attachment_not_asked")]
    assert found.detail == "attachments:not_asked"
    assert look(message) == found


def test_a_paper_that_was_taken_is_confirmed(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG)
    message.announce()
    message.announce("/gone.jpg")
    found = look(message, expects="paper")
    assert texts(found) == [say("attachment_received", count=1), say("attachment_expired")]
    assert found.detail == "attachments:received,expired"


def test_the_caption_gives_an_identity_card_away(message: Message) -> None:
    message.announce()
    assert texts(look(message, "paper", "Căn cước của tôi")) == [say("attachment_id_card")]


def test_a_sticker_is_answered_with_silence(message: Message) -> None:
    message.announce("/s.webp", kind="sticker")
    assert look(message) == AttachmentNotices((), "attachments:sticker")


def test_an_album_is_explained_once(message: Message) -> None:
    message.announce()
    second, third = message.next(seconds=1), message.next(seconds=1)
    for one in (second, third):
        one.announce()
    assert len(texts(look(message))) == 1
    assert texts(look(second)) == []
    assert texts(look(third)) == []
    assert look(third).detail == "attachments:not_asked"


def test_another_reason_or_a_later_message_is_explained_again(message: Message) -> None:
    message.announce()
    look(message)
    voice = message.next(seconds=1)
    voice.announce("/v.ogg", kind="audio")
    assert texts(look(voice)) == [say("attachment_voice")]
    later = message.next(minutes=1)
    later.announce()
    assert texts(look(later)) == [say("attachment_not_asked")]


def test_a_worker_tells_it_and_keeps_waiting_for_the_paper(message: Message, engine: FakeEngine) -> None:
    message.host.pages["/a.jpg"] = content(b"PK\x03\x04 no photo")
    message.announce()
    with writing(message.database.sessions) as session:
        session.execute(update(Conversation).values(expects="paper"))
    sessions = message.database.sessions
    client = EngineClient(f"http://127.0.0.1:{engine.port}", SECRET)
    reception = AttachmentReception(sessions, replace(message.desk))
    worker = Worker(sessions, client, clock=message.clock, attachments=reception)
    message.clock.now += timedelta(seconds=1)
    assert worker.run_once()
    client.close()
    with sessions() as session:
        said = [line["text"] for line in session.scalars(select(Outbound.message).order_by(Outbound.seq))]
        row = session.get_one(Inbound, message.inbound_id)
        assert session.get_one(Conversation, CONVERSATION).expects == "paper"
    assert said[-1] == say("attachment_wrong_type")
    assert (row.outcome, row.outcome_detail) == ("answered", "attachments:wrong_type")
