"""The outbox: what was said and must still reach the citizen, in order, each part called at most once without knowing its end.

A sender claims one conversation's oldest pending message with a lease and a fencing number. Each part of it is marked ``sending``
in a committed transaction before the platform is called, so that a crash in between leaves an ``ambiguous`` part and no double.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Boolean, ColumnElement, Select, and_, case, literal_column, or_, select, update
from sqlalchemy.orm import Session

from bot import tracing
from bot.conversations.claiming import first_free, may_be_due
from bot.conversations.ownership import mute, who_speaks
from bot.conversations.rate_slots import LONGEST_RATE_WAIT, RatePace, next_free_slot, pause_account, resume_account
from bot.conversations.reach import reach_of
from bot.conversations.speech import TEMPLATE, Author
from bot.conversations.transcript import message_for_people, tokens_of
from bot.conversations.windows import ClosedReason, SendMode, send_mode
from bot.messages import BotMessage
from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.database import SessionFactory, writing
from bot.storage.models import NEWS_KEY, OUTBOUND_IS_ANSWER, Conversation, Inbound, Outbound

PROBE_EVERY = timedelta(minutes=5)
"""An account that needs a person is tried again this often, so that sending goes on by itself once it is mended."""

MUTED_FOR = timedelta(hours=24)
MESSAGE_LIFE = timedelta(hours=24)
NEWS_LIFE = timedelta(minutes=30)
"""News that were held up for longer might arrive in the night."""
QUOTA_ASKED_EVERY = timedelta(hours=1)
SENT_AS_LINK = "sent_as_link: "
"""Begins the note on a part whose file the platform did not take, so that its link went out instead."""
_MESSAGES_LOOKED_AT = 16


@dataclass(frozen=True)
class FileContent:
    """An officer's file as a platform gets it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class PlatformCall:
    """One call to a platform, as JSON that the ledger keeps. ``shown`` is what the citizen reads of it, for matching echoes.
    A body with ``officer_file`` hands over that file: the sender puts its ``content`` in, which the outbox never keeps."""

    method: str
    body: Mapping[str, Any]
    shown: str = ""
    content: FileContent | None = None


@dataclass(frozen=True)
class MessageToRender:
    """What a renderer needs: the message with its private numbers masked, its buttons' tokens, and how it may be sent."""

    channel: str
    account: str
    message: BotMessage
    author: Author
    tokens: Mapping[int, str]
    mode: SendMode
    officer_name: str | None = None
    template: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PartToSend:
    """One part whose ``sending`` mark is committed: call the platform now, after ``wait`` seconds, exactly once."""

    conversation_id: str
    channel: str
    account: str
    external_id: str
    sender: str
    fence: int
    outbound_id: int
    delivery_id: int
    call: PlatformCall
    mode: SendMode
    attempt: int
    wait: float
    written_at: datetime | None = None
    """When the message was said."""
    traceparent: str | None = None
    """The place in the trace of the message that it answers, where one is recorded."""


@dataclass(frozen=True)
class PartEnd:
    """How the call ended. ``state`` ``pending`` is another try later, at ``not_before``. ``error`` of a ``sent`` part: why it
    went out in another form than it was meant to (``sent_as_link: …``)."""

    state: Literal["sent", "pending", "ambiguous", "dead"]
    error: str | None = None
    message_id: str | None = None
    quota_left: int | None = None
    not_before: datetime | None = None
    pause_account_until: datetime | None = None
    account_needs: str | None = None
    contact_unavailable: str | None = None
    muted: bool = False


Verdict = SendMode | ClosedReason | Literal["speaker_changed", "too_old"]
Render = Callable[[MessageToRender], Sequence[PlatformCall]]


@dataclass(frozen=True)
class Outbox:
    """The sender's dealings with the ledger. ``paces``: the rate limit of each channel that this sender serves."""

    sessions: SessionFactory
    render: Render
    paces: Mapping[str, RatePace]
    sender: str
    lease: timedelta = timedelta(seconds=60)
    silent: Callable[[str], bool] = lambda _channel: False
    """Whether the assistant's answers are held back on a channel that people switched off."""

    def next_part(self, now: datetime) -> PartToSend | None:
        """Claims the next part that may be sent now, or None where nothing is due. What may not be said any more is settled here:
        dropped after a takeover, dead where the window closed."""
        for waiting in (_is_answer(), _is_news()):
            due = self._due(now).where(waiting)
            if not may_be_due(self.sessions, due):
                continue
            with writing(self.sessions) as session:
                conversation = first_free(session, due)
                if conversation is not None:
                    self._take(conversation, now)
                    return self._prepare(session, conversation, now)
        return None

    def end_part(self, part: PartToSend, end: PartEnd, now: datetime) -> bool:
        """Writes how the call ended and frees the conversation. False where another sender has taken it over meanwhile: then only
        what is known of this very part is written."""
        with writing(self.sessions) as session:
            conversation = session.get(Conversation, part.conversation_id, with_for_update=True)
            outbound, parts, _account = _message_of(session, part)
            delivery = next((one for one in parts if one.id == part.delivery_id), None)
            if delivery is None or conversation is None or delivery.state not in ("sending", "ambiguous"):
                return False
            held = conversation.send_fence == part.fence
            if not held and end.state != "sent":
                return False
            _write_end(delivery, end, now)
            _note_account(session, part, end, now)
            if end.contact_unavailable is not None:
                conversation.unavailable_reason, conversation.unavailable_at = end.contact_unavailable[:80], now
            if end.muted:
                mute(session, conversation.id, now + MUTED_FOR)
            _settle(outbound, parts, now)
            if held:
                pace = self.paces[part.channel]
                conversation.send_owner = conversation.send_lease_until = None
                conversation.send_not_before = end.not_before or (now + pace.per_chat if pace.per_chat else None)
            return held

    def _due(self, now: datetime) -> Select[Conversation]:
        paused = (
            select(ChannelAccount.account)
            .where(
                ChannelAccount.channel == Conversation.channel,
                ChannelAccount.account == Conversation.account,
                ChannelAccount.paused_until > now,
            )
            .exists()
        )
        return (
            select(Conversation)
            .join(Outbound, Conversation.id == Outbound.conversation_id)
            .where(
                Outbound.state == "pending",
                Conversation.channel.in_(list(self.paces)),
                or_(
                    Conversation.channel.not_in([channel for channel in self.paces if self.silent(channel)]),
                    Outbound.author != "bot",
                    Outbound.created_at < now - MESSAGE_LIFE,
                ),
                or_(Conversation.send_lease_until.is_(None), Conversation.send_lease_until <= now),
                or_(Conversation.send_not_before.is_(None), Conversation.send_not_before <= now),
                ~paused,
            )
            .order_by(Outbound.id)
        )

    def _take(self, conversation: Conversation, now: datetime) -> None:
        conversation.send_owner, conversation.send_lease_until = self.sender, now + self.lease
        conversation.send_fence += 1
        conversation.send_not_before = None

    def _prepare(self, session: Session, conversation: Conversation, now: datetime) -> PartToSend | None:
        """The first part that may be sent, marked; or None with the conversation freed."""
        for outbound, _account in session.execute(_pending(conversation)).all():
            verdict = _may_send(session, conversation, outbound, now)
            if outbound.author == "bot" and verdict in ("free", "from_quota") and self.silent(conversation.channel):
                # Held back until the channel is on again; what people and the gateway say goes out.
                continue
            if verdict == "quota_used_up":
                _free(conversation, now + QUOTA_ASKED_EVERY)
                return None
            if verdict not in ("free", "from_quota", "human_agent", "template"):
                settle_unsent(session, outbound, verdict)
                continue
            delivery = self._next_delivery(session, conversation, outbound, verdict, now)
            if delivery is None:
                settle_outbound(session, outbound.id, now)
                continue
            delivery.state, delivery.attempts = "sending", delivery.attempts + 1
            # The slot comes last: its row is every sender's, and held as shortly as can be.
            session.flush()
            wait = next_free_slot(session, conversation.channel, conversation.account, self.paces[conversation.channel], now)
            if wait > LONGEST_RATE_WAIT:
                delivery.state, delivery.attempts = "pending", delivery.attempts - 1
                _free(conversation, now + wait)
                return None
            return _part(conversation, outbound, delivery, verdict, wait, _place_in_trace(session, outbound))
        _free(conversation, None)
        return None

    def _next_delivery(
        self, session: Session, conversation: Conversation, outbound: Outbound, mode: SendMode, now: datetime
    ) -> Delivery | None:
        parts = session.scalars(select(Delivery).where(Delivery.outbound_id == outbound.id).order_by(Delivery.part)).all()
        if not parts:
            parts = self._render_parts(session, conversation, outbound, mode, now)
        for part in parts:
            if part.state == "sending":
                # Its sender is gone, or this conversation would not have been free. An echo may have told that it arrived.
                end = PartEnd("sent") if part.platform_message_id else PartEnd("ambiguous", error="sender_lost")
                _write_end(part, end, now)
        return next((part for part in parts if part.state == "pending"), None)

    def _render_parts(
        self, session: Session, conversation: Conversation, outbound: Outbound, mode: SendMode, now: datetime
    ) -> list[Delivery]:
        message = message_for_people(session, conversation.id, BotMessage.from_json(outbound.message))
        tokens = tokens_of(session, [outbound.id]).get(outbound.id, {}) if message.all_buttons else {}
        author: Author = "officer" if outbound.author == "officer" else "system" if outbound.author == "system" else "bot"
        calls = self.render(
            MessageToRender(
                conversation.channel,
                conversation.account,
                message,
                author,
                tokens,
                mode,
                outbound.author_name,
                outbound.message.get(TEMPLATE) if mode == "template" else None,
            )
        )
        rows = [
            Delivery(
                outbound_id=outbound.id,
                conversation_id=conversation.id,
                part=position,
                call={"method": call.method, "body": dict(call.body)},
                shown=call.shown,
                state="pending",
                attempts=0,
                created_at=now,
            )
            for position, call in enumerate(calls)
        ]
        session.add_all(rows)
        return rows


def _is_answer() -> ColumnElement[bool]:
    """Whoever asked something is answered before any campaign. Written as the index ``ix_outbound_pending_answers`` has it."""
    return literal_column(OUTBOUND_IS_ANSWER, Boolean)


def _is_news() -> ColumnElement[bool]:
    return ~_is_answer()


def _pending(conversation: Conversation) -> Any:
    """What waits, in its order; with it, for whoever asks within the transaction, the account."""
    account = and_(ChannelAccount.channel == conversation.channel, ChannelAccount.account == conversation.account)
    return (
        select(Outbound, ChannelAccount)
        .outerjoin(ChannelAccount, account)
        .where(Outbound.conversation_id == conversation.id, Outbound.state == "pending")
        .order_by(case((_is_news(), 1), else_=0), Outbound.seq)
        .limit(_MESSAGES_LOOKED_AT)
    )


def _message_of(session: Session, part: PartToSend) -> tuple[Outbound | None, list[Delivery], ChannelAccount | None]:
    """The message and all its parts; with them, for whoever asks within the transaction, the account: the session knows it for as
    long as somebody holds it."""
    account = and_(ChannelAccount.channel == part.channel, ChannelAccount.account == part.account)
    rows = session.execute(
        select(Delivery, Outbound, ChannelAccount)
        .join(Outbound, Outbound.id == Delivery.outbound_id)
        .outerjoin(ChannelAccount, account)
        .where(Delivery.outbound_id == part.outbound_id)
        .order_by(Delivery.part)
    ).all()
    return (rows[0][1], [row[0] for row in rows], rows[0][2]) if rows else (None, [], None)


def _may_send(session: Session, conversation: Conversation, outbound: Outbound, now: datetime) -> Verdict:
    """The mode, or why the message is not sent: looked at again before every single call."""
    speaks = who_speaks(conversation.speaker)
    if outbound.author == "bot" and (speaks == "unknown" or conversation.speaker == "officer"):
        return "speaker_changed"
    is_news = outbound.idempotency_key.startswith(NEWS_KEY)
    if now - outbound.created_at > (NEWS_LIFE if is_news else MESSAGE_LIFE):
        return "too_old"
    mode = send_mode(reach_of(session, conversation), by_person=outbound.author == "officer", now=now)
    return _news_mode(mode, outbound.message.get(TEMPLATE)) if is_news else mode


def _news_mode(mode: SendMode | ClosedReason, template: Mapping[str, Any] | None) -> SendMode | ClosedReason:
    """News take nothing from the quota, which answers may need; they go out within the window, or as a template."""
    if mode == "unavailable":
        return mode
    if template and (template.get("always") or mode != "free"):
        return "template"
    return "free" if mode == "free" else "window_closed"


def _place_in_trace(session: Session, outbound: Outbound) -> str | None:
    if not tracing.recording() or outbound.inbound_id is None:
        return None
    answered = session.get(Inbound, outbound.inbound_id)
    circumstances = answered.circumstances if answered is not None else None
    return str(place) if (place := (circumstances or {}).get("traceparent")) else None


def _part(
    conversation: Conversation,
    outbound: Outbound,
    delivery: Delivery,
    mode: SendMode,
    wait: timedelta,
    traceparent: str | None,
) -> PartToSend:
    return PartToSend(
        conversation_id=conversation.id,
        channel=conversation.channel,
        account=conversation.account,
        external_id=conversation.external_id,
        sender=conversation.send_owner or "",
        fence=conversation.send_fence,
        outbound_id=outbound.id,
        delivery_id=delivery.id,
        call=PlatformCall(delivery.call["method"], delivery.call["body"], delivery.shown),
        mode=mode,
        attempt=delivery.attempts,
        wait=max(0.0, wait.total_seconds()),
        written_at=outbound.created_at,
        traceparent=traceparent,
    )


def _free(conversation: Conversation, not_before: datetime | None) -> None:
    conversation.send_owner = conversation.send_lease_until = None
    conversation.send_not_before = not_before


def _write_end(delivery: Delivery, end: PartEnd, now: datetime) -> None:
    # The platform may have repeated the message to us before the call ended without an answer: then it has arrived.
    arrived = end.state == "sent" or (end.state == "ambiguous" and delivery.platform_message_id is not None)
    delivery.state = "sent" if arrived else end.state
    delivery.error = end.error[:160] if end.error else None
    if arrived:
        delivery.sent_at = now
        delivery.platform_message_id = end.message_id or delivery.platform_message_id


def _note_account(session: Session, part: PartToSend, end: PartEnd, now: datetime) -> None:
    if end.account_needs is not None:
        pause_account(session, part.channel, part.account, now + PROBE_EVERY, now, needs=end.account_needs)
    elif end.pause_account_until is not None:
        pause_account(session, part.channel, part.account, end.pause_account_until, now)
    elif end.state == "sent":
        resume_account(session, part.channel, part.account, end.quota_left, now)


def settle_unsent(session: Session, outbound: Outbound, reason: str) -> None:
    """Ends a message that may not be said any more. Parts that are out already stay as they are."""
    state = "dropped" if reason == "speaker_changed" else "dead"
    session.execute(
        update(Delivery).where(Delivery.outbound_id == outbound.id, Delivery.state == "pending").values(state=state, error=reason)
    )
    outbound.state, outbound.detail = state, reason
    session.flush()


def settle_outbound(session: Session, outbound_id: int, now: datetime) -> None:
    """A message is as its parts are, once none is left to send: the worst of them names it."""
    session.flush()
    parts = session.scalars(select(Delivery).where(Delivery.outbound_id == outbound_id).order_by(Delivery.part)).all()
    _settle(session.get(Outbound, outbound_id), parts, now)


def _settle(outbound: Outbound | None, parts: Sequence[Delivery], now: datetime) -> None:
    states = {part.state for part in parts}
    if outbound is None or outbound.state != "pending" or states & {"pending", "sending"}:
        return
    state = next((word for word in ("dead", "ambiguous", "dropped") if word in states), "sent")
    outbound.state = state
    outbound.detail = next((part.error for part in parts if part.state == state and part.error), outbound.detail)
    outbound.sent_at = now if state == "sent" else None
