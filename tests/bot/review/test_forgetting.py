"""What leaves the index, the judgements and the waiting replies when a conversation's words leave the ledger."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from bot.conversations.deletion import forget_citizen
from bot.conversations.engine_trackers import EngineTrackers
from bot.messages import BotMessage
from bot.officers.approvals import submit_reply
from bot.officers.taking import claim_conversation, hand_back
from bot.retention.job import Retention
from bot.retention.policy import shipped_periods
from bot.review.index import index_everything
from bot.review.judgements import judge, judged_wrong, judgements_of
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
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


def test_what_is_past_retention_leaves_with_its_messages(office: Office, remembered: str, tmp_path: Path) -> None:
    hand_back(office.sessions, remembered, LAN, office.clock())
    office.clock.move(days=400)
    kept = talk(office, "còn giữ")
    index_everything(office.sessions)
    for _ in range(2):
        Retention(
            office.sessions, EngineTrackers(f"sqlite:///{tmp_path}/none.sqlite3"), shipped_periods(), office.clock, seconds=None
        ).run()
    assert found(office, "bí mật") == []
    assert found(office, "còn giữ") == [kept]
    with office.sessions() as session:
        assert session.scalars(select(AnswerJudgement)).all() == session.scalars(select(ReplyApproval)).all() == []
        assert session.scalars(select(TranscriptIndex.conversation_id).distinct()).all() == [kept]


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
