"""Writing our side of the transcript: numbered messages and the tokens of their buttons."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.conversations.reach import reach_of
from bot.conversations.windows import Reach, send_mode
from bot.messages import BotMessage
from bot.storage.models import ButtonToken, Conversation, Outbound
from bot.storage.wakeup import announce_outbound

Author = Literal["bot", "officer", "system"]

TEMPLATE = "template"
"""Beside the fields of a message, where a line may go out as a template."""

# The web chat fetches its messages from the ledger, so they are sent once they are committed; other channels have a sender.
_DELIVERED_ON_COMMIT = frozenset({"webchat"})


@dataclass(frozen=True)
class Line:
    """One message of ours: ``system`` lines are the gateway's own, ``bot`` lines come from the dialogue."""

    message: BotMessage
    author: Author = "bot"
    account: str | None = None
    name: str | None = None
    """Of an officer: the account, and the name that the citizen reads."""
    template: Mapping[str, Any] | None = None
    """What the platform approved of it beforehand (``name``, ``parameters``, ``shown``), sent in its place where the window is
    closed, or ``always``."""


def new_button_token() -> str:
    """A token that cannot be guessed, 22 characters long."""
    return secrets.token_urlsafe(16)


def write_lines(
    session: Session, conversation: Conversation, lines: Iterable[Line], *, key: str, now: datetime, inbound_id: int | None = None
) -> list[Outbound]:
    """Adds the lines to the transcript in order. ``key`` makes each line unique, so that no line is ever written twice.

    The caller holds the conversation's row for writing. Where the platform's window for us is closed already, the line is
    written as ``dead`` with the reason, so that nobody believes that it will arrive.
    """
    rows, written = [], list(lines)
    reach = _reach_for(session, conversation)
    for position, line in enumerate(written):
        conversation.last_seq += 1
        state, detail = first_state(reach, line, now)
        row = Outbound(
            conversation_id=conversation.id,
            inbound_id=inbound_id,
            seq=conversation.last_seq,
            author=line.author,
            author_account=line.account,
            author_name=line.name,
            message=line_as_json(line),
            state=state,
            detail=detail,
            idempotency_key=f"{key}:{position}",
            created_at=now,
            sent_at=now if state == "sent" else None,
        )
        rows.append(row)
    session.add_all(rows)
    session.flush()
    for row, line in zip(rows, written, strict=True):
        _write_buttons(session, row, line.message)
    if any(row.state == "pending" for row in rows):
        announce_outbound(session)
    return rows


def _reach_for(session: Session, conversation: Conversation) -> Reach:
    if conversation.channel in _DELIVERED_ON_COMMIT:
        return Reach(conversation.channel, conversation.acted_at)
    return reach_of(session, conversation)


def line_as_json(line: Line) -> dict[str, Any]:
    """The line as the ledger keeps it."""
    return line.message.to_json() | ({TEMPLATE: dict(line.template)} if line.template is not None else {})


def first_state(reach: Reach, line: Line, now: datetime) -> tuple[str, str | None]:
    """The state that a new line begins in, and why it is none that will be sent."""
    if reach.channel in _DELIVERED_ON_COMMIT:
        return "sent", None
    mode = send_mode(reach, by_person=line.author == "officer", now=now)
    if mode == "window_closed" and line.template is not None:
        return "pending", None
    return ("dead", mode) if mode in ("window_closed", "unavailable") else ("pending", None)


def _write_buttons(session: Session, row: Outbound, message: BotMessage) -> None:
    for position, button in enumerate(message.all_buttons):
        if button.intent is not None:
            session.add(
                ButtonToken(
                    token=new_button_token(),
                    conversation_id=row.conversation_id,
                    outbound_id=row.id,
                    position=position,
                    title=button.title,
                    act={"intent": button.intent, "entities": dict(button.entities)},
                )
            )


def record_dropped(
    session: Session, conversation: Conversation, lines: Iterable[Line], *, key: str, now: datetime, inbound_id: int
) -> None:
    """Keeps what the bot would have said after it lost the word; it gets no place in the transcript."""
    for position, line in enumerate(lines):
        session.add(
            Outbound(
                conversation_id=conversation.id,
                inbound_id=inbound_id,
                seq=None,
                author=line.author,
                message=line.message.to_json(),
                state="dropped",
                idempotency_key=f"{key}:{position}",
                created_at=now,
            )
        )
