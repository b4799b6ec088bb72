"""What the review keeps of a conversation goes when the conversation's content goes."""

from datetime import datetime

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.messages import BotMessage
from bot.storage.review_models import AnswerJudgement, ReplyApproval, TranscriptIndex, TranscriptIndexed


def hold_index(session: Session, conversation_id: str) -> TranscriptIndexed:
    """The row that says how far the conversation is indexed, made where it is missing and held to the end of the transaction: who
    forgets waits for who adds, and then sees and removes what was added."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(TranscriptIndexed).values(conversation_id=conversation_id, seq=0).on_conflict_do_nothing())
    return session.get_one(TranscriptIndexed, conversation_id, with_for_update=True, populate_existing=True)


def forget_index(session: Session, conversation_id: str, _now: datetime | None = None) -> int:
    """Takes a conversation out of the index; returns how many lines. The lines are read again later: those that were emptied come
    back empty."""
    indexed = hold_index(session, conversation_id)
    mine = delete(TranscriptIndex).where(TranscriptIndex.conversation_id == conversation_id)
    gone = len(session.execute(mine.returning(TranscriptIndex.id)).all())
    indexed.seq = 0
    session.flush()
    drop_traces(session)
    return gone


def empty_judgements(session: Session, conversation_id: str, _now: datetime | None = None) -> int:
    """Takes the words out of the judgements of a conversation's answers; the verdicts stay. Returns how many."""
    mine = update(AnswerJudgement).where(AnswerJudgement.conversation_id == conversation_id)
    return len(session.execute(mine.values(note="", right_answer="").returning(AnswerJudgement.id)).all())


def empty_replies(session: Session, conversation_id: str, now: datetime) -> int:
    """Takes the words out of replies that wait or waited for a second person; none of them is sent any more. Returns how many."""
    mine = ReplyApproval.conversation_id == conversation_id
    emptied = update(ReplyApproval).where(mine).values(message=BotMessage("").to_json(), reason=None)
    count = len(session.execute(emptied.returning(ReplyApproval.id)).all())
    session.execute(
        update(ReplyApproval).where(mine, ReplyApproval.state == "to_approve").values(state="withdrawn", decided_at=now)
    )
    return count


def drop_traces(session: Session) -> None:
    """SQLite's search structure keeps removed words until its parts are merged; PostgreSQL's vacuum does so by itself."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO transcript_words(transcript_words) VALUES ('optimize')"))
