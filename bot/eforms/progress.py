"""How far guided submissions come, written down for counts in the transaction that moves them on: which form, on which channel,
how far, and how it ended. Nothing of what was filled in, and nobody's name."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Update, update
from sqlalchemy.orm import Session

from bot.eforms.draft import Draft
from bot.storage.models import Conversation
from bot.storage.usage_models import FormProgress

HANDED_OVER, SENT, REVIEW = "handed_over", "sent", "review"
FIELD, PAPER = "field:", "paper:"
_LONGEST_STEP = 60
_MEMBER = re.compile(r"\.\d+(?=\.|$)|\[\d+\]")
_PLACE = re.compile(r"(?:phuong|xa)-[a-z0-9-]{1,70}")

Outcome = Literal["open", "sent", "cancelled", "expired", "discarded"]


def draft_hash(draft_id: str) -> str:
    """What a draft is called in the counts. The id is random: without the draft nobody finds it by this."""
    return hashlib.sha256(f"form_progress:{draft_id}".encode()).hexdigest()


def step_of(draft: Draft) -> tuple[str, int] | None:
    """Where a draft stands, and how much was answered by then; None where its stage is no step."""
    if draft.stage in ("review", "confirmed"):
        return REVIEW, len(draft.values)
    if draft.stage == "papers" and draft.asked:
        return f"{PAPER}{draft.asked}"[:_LONGEST_STEP], len(draft.papers)
    if draft.stage == "filling" and draft.asked:
        return f"{FIELD}{_MEMBER.sub('', draft.asked)}"[:_LONGEST_STEP], len(draft.values) + len(draft.skipped)
    return None


def place_of(draft: Draft) -> str:
    """The ward or commune that the form itself asks for; empty where it names none or several."""
    named = {
        one.value
        for path, one in draft.values.items()
        if "." not in path and isinstance(one.value, str) and _PLACE.fullmatch(one.value)
    }
    return named.pop() if len(named) == 1 else ""


def note_progress(session: Session, conversation_id: str, draft: Draft, opened_at: datetime, now: datetime) -> None:
    """Notes a draft that was opened or changed. An answer to a supplement request is no guided submission."""
    if draft.supplement:
        return
    row = session.get(FormProgress, draft_hash(draft.id))
    if row is None:
        conversation = session.get(Conversation, conversation_id)
        row = FormProgress(
            draft_hash=draft_hash(draft.id),
            procedure_code=draft.code,
            channel=conversation.channel if conversation is not None else "",
            place_id="",
            opened_at=opened_at,
            step=FIELD,
            answered=-1,
            outcome="open",
        )
        session.add(row)
    row.touched_at = now
    row.place_id = place_of(draft) or row.place_id
    reached = step_of(draft)
    if reached is not None and _further(reached, (row.step, row.answered)):
        row.step, row.answered = reached


def _further(one: tuple[str, int], other: tuple[str, int]) -> bool:
    return (_rank(one[0]), one[1]) > (_rank(other[0]), other[1])


def _rank(step: str) -> int:
    kinds = (FIELD, PAPER, REVIEW, HANDED_OVER, SENT)
    return next(rank for rank, kind in enumerate(kinds) if step.startswith(kind))


def note_end(session: Session, draft_ids: Iterable[str], outcome: Outcome, now: datetime) -> None:
    """Notes that drafts ended so. What was sent stays sent."""
    session.execute(_update(draft_ids, FormProgress.outcome == "open").values(outcome=outcome, ended_at=now))


def note_handed_over(session: Session, draft_id: str, now: datetime) -> None:
    """Notes that the portal has it: all that is left is to sign and send it there."""
    reached = {"step": HANDED_OVER, "outcome": "open", "ended_at": None, "touched_at": now}
    session.execute(_update([draft_id], FormProgress.outcome != "sent").values(**reached))


def note_sent(session: Session, draft_id: str, at: datetime) -> None:
    """Notes that it was sent at the portal, however it seemed to have ended before."""
    session.execute(_update([draft_id], FormProgress.outcome != "sent").values(step=SENT, outcome="sent", ended_at=at))


def _update(draft_ids: Iterable[str], condition: ColumnElement[bool]) -> Update:
    return update(FormProgress).where(FormProgress.draft_hash.in_([draft_hash(one) for one in draft_ids]), condition)
