"""What the review keeps of a conversation goes when the conversation's content goes."""

from datetime import datetime

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.messages import BotMessage
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.review_models import AnswerJudgement, ReplyApproval, TranscriptIndex, TranscriptIndexed


def hold_index(session: Session, conversation_id: str) -> TranscriptIndexed:
    """The row that says how far the conversation is indexed, made where it is missing and held to the end of the transaction: who
    forgets waits for who adds, and then sees and removes what was added."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(TranscriptIndexed).values(conversation_id=conversation_id, seq=0).on_conflict_do_nothing())
    return session.get_one(TranscriptIndexed, conversation_id, with_for_update=True, populate_existing=True)


def forget_index(session: Session, conversation_id: str) -> int:
    """Takes a conversation out of the index; returns how many lines. Lines that are written later are added again, those that
    were emptied come back empty."""
    indexed = hold_index(session, conversation_id)
    mine = delete(TranscriptIndex).where(TranscriptIndex.conversation_id == conversation_id)
    gone = len(session.execute(mine.returning(TranscriptIndex.id)).all())
    indexed.seq = 0
    session.flush()
    return gone


def forget_review(session: Session, conversation_id: str, now: datetime) -> int:
    """A citizen's data are forgotten: nothing that quotes them stays in the index, in judgements or in replies that waited. The
    verdicts stay, without words, so that figures still add up. Returns how many lines left the index.

    Call it after the messages themselves were emptied, in the same transaction."""
    gone = forget_index(session, conversation_id)
    session.execute(
        update(AnswerJudgement).where(AnswerJudgement.conversation_id == conversation_id).values(note="", right_answer="")
    )
    mine = ReplyApproval.conversation_id == conversation_id
    session.execute(update(ReplyApproval).where(mine).values(message=BotMessage("").to_json(), reason=None))
    session.execute(
        update(ReplyApproval).where(mine, ReplyApproval.state == "to_approve").values(state="withdrawn", decided_at=now)
    )
    _drop_traces(session)
    return gone


def forget_expired_review(sessions: SessionFactory, most: int = 200) -> int:
    """Conversations whose messages are past their time and gone: their lines, judgements and replies go too. Returns how many
    lines left the index. Run from time to time; running it twice does no harm."""
    received = exists().where(Inbound.conversation_id == TranscriptIndexed.conversation_id)
    said = exists().where(Outbound.conversation_id == TranscriptIndexed.conversation_id)
    spoken = exists().where(Conversation.id == TranscriptIndexed.conversation_id, Conversation.last_seq > 0)
    with sessions() as session:
        over = session.scalars(
            select(TranscriptIndexed.conversation_id).where(TranscriptIndexed.seq > 0, spoken, ~received, ~said).limit(most)
        ).all()
    gone = 0
    for conversation_id in over:
        with writing(sessions) as session:
            hold_index(session, conversation_id)
            gone += len(
                session.execute(
                    delete(TranscriptIndex)
                    .where(TranscriptIndex.conversation_id == conversation_id)
                    .returning(TranscriptIndex.id)
                ).all()
            )
            for table in (AnswerJudgement, ReplyApproval):
                session.execute(delete(table).where(table.conversation_id == conversation_id))
            session.execute(delete(TranscriptIndexed).where(TranscriptIndexed.conversation_id == conversation_id))
            _drop_traces(session)
    return gone


def _drop_traces(session: Session) -> None:
    """SQLite's search structure keeps removed words until its parts are merged; PostgreSQL's vacuum does so by itself."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO transcript_words(transcript_words) VALUES ('optimize')"))
