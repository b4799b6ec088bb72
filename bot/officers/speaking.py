"""What an officer says: written only while they own the conversation, and once however often it is posted."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import note_event, open_handoff_of
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.language.masking import find_private, placeholder, strip_forged_placeholders
from bot.messages import BotMessage
from bot.officers.taking import LEASE, Also, NotOwnerError, nothing_more
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Outbound

T = TypeVar("T")

LONGEST_REPLY = 4000
_OFFICE_NUMBERS = ("02", "1800", "1900", "842")
"""Landlines and service numbers are an office's: an officer may write them, and the citizen must be able to read them."""


class KeyInUseError(ValueError):
    """The idempotency key stands for another message."""


@dataclass(frozen=True)
class OfficerMessage:
    """A message as it went out: its id, its place in the transcript, its state (``dead`` with the reason where the platform's
    window is closed), and whether it had been written before."""

    outbound_id: int
    seq: int | None
    state: str
    detail: str | None
    repeated: bool = False


def officer_says(
    sessions: SessionFactory,
    private: PrivateValues,
    conversation_id: str,
    officer: Officer,
    message: BotMessage,
    key: str,
    now: datetime,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
) -> OfficerMessage:
    """Writes the officer's message to the citizen; their lease is renewed. Personal numbers in it are kept as placeholders and
    reach the citizen masked. ``key``: made by the officer's page, one per message.

    Raises ``NotOwnerError`` where they do not own the conversation (any more), ``ValueError`` for a message without content or
    too long, ``KeyInUseError``.
    """
    check_content(message)
    own_key = officer_key(officer, key)
    with writing(sessions) as session:
        known = done_before(session, conversation_id, officer, now + lease, now, lambda: _known(session, own_key))
        if known is not None:
            return _repeated(known, conversation_id)
        kept = replace(message, text=with_placeholders(session, private, conversation_id, message.text))
        said = write_officer_message(session, conversation_id, officer, kept, own_key, now)
        also(session)
        return said


def done_before(
    session: Session, conversation_id: str, officer: Officer, until: datetime, now: datetime, known: Callable[[], T | None]
) -> T | None:
    """What this very post did before; None where it is new: then the officer's lease is renewed to ``until`` and the conversation
    is held. Raises ``NotOwnerError``."""
    if (found := known()) is not None:
        return found
    if not ownership.renew(session, conversation_id, officer.account, now, until):
        raise NotOwnerError(conversation_id)
    # Asked again under the conversation's lock: the same post may have come twice at once.
    return known()


def check_content(message: BotMessage) -> None:
    """Raises ``ValueError`` for a message without content or too long."""
    if not (message.text.strip() or message.files) or len(message.text) > LONGEST_REPLY:
        raise ValueError(f"a message has 1 to {LONGEST_REPLY} characters, or a file")


def officer_key(officer: Officer, key: str) -> str:
    """What makes an officer's message unique, from the key that their page made."""
    return "officer:" + hashlib.sha256(f"{officer.account}\n{key}".encode()).hexdigest()[:48]


def write_officer_message(
    session: Session, conversation_id: str, officer: Officer, kept: BotMessage, own_key: str, now: datetime
) -> OfficerMessage:
    """Writes a message whose private numbers are placeholders already. The caller has made sure, under the conversation's lock,
    that the officer owns it."""
    conversation = session.get_one(Conversation, conversation_id)
    (row,) = write_lines(session, conversation, [Line(kept, "officer", officer.account, officer.name)], key=own_key, now=now)
    if kept.expects is not None:
        conversation.expects = kept.expects
    _note_answer(session, conversation_id, officer, now)
    return OfficerMessage(row.id, row.seq, row.state, row.detail)


def _known(session: Session, own_key: str) -> Outbound | None:
    return session.scalars(select(Outbound).where(Outbound.idempotency_key == f"{own_key}:0")).one_or_none()


def _repeated(known: Outbound, conversation_id: str) -> OfficerMessage:
    if known.conversation_id != conversation_id:
        raise KeyInUseError(known.idempotency_key)
    return OfficerMessage(known.id, known.seq, known.state, known.detail, repeated=True)


def with_placeholders(session: Session, private: PrivateValues, conversation_id: str, text: str) -> str:
    """An officer's text as it may be kept: placeholders for private numbers, an office's telephone numbers as they are."""
    text = strip_forged_placeholders(text)
    pieces: list[str] = []
    last = 0
    for span in find_private(text):
        if span.kind == "phone" and _digits(span.value).startswith(_OFFICE_NUMBERS):
            continue
        token = private.store_within(session, conversation_id, span)
        pieces += [text[last : span.start], placeholder(span.kind, token)]
        last = span.end
    return "".join(pieces) + text[last:]


def _digits(value: str) -> str:
    return "".join(char for char in value if char.isdigit())


def _note_answer(session: Session, conversation_id: str, officer: Officer, now: datetime) -> None:
    handoff = open_handoff_of(session, conversation_id)
    if handoff is not None and handoff.first_answer_at is None:
        handoff.first_answer_at = now
        note_event(session, handoff, "first_answer", now, officer.account)
