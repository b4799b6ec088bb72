"""A second person reads an officer's reply before the citizen does, where the team wants it (``replies_need_approval``).

``say_or_submit`` is how the console lets an officer speak. A reply that waits is no word to the citizen: who may speak is asked
again when it is approved. While it waits, its author counts neither as silent nor as gone, but not for ever (``held_until``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import note_event, open_handoff_of
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.officers.files import FileGoneError, begin_validity, drop_file
from bot.officers.notes import write_note
from bot.officers.speaking import (
    KeyInUseError,
    OfficerMessage,
    check_content,
    done_before,
    officer_key,
    officer_says,
    with_placeholders,
    write_officer_message,
)
from bot.officers.taking import LEASE, Also, hand_back_within, nothing_more
from bot.officers.teams import Team, Teams
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation
from bot.storage.review_models import ReplyApproval
from bot.texts import say

Act = Literal["reply", "file", "phone", "flow"]
"""What waits: the officer's own words, a file's link, the request for a telephone number, or the button of a flow."""

LONGEST_REASON = 500
_AT_ONCE = 200


class ApprovalRefusedError(Exception):
    """The act on a waiting reply is not possible; ``reason``: ``unknown``, ``decided`` (somebody was faster, or it was taken
    back), ``own`` (nobody approves what they wrote themselves), ``not_owner`` (the author no longer has the conversation)
    ``reason_missing`` or ``file_gone`` (the file waited too long)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Submitted:
    """A reply that waits for a second person."""

    approval_id: int
    state: str = "to_approve"
    repeated: bool = False


def team_of(session: Session, conversation_id: str, teams: Teams) -> Team:
    """The team whose rules hold in this conversation now."""
    handoff = open_handoff_of(session, conversation_id)
    return teams.named(handoff.team if handoff is not None else None)


def say_or_submit(
    sessions: SessionFactory,
    private: PrivateValues,
    teams: Teams,
    conversation_id: str,
    officer: Officer,
    message: BotMessage,
    key: str,
    now: datetime,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
    also_submitted: Also = nothing_more,
    act: Act = "reply",
    file_id: int | None = None,
) -> OfficerMessage | Submitted:
    """The officer's message goes to the citizen, or waits for a second person where the conversation's team wants that; ``also``
    or ``also_submitted`` is written with it. Once per ``key`` either way. Raises what ``officer_says`` raises."""
    with sessions() as session:
        team = team_of(session, conversation_id, teams)
        known = _by_key(session, officer_key(officer, key))
    if known is None and not team.replies_need_approval:
        return officer_says(sessions, private, conversation_id, officer, message, key, now, lease, also)
    return submit_reply(
        sessions, private, team, conversation_id, officer, message, key, now, lease, also_submitted, act=act, file_id=file_id
    )


def submit_reply(
    sessions: SessionFactory,
    private: PrivateValues,
    team: Team,
    conversation_id: str,
    officer: Officer,
    message: BotMessage,
    key: str,
    now: datetime,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
    *,
    act: Act = "reply",
    file_id: int | None = None,
) -> Submitted:
    """The message waits for a second person of ``team``; the officer's lease is renewed. ``act``: a ``flow`` gives the assistant
    the word once it is approved; ``file_id``: the file behind the message's link. Raises ``NotOwnerError``,
    ``ValueError``, ``KeyInUseError``."""
    check_content(message)
    own_key = officer_key(officer, key)
    with writing(sessions) as session:
        known = done_before(session, conversation_id, officer, now + lease, now, lambda: _by_key(session, own_key))
        if known is not None:
            return _repeated(known, conversation_id)
        kept = replace(message, text=with_placeholders(session, private, conversation_id, message.text))
        row = ReplyApproval(
            conversation_id=conversation_id,
            team=team.id,
            author_account=officer.account,
            author_name=officer.name,
            message=kept.to_json(),
            own_key=own_key,
            act=act,
            file_id=file_id,
            created_at=now,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise KeyInUseError(own_key) from error
        _note(session, conversation_id, "reply_submitted", now, officer.account)
        also(session)
        return Submitted(row.id)


def approve_reply(
    session: Session, private: PrivateValues, approval_id: int, approver: Officer, now: datetime, *, text: str | None = None
) -> OfficerMessage:
    """The reply goes to the citizen in its author's name, with ``text`` instead of its own where the approver changed it. The
    caller's transaction is made by ``writing``. Raises ``ApprovalRefusedError`` and ``ValueError`` as ``officer_says`` does."""
    row = _decided(session, approval_id, approver, now, "approved")
    conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
    if conversation.speaker != "officer" or conversation.owner_account != row.author_account:
        raise ApprovalRefusedError("not_owner")
    message = BotMessage.from_json(row.message)
    if text is not None and text.strip() != message.text.strip():
        changed = replace(message, text=text.strip())
        check_content(changed)
        message = replace(changed, text=with_placeholders(session, private, row.conversation_id, changed.text))
        row.edited = True
    author = Officer(row.author_account, row.author_name)
    said = write_officer_message(session, row.conversation_id, author, message, row.own_key, now)
    row.outbound_id = said.outbound_id
    if row.file_id is not None:
        _begin_validity(session, row.file_id, now)
    _note(session, row.conversation_id, "reply_approved", now, approver.account)
    if row.act == "flow":
        ownership.excuse(session, row.conversation_id, author.account, now + LEASE)
        hand_back_within(session, row.conversation_id, author, now)
    return said


def _begin_validity(session: Session, file_id: int, now: datetime) -> None:
    try:
        begin_validity(session, file_id, now)
    except FileGoneError as error:
        raise ApprovalRefusedError("file_gone") from error


def refuse_reply(session: Session, approval_id: int, approver: Officer, reason: str, now: datetime) -> None:
    """The reply is not sent; its author reads why in a note. The caller's transaction is made by ``writing``. Raises
    ``ApprovalRefusedError``."""
    why = reason.strip()[:LONGEST_REASON]
    if not why:
        raise ApprovalRefusedError("reason_missing")
    row = _decided(session, approval_id, approver, now, "refused")
    note = write_note(session, row.conversation_id, approver, why, now, mentions=[row.author_account])
    row.reason = note.text
    if row.file_id is not None:
        drop_file(session, row.file_id)
    _note(session, row.conversation_id, "reply_refused", now, approver.account)


def withdraw_reply(session: Session, approval_id: int, author: str, now: datetime) -> None:
    """Its author takes the reply back before anybody decided. Raises ``ApprovalRefusedError``."""
    mine = update(ReplyApproval).where(
        ReplyApproval.id == approval_id, ReplyApproval.author_account == author, ReplyApproval.state == "to_approve"
    )
    values = mine.values(state="withdrawn", decided_at=now, decided_by=author)
    gone = session.execute(
        values.returning(ReplyApproval.id, ReplyApproval.file_id).execution_options(synchronize_session=False)
    ).one_or_none()
    if gone is None:
        raise ApprovalRefusedError("decided" if session.get(ReplyApproval, approval_id) else "unknown")
    if gone.file_id is not None:
        drop_file(session, gone.file_id)


def held_until(session: Session, conversation_ids: Iterable[str], now: datetime, longest: timedelta) -> dict[str, datetime]:
    """For conversations with a reply that waits or was refused: up to when their officers are not to be called silent. ``now``
    for one that waits, at most ``longest`` after it was submitted; after a refusal the moment of that."""
    rows = session.execute(
        select(
            ReplyApproval.conversation_id,
            func.max(ReplyApproval.created_at).filter(ReplyApproval.state == "to_approve").label("submitted_at"),
            func.max(ReplyApproval.decided_at).filter(ReplyApproval.state == "refused").label("refused_at"),
        )
        .where(ReplyApproval.conversation_id.in_(list(conversation_ids)), ReplyApproval.state.in_(("to_approve", "refused")))
        .group_by(ReplyApproval.conversation_id)
    )
    held: dict[str, datetime] = {}
    for row in rows:
        waits = min(now, row.submitted_at + longest) if row.submitted_at is not None else None
        held[row.conversation_id] = max(moment for moment in (waits, row.refused_at) if moment is not None)
    return held


def tell_answers_prepared(sessions: SessionFactory, now: datetime, after: timedelta) -> int:
    """Citizens whose officer's reply has waited for ``after`` hear once that an answer is being prepared. Replies whose authors
    no longer have the conversation are withdrawn. Returns how many citizens were told."""
    with sessions() as session:
        waiting = session.scalars(
            select(ReplyApproval.id).where(ReplyApproval.state == "to_approve").order_by(ReplyApproval.created_at).limit(_AT_ONCE)
        ).all()
    return sum(_tell_one(sessions, approval_id, now, after) for approval_id in waiting)


def _tell_one(sessions: SessionFactory, approval_id: int, now: datetime, after: timedelta) -> bool:
    with writing(sessions) as session:
        row = session.get(ReplyApproval, approval_id)
        if row is None:
            return False
        conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
        session.refresh(row, with_for_update=True)
        if row.state != "to_approve":
            return False
        if conversation.speaker != "officer" or conversation.owner_account != row.author_account:
            row.state, row.decided_at = "withdrawn", now
            return False
        if row.told_at is not None or row.created_at > now - after:
            return False
        row.told_at = now
        line = Line(BotMessage(say("answer_being_prepared", name=row.author_name), kind="notice"), "system")
        write_lines(session, conversation, [line], key=f"approval:{row.id}", now=now)
        return True


def _decided(session: Session, approval_id: int, approver: Officer, now: datetime, state: str) -> ReplyApproval:
    """The row, given this end by this person; nobody else can end it any more."""
    row = session.get(ReplyApproval, approval_id)
    if row is None:
        raise ApprovalRefusedError("unknown")
    if row.author_account == approver.account:
        raise ApprovalRefusedError("own")
    # The conversation's row comes first everywhere, so that two who act at once wait for each other and never in a ring.
    session.get_one(Conversation, row.conversation_id, with_for_update=True)
    mine = update(ReplyApproval).where(ReplyApproval.id == approval_id, ReplyApproval.state == "to_approve")
    end = {"state": state, "decided_at": now, "decided_by": approver.account, "decided_name": approver.name}
    ended = session.execute(mine.values(**end).returning(ReplyApproval.id).execution_options(synchronize_session=False))
    if ended.one_or_none() is None:
        raise ApprovalRefusedError("decided")
    session.refresh(row)
    return row


def _by_key(session: Session, own_key: str) -> ReplyApproval | None:
    return session.scalars(select(ReplyApproval).where(ReplyApproval.own_key == own_key)).one_or_none()


def _repeated(known: ReplyApproval, conversation_id: str) -> Submitted:
    if known.conversation_id != conversation_id:
        raise KeyInUseError(known.own_key)
    return Submitted(known.id, known.state, repeated=True)


def _note(session: Session, conversation_id: str, kind: str, now: datetime, account: str) -> None:
    handoff = open_handoff_of(session, conversation_id)
    if handoff is not None:
        note_event(session, handoff, kind, now, account)
