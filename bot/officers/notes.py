"""Notes between officers: a citizen never sees them. Private numbers in them are masked before they are written."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.ownership import Officer
from bot.language.masking import find_private, masked
from bot.storage.database import SessionFactory, writing
from bot.storage.officer_models import NoteMention, OfficerNote

LONGEST_NOTE = 4000
_MENTION = re.compile(r"(?<![\w@])@([A-Za-z0-9][A-Za-z0-9._-]{0,62})")


def without_numbers(text: str) -> str:
    """The text with every private number in its masked form."""
    pieces, last = [], 0
    for span in find_private(text):
        pieces += [text[last : span.start], masked(span.kind, span.value)]
        last = span.end
    return "".join(pieces) + text[last:]


def add_note(
    sessions: SessionFactory, conversation_id: str, officer: Officer, text: str, now: datetime, mentions: Iterable[str] = ()
) -> int:
    """Writes a note and returns its id. ``mentions``: accounts to be told, beside those that the text names with ``@account``.

    Raises ``ValueError`` for an empty or overlong text."""
    with writing(sessions) as session:
        return write_note(session, conversation_id, officer, text, now, mentions).id


def write_note(
    session: Session, conversation_id: str, officer: Officer, text: str, now: datetime, mentions: Iterable[str] = ()
) -> OfficerNote:
    """A note within the caller's transaction; see ``add_note``."""
    words = text.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise ValueError(f"a note has 1 to {LONGEST_NOTE} characters")
    note = OfficerNote(
        conversation_id=conversation_id, account=officer.account, name=officer.name, text=without_numbers(words), at=now
    )
    session.add(note)
    session.flush()
    named = {*mentions, *(match.rstrip(".") for match in _MENTION.findall(words))} - {officer.account}
    session.add_all(NoteMention(note_id=note.id, account=account[:64]) for account in sorted(named))
    return note


def see_mentions(sessions: SessionFactory, conversation_id: str, account: str, now: datetime) -> None:
    """The account has read the notes of this conversation."""
    with writing(sessions) as session:
        notes = select(OfficerNote.id).where(OfficerNote.conversation_id == conversation_id)
        session.execute(
            update(NoteMention)
            .where(NoteMention.account == account, NoteMention.seen_at.is_(None), NoteMention.note_id.in_(notes))
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
