"""What leaves the index, the judgements and the waiting replies when a conversation's words leave the ledger."""

import pytest
from sqlalchemy import delete, select, text

from bot.conversations.deletion import forget_citizen
from bot.messages import BotMessage
from bot.officers.approvals import submit_reply
from bot.officers.taking import claim_conversation
from bot.review.forgetting import forget_expired_review
from bot.review.index import index_everything
from bot.review.judgements import judge, judged_wrong, judgements_of
from bot.storage.channel_models import Attachment, Delivery
from bot.storage.database import writing
from bot.storage.models import ButtonToken, Conversation, Inbound, Outbound
from bot.storage.review_models import AnswerJudgement, ReplyApproval, TranscriptIndex
from tests.bot.officers.office import LAN, Office
from tests.bot.review.talks import found, talk


@pytest.fixture
def remembered(office: Office) -> str:
    """A conversation in the index, with a judged answer and a reply that waits."""
    conversation = talk(office, "bí mật của tôi", "trả lời bí mật")
    with office.sessions() as session:
        answer = session.scalars(select(Outbound).where(Outbound.author == "bot").order_by(Outbound.id.desc())).first()
    with writing(office.sessions) as session:
        judge(
            session,
            conversation,
            answer.id,
            "lan",
            "Lan",
            "wrong",
            office.clock(),
            fault="outdated",
            note="bí mật",
            right_answer="b",
        )
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    submit_reply(
        office.sessions, office.private, office.teams.fallback, conversation, LAN, BotMessage("bí mật 2"), "k", office.clock()
    )
    assert found(office, "bí mật") == [conversation]
    return conversation


def test_a_citizen_who_is_forgotten_is_not_found_any_more(office: Office, remembered: str) -> None:
    with writing(office.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, remembered), office.clock())
    assert found(office, "bí mật") == [], "also not after the next round"
    with office.sessions() as session:
        (judgements,) = judgements_of(session, remembered).values()
        assert [(one.verdict, one.note, one.right_answer) for one in judgements] == [("wrong", "", "")]
        assert judged_wrong(session) == []
        reply = session.scalars(select(ReplyApproval)).one()
        assert (reply.state, reply.message["text"]) == ("withdrawn", "")
        assert not [row.words for row in session.scalars(select(TranscriptIndex)) if "mat" in row.words]


def test_no_word_of_it_is_left_in_the_search_structure_itself(office: Office, remembered: str) -> None:
    if office.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's vacuum does this")
    with writing(office.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, remembered), office.clock())
    with office.sessions() as session:
        blocks = session.execute(text("SELECT block FROM transcript_words_data")).scalars()
        assert not [block for block in blocks if b"mat" in block]


def test_what_is_past_retention_leaves_with_its_messages(office: Office, remembered: str) -> None:
    kept = talk(office, "còn giữ")
    index_everything(office.sessions)
    assert forget_expired_review(office.sessions) == 0
    with writing(office.sessions) as session:
        for table in (ButtonToken, Delivery, Attachment, Outbound, Inbound):
            session.execute(delete(table).where(table.conversation_id == remembered))
    assert forget_expired_review(office.sessions) > 0
    assert found(office, "bí mật") == []
    assert found(office, "còn giữ") == [kept]
    assert forget_expired_review(office.sessions) == 0
    with office.sessions() as session:
        assert session.scalars(select(AnswerJudgement)).all() == session.scalars(select(ReplyApproval)).all() == []


def test_a_conversation_whose_row_goes_takes_its_index_along(office: Office) -> None:
    conversation = office.citizen("z", "zalo")
    index_everything(office.sessions)
    talk(office, "ở lại")
    with writing(office.sessions) as session:
        session.add(TranscriptIndex(conversation_id=conversation, seq=1, at=office.clock(), speaks="bot", words="se di"))
    assert found(office, "sẽ đi") == [conversation]
    with writing(office.sessions) as session:
        session.execute(delete(Conversation).where(Conversation.id == conversation))
    assert found(office, "sẽ đi") == []
