"""What the page of one conversation shows, read in one go and put into words."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.canned_replies import KeptReply, replies_for
from bot.officers.flows import FLOWS
from bot.officers.taking import OfficerOutcome, why_taken_over
from bot.officers.view import ConversationView, ViewLine, conversation_view
from bot.officers.visibility import Sight, may_see
from bot.officers.waiting_replies import WaitingReply, replies_to_mind
from bot.storage.channel_models import Delivery
from bot.storage.models import Conversation, Outbound
from bot.storage.officer_models import OfficerNote
from bot.storage.review_models import ReplyApproval
from console.forms import clean_line
from console.office import Office
from console.problems import Problem
from console.window_clock import window_clock
from console.wording import clock_time, unmarked

LINES = 200
Mode = Literal["mine", "free", "other", "platform", "reading"]
"""What the account may do here: it owns it; it may take it; a colleague has it; somebody answers in the platform's own inbox; it
may only read."""


@dataclass(frozen=True)
class Shown:
    """The conversation, what the account may do, and what the templates need beside it."""

    view: ConversationView
    mode: Mode
    replies: list[KeptReply]
    own_replies: list[WaitingReply]
    why_taken_over: str | None
    now: datetime
    earlier: bool

    def values(self, office: Office) -> dict[str, Any]:
        """For the templates."""
        view, now = self.view, self.now
        handoff = view.open_handoff
        summary = handoff.summary if handoff else {}
        return {
            "view": view,
            "mode": self.mode,
            "handoff": handoff,
            "replies": self.replies,
            "own_replies": self.own_replies,
            "why_taken_over": self.why_taken_over,
            "team": office.teams.named(handoff.team).name if handoff and handoff.team else None,
            "teams": office.teams.all,
            "procedure": office.names.chosen(str(summary["procedure_code"])) if summary.get("procedure_code") else None,
            "window": window_clock(view.reach, now, human_agent=office.settings.facebook_human_agent),
            "clock_time": lambda moment: clock_time(moment, now),
            "overdue": bool(handoff and handoff.answer_due_at and handoff.answer_due_at <= now and handoff.state == "waiting"),
            "earlier": self.earlier,
            "sendable": sendable,
            "unmarked": unmarked,
            "flows": FLOWS,
            "outcomes": get_args(OfficerOutcome),
            "fresh_key": lambda: secrets.token_urlsafe(16),
        }


def sendable(line: ViewLine) -> bool:
    """Whether an officer may have this line sent once more."""
    return line.state in ("dead", "ambiguous") and line.speaks in ("officer", "system")


def shown_conversation(
    session: Session, account: AccountView, conversation: str, office: Office, now: datetime, after: int | None = None
) -> Shown:
    """Raises ``Problem`` 404 for what the account may not see: whether it exists is nobody's business either."""
    sight = office.sight(session, account)
    conversation_id = _seen(session, sight, conversation)
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id)) or 0
    start = max(0, last - LINES) if after is None else after
    name = office.names.all().get
    view = conversation_view(
        session, conversation_id, now, after=start, limit=LINES, procedure_name=lambda code: name(code) or code
    )
    if view is None:
        raise Problem(404, "no_conversation")
    replies = replies_for(session, office.replies, sight.member_of)
    mode = mode_of(view, account, now)
    why = why_taken_over(session, conversation_id, account.login) if mode == "other" else None
    return Shown(view, mode, replies, replies_to_mind(session, conversation_id), why, now, start > 0)


def seen_id(session: Session, account: AccountView, conversation: str, office: Office) -> str:
    """The conversation's id where the account may see it. Raises ``Problem`` 404."""
    return _seen(session, office.sight(session, account), conversation)


def _seen(session: Session, sight: Sight, conversation: str) -> str:
    conversation_id = clean_line(conversation, 64)
    if not may_see(session, sight, conversation_id):
        raise Problem(404, "no_conversation")
    return conversation_id


def mode_of(view: ConversationView, account: AccountView, now: datetime) -> Mode:
    """What the account may do with the conversation."""
    if not account.may(Permission.CONVERSATIONS_ANSWER):
        return "reading"
    if view.speaker != "officer":
        return "free"
    if view.owner_account is None:
        return "platform"
    if view.owner_until is not None and view.owner_until <= now:
        return "free"
    return "mine" if view.owner_account == account.login else "other"


def fingerprint(session: Session, conversation_id: str) -> str:
    """A short text that changes whenever the page would look different."""
    conversation = session.execute(
        select(Conversation.last_seq, Conversation.speaker, Conversation.owner_account).where(Conversation.id == conversation_id)
    ).one_or_none()
    sent = session.execute(
        select(
            func.count().filter(Outbound.state == "sent"),
            func.count().filter(Outbound.state == "pending"),
            func.count().filter(Outbound.state == "dead"),
        ).where(Outbound.conversation_id == conversation_id, Outbound.author != "bot")
    ).one()
    arrived = session.execute(
        select(func.max(Delivery.delivered_at), func.max(Delivery.read_at)).where(Delivery.conversation_id == conversation_id)
    ).one()
    notes = session.scalar(select(func.max(OfficerNote.id)).where(OfficerNote.conversation_id == conversation_id))
    waiting = session.execute(
        select(func.max(ReplyApproval.id), func.count().filter(ReplyApproval.state == "to_approve")).where(
            ReplyApproval.conversation_id == conversation_id
        )
    ).one()
    return repr((tuple(conversation or ()), tuple(sent), tuple(arrived), notes, tuple(waiting)))
