"""Submissions on their way to the portal, as the ledger keeps them: written down before the citizen gets a link, with the papers
that are still to be sent, so that neither a restart nor a second try loses or doubles anything."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock, utc_now
from bot.conversations.private_values import PrivateValues
from bot.eforms.progress import note_handed_over
from bot.language.masking import PrivateSpan
from bot.portal.submission import Receipt
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import PaperToAttach, Submission

SubmissionKind = Literal["submission", "supplement"]

BEFORE_REVISION = "-"


@dataclass(frozen=True)
class PaperUpload:
    """A file that the citizen sent for a paper. ``attachment_id`` names it in the ledger."""

    paper: str
    title: str
    attachment_id: int


@dataclass(frozen=True)
class HandedOver:
    """A draft that the portal has. ``key`` is ours: the draft's id and the revision that was confirmed."""

    portal_draft_id: str = field(repr=False)
    key: str
    conversation_id: str
    procedure_code: str | None
    kind: SubmissionKind = "submission"


@dataclass(frozen=True)
class SubmissionState:
    """How far a submission is: its state, and how many of its papers are on their way, and which did not arrive."""

    portal_draft_id: str = field(repr=False)
    state: str
    waiting: int
    refused: tuple[str, ...]


def key_of(draft_id: str, revision: int) -> str:
    """The idempotency key of handing over a draft: the same content is never handed over twice, one that was set right is."""
    return f"{draft_id}{BEFORE_REVISION}{revision}"


def own_draft(key: str) -> str:
    """The id of the draft that a key of ours was made of."""
    return key.rpartition(BEFORE_REVISION)[0] or key


def of_draft(draft_id: str) -> ColumnElement[bool]:
    """The condition for all submissions that came of one draft of ours."""
    return or_(Submission.draft_id == draft_id, Submission.draft_id.startswith(f"{draft_id}{BEFORE_REVISION}", autoescape=True))


class SubmissionLedger:
    """Writes down what was handed over and reads it back."""

    def __init__(self, sessions: SessionFactory, values: PrivateValues, clock: Clock = utc_now) -> None:
        self._sessions, self._values, self._clock = sessions, values, clock

    def record(self, handed: HandedOver, uploads: Sequence[PaperUpload]) -> None:
        """Notes a draft that the portal has just made, with its papers to be sent; once, however often and from however many
        places it is called. An earlier version of the same draft, which was not sent, is given up."""
        try:
            with writing(self._sessions) as session:
                self._record(session, handed, uploads)
        except IntegrityError:
            # Somebody else noted the very same draft a moment ago.
            with self._sessions() as session:
                if session.get(Submission, handed.portal_draft_id) is None:
                    raise

    def _record(self, session: Session, handed: HandedOver, uploads: Sequence[PaperUpload]) -> None:
        if session.get(Submission, handed.portal_draft_id) is not None:
            return
        now = self._clock()
        draft_id = own_draft(handed.key)
        older = update(Submission).where(of_draft(draft_id), Submission.state == "handed_over")
        given_up = session.scalars(older.values(state="discarded").returning(Submission.portal_draft_id)).all()
        session.execute(
            update(PaperToAttach)
            .where(PaperToAttach.portal_draft_id.in_(given_up), PaperToAttach.state == "waiting")
            .values(state="gone", detail="draft_discarded")
        )
        session.add(
            Submission(
                portal_draft_id=handed.portal_draft_id,
                draft_id=handed.key,
                conversation_id=handed.conversation_id,
                procedure_code=handed.procedure_code,
                kind=handed.kind,
                state="handed_over",
                handed_over_at=now,
            )
        )
        session.flush()
        note_handed_over(session, draft_id, now)
        session.add_all(
            PaperToAttach(
                portal_draft_id=handed.portal_draft_id,
                paper=one.paper,
                title=one.title,
                attachment_id=one.attachment_id,
                state="waiting",
                try_at=now,
            )
            for one in dict.fromkeys(uploads)
        )

    def state_of(self, draft_id: str, conversation_id: str) -> SubmissionState | None:
        """How far the newest submission of a draft of this conversation is; None where it was never handed over."""
        newest = (
            select(Submission)
            .where(of_draft(draft_id), Submission.conversation_id == conversation_id)
            .order_by((Submission.state == "sent").desc(), Submission.handed_over_at.desc())
            .limit(1)
        )
        with self._sessions() as session:
            row = session.scalars(newest).first()
            if row is None:
                return None
            listed = select(PaperToAttach.state, PaperToAttach.paper).where(PaperToAttach.portal_draft_id == row.portal_draft_id)
            papers = session.execute(listed).all()
        refused = dict.fromkeys(paper for state, paper in papers if state in ("refused", "gone"))
        waiting = sum(state == "waiting" for state, _ in papers)
        return SubmissionState(row.portal_draft_id, row.state, waiting, tuple(refused))

    def proofs_of(self, draft_id: str, conversation_id: str) -> tuple[str, str] | None:
        """References to both proofs of the dossier that came of a draft, so that the citizen need not type them; None before the
        portal told of it, or where it gave no look-up code."""
        sent = (
            select(Submission)
            .where(of_draft(draft_id), Submission.conversation_id == conversation_id, Submission.receipt.is_not(None))
            .order_by(Submission.sent_at.desc())
            .limit(1)
        )
        with self._sessions() as session:
            row = session.scalars(sent).first()
        receipt = opened_receipt(self._values, row.receipt) if row is not None and row.receipt is not None else None
        if receipt is None or not receipt.lookup_code:
            return None
        spans = [PrivateSpan("dossier_code", 0, 0, receipt.dossier_code), PrivateSpan("lookup_code", 0, 0, receipt.lookup_code)]
        code, lookup = self._values.store(conversation_id, spans)
        return code, lookup


def sealed_receipt(values: PrivateValues, receipt: Receipt) -> bytes:
    """A receipt as it may lie in the ledger."""
    told = {
        "dossier_code": receipt.dossier_code,
        "lookup_code": receipt.lookup_code,
        "received_at": receipt.received_at.isoformat(),
    }
    return values.encrypt(json.dumps(told).encode())


def opened_receipt(values: PrivateValues, sealed: bytes) -> Receipt | None:
    """The receipt, or None where our keys do not open it."""
    content = values.decrypt(sealed)
    if content is None:
        return None
    told = json.loads(content)
    return Receipt(told["dossier_code"], told["lookup_code"], datetime.fromisoformat(told["received_at"]))
