"""The papers that are on their way to the portal: a queue in the ledger, worked off beside the talk, because a file takes longer
than a turn may. When the last paper of a draft is settled the citizen is told how it goes on."""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock, utc_now
from bot.conversations.kept_attachments import attachment_content
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.dossiers.submissions import own_draft
from bot.eforms.asking import button
from bot.messages import BotMessage
from bot.portal.errors import Declined, DraftNotFound, NotOffered, PortalError
from bot.portal.gateway import PortalGateway
from bot.portal.submission import PaperFile
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import PaperToAttach, Submission
from bot.storage.models import Conversation
from bot.texts import say

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than one file takes (30 s): whoever began and is gone by then is taken for dead."""

WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 30, 120, 600, 1800, 3600))
MOST_ATTEMPTS = 24
"""With the waits above about 18 hours: a portal that is away longer than this is told to the citizen."""

_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class _Claimed:
    id: int
    portal_draft_id: str = field(repr=False)
    paper: str
    title: str
    attachment_id: int
    conversation_id: str
    attempts: int


@dataclass(frozen=True)
class _Outcome:
    """How an attempt ended: the row's next state, why, and when it is tried again."""

    state: str
    detail: str | None = None
    again_at: datetime | None = None


class PaperDelivery:
    """Works the queue off. Any number of workers may run; each paper is one's at a time, by a lease."""

    def __init__(self, sessions: SessionFactory, portal: PortalGateway, values: PrivateValues, clock: Clock = utc_now) -> None:
        self._sessions, self._portal, self._values, self._clock = sessions, portal, values, clock

    def run_once(self) -> bool:
        """Sends one paper that is due, and settles it; False where none was due."""
        claimed = self._claim()
        if claimed is None:
            return False
        outcome = self._send(claimed)
        with writing(self._sessions) as session:
            self._settle(session, claimed, outcome)
        return True

    def _claim(self) -> _Claimed | None:
        """The paper that waits longest, ours for the time of a lease."""
        now = self._clock()
        due = select(PaperToAttach.id).where(PaperToAttach.state == "waiting", PaperToAttach.try_at <= now)
        with writing(self._sessions) as session:
            for candidate in session.scalars(due.order_by(PaperToAttach.try_at).limit(8)).all():
                taken = (
                    update(PaperToAttach)
                    .where(PaperToAttach.id == candidate, PaperToAttach.state == "waiting", PaperToAttach.try_at <= now)
                    .values(attempts=PaperToAttach.attempts + 1, try_at=now + LEASE)
                    .returning(PaperToAttach)
                )
                row = session.scalars(taken).first()
                if row is not None:
                    owner = session.get_one(Submission, row.portal_draft_id).conversation_id
                    return _Claimed(row.id, row.portal_draft_id, row.paper, row.title, row.attachment_id, owner, row.attempts)
        return None

    def _send(self, one: _Claimed) -> _Outcome:
        kept = attachment_content(self._sessions, self._values, str(one.attachment_id), one.conversation_id)
        if kept is None:
            logger.error("submission.upload_gone", extra={"paper": one.paper})
            return _Outcome("gone", "upload_gone")
        media_type = kept.media_type or "application/pdf"
        name = f"{one.paper}.{_EXTENSIONS.get(media_type, 'bin')}"
        try:
            self._portal.attach_file(
                one.portal_draft_id,
                attach_key(one.portal_draft_id, one.paper, one.attachment_id),
                PaperFile(one.paper, name, media_type, kept.content),
            )
        except Declined as error:
            if error.reason == "request-in-progress":
                return self._later(one, error.reason)
            return _Outcome("refused", error.reason)
        except (DraftNotFound, NotOffered) as error:
            return _Outcome("refused", type(error).__name__)
        except PortalError as error:
            return self._later(one, type(error).__name__)
        return _Outcome("attached")

    def _later(self, one: _Claimed, why: str) -> _Outcome:
        logger.warning("submission.attach_failed", extra={"attempt": one.attempts, "error": why})
        if one.attempts >= MOST_ATTEMPTS:
            return _Outcome("refused", "attempts_used_up")
        wait = WAITS[min(one.attempts, len(WAITS)) - 1]
        return _Outcome("waiting", why, self._clock() + wait)

    def _settle(self, session: Session, one: _Claimed, outcome: _Outcome) -> None:
        """Writes the end of an attempt, unless the lease ran out and somebody else holds the paper; tells the citizen when the
        draft's last paper is settled."""
        conversation = session.get_one(Conversation, one.conversation_id, with_for_update=True)
        held = update(PaperToAttach).where(
            PaperToAttach.id == one.id, PaperToAttach.state == "waiting", PaperToAttach.attempts == one.attempts
        )
        values: dict[str, object] = {"state": outcome.state, "detail": outcome.detail}
        if outcome.again_at is not None:
            values["try_at"] = outcome.again_at
        if not session.execute(held.values(**values).returning(PaperToAttach.id)).all() or outcome.state == "waiting":
            return
        waiting = exists().where(PaperToAttach.portal_draft_id == one.portal_draft_id, PaperToAttach.state == "waiting")
        submission = session.get_one(Submission, one.portal_draft_id)
        if session.scalar(select(waiting)) or submission.state != "handed_over":
            return
        key = f"papers:{one.portal_draft_id}"
        write_lines(session, conversation, [Line(_told(session, submission), "system")], key=key, now=self._clock())


def attach_key(portal_draft_id: str, paper: str, attachment_id: int) -> str:
    """The idempotency key of one file: 64 hexadecimal digits."""
    return hashlib.sha256(f"{portal_draft_id}|{paper}|{attachment_id}".encode()).hexdigest()


def _told(session: Session, submission: Submission) -> BotMessage:
    """All papers of a draft are settled: where to go on, or which of them the portal did not take."""
    draft = own_draft(submission.draft_id)
    failed = session.scalars(
        select(PaperToAttach.title).where(
            PaperToAttach.portal_draft_id == submission.portal_draft_id, PaperToAttach.state.in_(("refused", "gone"))
        )
    ).all()
    if failed:
        again = button(say("submission_button_papers_again"), "papers_again", draft=draft)
        text = say("submission_papers_refused", papers="; ".join(dict.fromkeys(failed)))
        return BotMessage(text, kind="apology", procedure_code=submission.procedure_code, buttons=(again,))
    go_on = button(say("submission_button_link"), "hand_over", draft=draft)
    return BotMessage(say("submission_papers_sent"), kind="status", procedure_code=submission.procedure_code, buttons=(go_on,))
