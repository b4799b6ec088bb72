"""What is known after a run: the ledger's rows and the citizens' screens, as plain values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.channel_models import Delivery
from bot.storage.models import Conversation, Inbound, Outbound

Key = tuple[str, str]
"""Channel and the platform's id of a citizen."""


@dataclass(frozen=True)
class Shown:
    """A message of ours on a citizen's screen."""

    id: str
    text: str


@dataclass(frozen=True)
class Citizen:
    """A citizen's screen, top to bottom: what they said, and what they saw of us."""

    channel: str
    user: str
    said: tuple[str, ...]
    shown: tuple[Shown, ...]

    @property
    def key(self) -> Key:
        """Who it is."""
        return self.channel, self.user


@dataclass(frozen=True)
class Turn:
    """A message as the ledger has it. ``conclusions``: at how many moments answers to it were written. ``codes``: the procedures
    that the answers speak of."""

    citizen: Key
    text: str
    outcome: str | None
    detail: str | None
    late: bool
    attempts: int
    finished_at: datetime | None
    conclusions: int
    codes: frozenset[str]


@dataclass(frozen=True)
class Part:
    """A call to a platform. ``place``: number of the message in the conversation, and of the part in the message."""

    citizen: Key
    place: tuple[int, int]
    state: str
    error: str | None
    message_id: str | None
    text: str


@dataclass(frozen=True)
class Evidence:
    """All of it. ``unsent``: messages that still wait for their sender. ``muted``: conversations in which the bot believes that
    an officer speaks, where there is none."""

    citizens: tuple[Citizen, ...]
    turns: tuple[Turn, ...]
    parts: tuple[Part, ...]
    unsent: int
    muted: int


def still_to_do(session: Session) -> tuple[int, int]:
    """How many messages have no outcome, and how many answers are not on their way."""
    open_turns = select(func.count()).select_from(Inbound).where(Inbound.outcome.is_(None))
    return session.scalar(open_turns) or 0, session.scalar(_pending()) or 0


def turn_in_hand(session: Session, now: datetime) -> bool:
    """Whether a worker is at a conversation now."""
    return session.scalars(select(Conversation.id).where(Conversation.lease_until > now).limit(1)).first() is not None


def call_in_hand(session: Session) -> bool:
    """Whether a sender is calling a platform now."""
    return session.scalars(select(Delivery.id).where(Delivery.state == "sending").limit(1)).first() is not None


def gather(session: Session, citizens: Iterable[Citizen]) -> Evidence:
    """Reads the ledger."""
    people = {one.id: (one.channel, one.external_id) for one in session.scalars(select(Conversation))}
    muted = select(func.count()).select_from(Conversation).where(Conversation.speaker == "officer")
    return Evidence(
        tuple(citizens),
        tuple(_turns(session, people)),
        tuple(_parts(session, people)),
        session.scalar(_pending()) or 0,
        session.scalar(muted) or 0,
    )


def _pending() -> Any:
    return select(func.count()).select_from(Outbound).where(Outbound.state == "pending")


def _turns(session: Session, people: Mapping[str, Key]) -> Iterable[Turn]:
    answers: dict[int, list[Outbound]] = defaultdict(list)
    for line in session.scalars(select(Outbound).where(Outbound.inbound_id.is_not(None))):
        answers[line.inbound_id or 0].append(line)
    for row in session.scalars(select(Inbound).order_by(Inbound.id)):
        codes = {line.message.get("procedure_code") for line in answers[row.id]}
        yield Turn(
            people[row.conversation_id],
            row.text or "",
            row.outcome,
            row.outcome_detail,
            bool((row.circumstances or {}).get("late")) or row.outcome_detail == "late",
            row.attempts,
            row.finished_at,
            len({line.created_at for line in answers[row.id]}),
            frozenset(code for code in codes if code),
        )


def _parts(session: Session, people: Mapping[str, Key]) -> Iterable[Part]:
    rows = session.execute(
        select(Delivery, Outbound.seq).join(Outbound, Outbound.id == Delivery.outbound_id).order_by(Delivery.id)
    )
    for part, seq in rows:
        place = (seq or 0, part.part)
        yield Part(people[part.conversation_id], place, part.state, part.error, part.platform_message_id, part.shown)
