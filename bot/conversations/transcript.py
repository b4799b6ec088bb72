"""What was said, in order, as people may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.conversations.private_values import masked_forms, show_masked
from bot.messages import BotMessage, Button
from bot.storage.models import ButtonToken, Conversation, Inbound, Outbound
from bot.texts import say

Speaks = Literal["citizen", "bot", "officer", "system"]


@dataclass(frozen=True)
class TranscriptLine:
    """One line. ``message`` is set for our side only; ``tokens`` are its buttons' tokens by position. ``nlu`` is how the
    citizen's message was understood, on that message and on the answers to it."""

    seq: int
    speaks: Speaks
    text: str
    at: datetime
    message: BotMessage | None = None
    tokens: Mapping[int, str] | None = None
    event_id: str | None = None
    nlu: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ConversationState:
    """Who may speak, whether an answer of the bot is under way, and the number of the last line."""

    speaker: str
    busy: bool
    last_seq: int


def read_states(session: Session, conversation_ids: Iterable[str]) -> dict[str, ConversationState]:
    """The state of each conversation that exists, in one query."""
    unanswered = exists().where(Inbound.conversation_id == Conversation.id, Inbound.outcome.is_(None))
    rows = session.execute(
        select(Conversation.id, Conversation.speaker, Conversation.last_seq, unanswered).where(
            Conversation.id.in_(list(conversation_ids))
        )
    )
    return {row[0]: ConversationState(row[1], bool(row[3]) and row[1] == "bot", row[2]) for row in rows}


def read_transcript(session: Session, conversation_id: str, after: int = 0, limit: int = 200) -> list[TranscriptLine]:
    """The lines after number ``after``, at most ``limit``, in order. Private values are shown masked."""
    # Numbers are given in the order of the commits: up to the last one read here, both queries below are complete. Without
    # this line, something committed between the two could hide a citizen's message from a reader for good.
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id)) or 0
    received = session.scalars(
        select(Inbound)
        .where(Inbound.conversation_id == conversation_id, Inbound.seq > after, Inbound.seq <= last)
        .order_by(Inbound.seq)
        .limit(limit)
    ).all()
    said = session.execute(
        select(Outbound, Inbound.nlu)
        .outerjoin(Inbound, Inbound.id == Outbound.inbound_id)
        .where(Outbound.conversation_id == conversation_id, Outbound.seq > after, Outbound.seq <= last)
        .order_by(Outbound.seq)
        .limit(limit)
    ).all()
    tokens = tokens_of(session, [row.id for row, _ in said])
    lines = [TranscriptLine(r.seq, "citizen", r.text or "", r.received_at, event_id=r.event_id, nlu=r.nlu) for r in received]
    lines += [_our_line(row, nlu, tokens.get(row.id, {})) for row, nlu in said]
    lines.sort(key=lambda line: line.seq)
    return _shown_masked(session, conversation_id, lines[:limit])


def _our_line(row: Outbound, nlu: Mapping[str, Any] | None, tokens: Mapping[int, str]) -> TranscriptLine:
    message = BotMessage.from_json(row.message)
    speaks: Speaks = "officer" if row.author == "officer" else "system" if row.author == "system" else "bot"
    return TranscriptLine(row.seq or 0, speaks, message.text, row.created_at, message=message, tokens=tokens, nlu=nlu)


def tokens_of(session: Session, outbound_ids: list[int]) -> dict[int, dict[int, str]]:
    """For each message, its buttons' tokens by position."""
    found: dict[int, dict[int, str]] = {}
    if outbound_ids:
        for button in session.scalars(select(ButtonToken).where(ButtonToken.outbound_id.in_(outbound_ids))):
            found.setdefault(button.outbound_id, {})[button.position] = button.token
    return found


def _shown_masked(session: Session, conversation_id: str, lines: list[TranscriptLine]) -> list[TranscriptLine]:
    titles = [button.title for line in lines if line.message for button in line.message.all_buttons]
    forms = masked_forms(session, conversation_id, [line.text for line in lines] + titles)
    hidden = say("private_hidden")
    return [_line_for_people(line, forms, hidden) for line in lines]


def _line_for_people(line: TranscriptLine, forms: dict[str, str], hidden: str) -> TranscriptLine:
    text = show_masked(line.text, forms, hidden)
    if line.message is None:
        return replace(line, text=text)
    return replace(line, text=text, message=_message_for_people(line.message, forms, hidden))


def message_for_people(session: Session, conversation_id: str, message: BotMessage) -> BotMessage:
    """One message with its private values masked, as it may leave the house."""
    shown = [message.text, *(b.title for b in message.all_buttons), *(f"{c.title} {c.subtitle}" for c in message.cards)]
    return _message_for_people(message, masked_forms(session, conversation_id, shown), say("private_hidden"))


def _message_for_people(message: BotMessage, forms: dict[str, str], hidden: str) -> BotMessage:
    return replace(
        message,
        text=show_masked(message.text, forms, hidden),
        buttons=tuple(_button_for_people(button, forms, hidden) for button in message.buttons),
        cards=tuple(
            replace(
                card,
                title=show_masked(card.title, forms, hidden),
                subtitle=show_masked(card.subtitle, forms, hidden),
                buttons=tuple(_button_for_people(button, forms, hidden) for button in card.buttons),
            )
            for card in message.cards
        ),
    )


def _button_for_people(button: Button, forms: dict[str, str], hidden: str) -> Button:
    return replace(button, title=show_masked(button.title, forms, hidden))
