"""The portal's word that a draft was sent: the receipt is kept, and the citizen is told once, whoever brings the news first."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock, utc_now
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.dossiers.submissions import own_draft, sealed_receipt
from bot.eforms.asking import button
from bot.eforms.progress import note_end, note_sent
from bot.language.masking import PrivateSpan, placeholder
from bot.messages import BotMessage, Button
from bot.portal.errors import DraftNotFound, NotOffered, PortalError
from bot.portal.gateway import PortalGateway
from bot.portal.submission import Draft, Receipt
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import PortalCursor, Submission
from bot.storage.models import Conversation
from bot.texts import say

logger = logging.getLogger(__name__)

POLL_EVERY = timedelta(minutes=1)
POLLED_AT_ONCE = 20
DRAFT_LIFE = timedelta(days=31)
"""The portal's drafts live 30 days; nobody asks for older ones."""

_CURSOR = "drafts"
_RECENT = timedelta(hours=2)


class Receipts:
    """Takes in what the portal tells of drafts."""

    def __init__(self, values: PrivateValues) -> None:
        self._values = values

    def take_in_draft(self, session: Session, draft: Draft, now: datetime) -> bool:
        """Notes what became of a draft, in the caller's transaction; whether anything changed. A draft that is not ours, and one
        of which the same was told before, change nothing."""
        known = session.scalars(select(Submission.conversation_id).where(Submission.portal_draft_id == draft.draft_id)).first()
        if known is None:
            return False
        conversation = session.get_one(Conversation, known, with_for_update=True)
        row = session.get_one(Submission, draft.draft_id, with_for_update=True)
        if draft.status == "expired" and row.state == "handed_over":
            row.state = "expired"
            note_end(session, [own_draft(row.draft_id)], "expired", now)
            return True
        if draft.receipt is None or row.state == "sent":
            return False
        row.state, row.sent_at, row.told_at = "sent", draft.receipt.received_at, now
        row.receipt = sealed_receipt(self._values, draft.receipt)
        note_sent(session, own_draft(row.draft_id), draft.receipt.received_at)
        message = self._told(session, row, draft.receipt)
        write_lines(session, conversation, [Line(message, "system")], key=f"receipt:{row.portal_draft_id}", now=now)
        return True

    def _told(self, session: Session, row: Submission, receipt: Receipt) -> BotMessage:
        """What the citizen hears. The code stands in it as a placeholder: people see its last digits; buttons lead on without
        anybody typing it."""
        token = self._values.store_within(session, row.conversation_id, PrivateSpan("dossier_code", 0, 0, receipt.dossier_code))
        key = "submission_receipt" if row.kind == "submission" else "submission_receipt_supplement"
        when = receipt.received_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        text = say(key, code=placeholder("dossier_code", token), time=when)
        return BotMessage(text, kind="status", procedure_code=row.procedure_code, buttons=tuple(_next_buttons(row, receipt)))


def _next_buttons(row: Submission, receipt: Receipt) -> Iterator[Button]:
    if receipt.lookup_code and row.kind == "submission":
        draft = own_draft(row.draft_id)
        yield Button(say("submission_button_watch"), "subscribe_updates", {"draft": draft})
        yield button(say("submission_button_status"), "status", draft=draft)


class ReceiptPolling:
    """Asks the portal for drafts whose receipt no webhook brought: the recent ones each time, the others in turns."""

    def __init__(self, sessions: SessionFactory, portal: PortalGateway, receipts: Receipts, clock: Clock = utc_now) -> None:
        self._sessions, self._portal, self._receipts, self._clock = sessions, portal, receipts, clock

    def run_once(self) -> int:
        """Asks for at most ``2 * POLLED_AT_ONCE`` drafts, where no other worker did so within ``POLL_EVERY``; returns how many
        receipts came."""
        now = self._clock()
        if "draft_state" not in self._portal.offered:
            return 0
        wanted = self._claimed(now)
        came = 0
        for portal_draft_id in wanted:
            try:
                draft = self._portal.draft_state(portal_draft_id)
            except DraftNotFound:
                self._gone(portal_draft_id)
                continue
            except NotOffered:
                return came
            except PortalError as error:
                logger.warning("submission.not_polled", extra={"error": type(error).__name__})
                return came
            with writing(self._sessions) as session:
                came += self._receipts.take_in_draft(session, draft, now)
        return came

    def _claimed(self, now: datetime) -> list[str]:
        """The drafts to ask for; none where another worker asks."""
        try:
            with writing(self._sessions) as session:
                row = session.get(PortalCursor, _CURSOR, with_for_update=True)
                if row is None:
                    row = PortalCursor(name=_CURSOR, cursor=None, polled_at=now - 2 * POLL_EVERY)
                    session.add(row)
                    session.flush()
                if row.polled_at > now - POLL_EVERY:
                    return []
                row.polled_at = now
                waiting = (Submission.state == "handed_over", Submission.handed_over_at > now - DRAFT_LIFE)
                drafts = select(Submission.portal_draft_id)
                recent = drafts.where(*waiting, Submission.handed_over_at > now - _RECENT)
                newest = session.scalars(recent.order_by(Submission.handed_over_at.desc()).limit(POLLED_AT_ONCE)).all()
                after = drafts.where(*waiting, Submission.portal_draft_id > (row.cursor or ""))
                in_turn = session.scalars(after.order_by(Submission.portal_draft_id).limit(POLLED_AT_ONCE)).all()
                row.cursor = in_turn[-1] if len(in_turn) == POLLED_AT_ONCE else None
        except IntegrityError:
            return []
        return list(dict.fromkeys([*newest, *in_turn]))

    def _gone(self, portal_draft_id: str) -> None:
        with writing(self._sessions) as session:
            gone = (
                update(Submission)
                .where(Submission.portal_draft_id == portal_draft_id, Submission.state == "handed_over")
                .values(state="expired")
                .returning(Submission.draft_id)
            )
            drafts = [own_draft(draft) for draft in session.scalars(gone)]
            note_end(session, drafts, "expired", self._clock())
