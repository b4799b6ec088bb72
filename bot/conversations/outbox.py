"""The outbox: what was said and must still reach the citizen, in order, each part called at most once without knowing its end.

A sender claims conversations, each with its oldest pending message, with a lease and a fencing number. The next part of each is
marked ``sending`` in a committed transaction before the platform is called, so that a crash in between leaves ``ambiguous`` parts
and no double.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import BindParameter, Boolean, ColumnElement, Select, and_, bindparam, case, literal_column, or_, select
from sqlalchemy.orm import Session

from bot import tracing
from bot.conversations.claiming import free_ones, may_be_due
from bot.conversations.ownership import who_speaks
from bot.conversations.part_ends import Ended, settle_outbound, settle_unsent, write_end, write_ends
from bot.conversations.platform_parts import EndWritten, MessageToRender, PartEnd, PartToSend, PlatformCall
from bot.conversations.rate_slots import LONGEST_RATE_WAIT, RatePace, next_free_slots
from bot.conversations.reach import reach_of
from bot.conversations.speech import TEMPLATE, Author
from bot.conversations.transcript import message_for_people, tokens_of
from bot.conversations.windows import ClosedReason, SendMode, send_mode
from bot.messages import BotMessage
from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.database import SessionFactory, writing
from bot.storage.models import NEWS_KEY, OUTBOUND_IS_ANSWER, Conversation, Inbound, Outbound

MESSAGE_LIFE = timedelta(hours=24)
NEWS_LIFE = timedelta(minutes=30)
"""News that were held up for longer might arrive in the night."""
QUOTA_ASKED_EVERY = timedelta(hours=1)
_ROWS_LOOKED_AT = 48
"""Of a conversation: messages that wait, with their parts."""

Verdict = SendMode | ClosedReason | Literal["speaker_changed", "too_old"]
Render = Callable[[MessageToRender], Sequence[PlatformCall]]


@dataclass(frozen=True)
class _Waiting:
    """A message that waits, with its parts so far."""

    outbound: Outbound
    parts: list[Delivery]


@dataclass(frozen=True)
class _Marked:
    """A part that is marked, before its slot in the rate limit is known."""

    conversation: Conversation
    outbound: Outbound
    delivery: Delivery
    mode: SendMode


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

    def next_parts(self, now: datetime, most: int, *, news: bool = True) -> list[PartToSend]:
        """Claims the next parts that may be sent now, of as many conversations and at most ``most``; none where nothing is due.
        What may not be said any more is settled here: dropped after a takeover, dead where the window closed. ``news``: whether
        campaigns are asked for, too, where no answer waits.

        All parts are marked in one transaction. The caller calls the platform for each of them at once: who dies before has left
        all of them ``ambiguous``.
        """
        channels = tuple(sorted(self.paces))
        silent, moments = tuple(one for one in channels if self.silent(one)), {"now": now, "long_ago": now - MESSAGE_LIFE}
        for is_news in (False, True) if news else (False,):
            due = _due(channels, silent, is_news)
            if not may_be_due(self.sessions, due, moments):
                continue
            with writing(self.sessions) as session:
                conversations = free_ones(session, due, most, moments)
                if conversations:
                    for conversation in conversations:
                        self._take(conversation, now)
                    return self._prepare(session, conversations, now)
        return []

    def next_part(self, now: datetime) -> PartToSend | None:
        """The same of one part."""
        return next(iter(self.next_parts(now, 1)), None)

    def end_parts(self, ended: Sequence[Ended], now: datetime) -> list[EndWritten]:
        """Writes how the calls ended and frees their conversations, all or none."""
        with writing(self.sessions) as session:
            return write_ends(session, ended, self.paces, now)

    def end_part(self, part: PartToSend, end: PartEnd, now: datetime) -> bool:
        """The same of one part. False where another sender has taken the conversation over meanwhile: then only what is known of
        this very part is written."""
        return self.end_parts([(part, end)], now)[0].held

    def _take(self, conversation: Conversation, now: datetime) -> None:
        conversation.send_owner, conversation.send_lease_until = self.sender, now + self.lease
        conversation.send_fence += 1
        conversation.send_not_before = None

    def _prepare(self, session: Session, conversations: Sequence[Conversation], now: datetime) -> list[PartToSend]:
        """The first part of each that may be sent, marked; the others are freed."""
        waiting = _waiting(session, [conversation.id for conversation in conversations])
        marked = []
        for conversation in conversations:
            one = self._mark_first(session, conversation, waiting.get(conversation.id, []), now)
            if one is not None:
                marked.append(one)
        # The slots come last: an account's row is every sender's, and held as shortly as can be.
        session.flush()
        return [part for account in _by_account(marked) for part in self._with_slots(session, account, now)]

    def _mark_first(
        self, session: Session, conversation: Conversation, waiting: Sequence[_Waiting], now: datetime
    ) -> _Marked | None:
        for one in waiting:
            verdict = _may_send(session, conversation, one.outbound, now)
            if one.outbound.author == "bot" and verdict in ("free", "from_quota") and self.silent(conversation.channel):
                # Held back until the channel is on again; what people and the gateway say goes out.
                continue
            if verdict == "quota_used_up":
                _free(conversation, now + QUOTA_ASKED_EVERY)
                return None
            if verdict not in ("free", "from_quota", "human_agent", "template"):
                settle_unsent(session, one.outbound, verdict)
                continue
            delivery = self._next_delivery(session, conversation, one, verdict, now)
            if delivery is None:
                settle_outbound(session, one.outbound.id, now)
                continue
            delivery.state, delivery.attempts = "sending", delivery.attempts + 1
            return _Marked(conversation, one.outbound, delivery, verdict)
        _free(conversation, None)
        return None

    def _with_slots(self, session: Session, marked: Sequence[_Marked], now: datetime) -> list[PartToSend]:
        """Of one account: those whose slot comes soon enough; the others are freed until then."""
        first = marked[0].conversation
        waits = next_free_slots(session, (first.channel, first.account), self.paces[first.channel], now, len(marked))
        parts = []
        for one, wait in zip(marked, waits, strict=True):
            if wait > LONGEST_RATE_WAIT:
                one.delivery.state, one.delivery.attempts = "pending", one.delivery.attempts - 1
                _free(one.conversation, now + wait)
            else:
                parts.append(_part(one, wait, _place_in_trace(session, one.outbound)))
        return parts

    def _next_delivery(
        self, session: Session, conversation: Conversation, waiting: _Waiting, mode: SendMode, now: datetime
    ) -> Delivery | None:
        parts = waiting.parts or self._render_parts(session, conversation, waiting.outbound, mode, now)
        for part in parts:
            if part.state == "sending":
                # Its sender is gone, or this conversation would not have been free. An echo may have told that it arrived.
                end = PartEnd("sent") if part.platform_message_id else PartEnd("ambiguous", error="sender_lost")
                write_end(part, end, now)
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


@lru_cache(maxsize=64)
def _due(channels: tuple[str, ...], silent: tuple[str, ...], is_news: bool) -> Select[Conversation]:
    """Whose message may be sent at the moment ``now``; ``long_ago``: what was said before is only settled. Made once: to make it
    costs more than to ask it."""
    now: BindParameter[datetime] = bindparam("now")
    long_ago: BindParameter[datetime] = bindparam("long_ago")
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
            Conversation.channel.in_(channels),
            or_(Conversation.channel.not_in(silent), Outbound.author != "bot", Outbound.created_at < long_ago),
            or_(Conversation.send_lease_until.is_(None), Conversation.send_lease_until <= now),
            or_(Conversation.send_not_before.is_(None), Conversation.send_not_before <= now),
            ~paused,
            _is_news() if is_news else _is_answer(),
        )
        .order_by(Outbound.id)
    )


@lru_cache(maxsize=1)
def _all_waiting() -> Select[Outbound, Delivery, ChannelAccount]:
    account = and_(ChannelAccount.channel == Conversation.channel, ChannelAccount.account == Conversation.account)
    return (
        select(Outbound, Delivery, ChannelAccount)
        .join(Conversation, Conversation.id == Outbound.conversation_id)
        .outerjoin(Delivery, Delivery.outbound_id == Outbound.id)
        .outerjoin(ChannelAccount, account)
        .where(Outbound.conversation_id.in_(bindparam("conversations", expanding=True)), Outbound.state == "pending")
        .order_by(case((_is_news(), 1), else_=0), Outbound.seq, Outbound.id, Delivery.part)
        .limit(bindparam("most"))
    )


def _waiting(session: Session, conversations: Sequence[str]) -> dict[str, list[_Waiting]]:
    """What waits of each, in its order, read after all are held; with it, for whoever asks in the transaction, the account."""
    values = {"conversations": conversations, "most": _ROWS_LOOKED_AT * len(conversations)}
    rows = session.execute(_all_waiting(), values).all()
    session.info["accounts_read"] = {row[2] for row in rows}
    found: dict[str, list[_Waiting]] = {}
    last: dict[str, int] = {}
    for outbound, delivery, _account in rows:
        messages = found.setdefault(outbound.conversation_id, [])
        if last.get(outbound.conversation_id) != outbound.id:
            messages.append(_Waiting(outbound, []))
            last[outbound.conversation_id] = outbound.id
        if delivery is not None:
            messages[-1].parts.append(delivery)
    return found


def _by_account(marked: Sequence[_Marked]) -> list[list[_Marked]]:
    """In one order everywhere, so that two senders never wait for each other."""
    found: dict[tuple[str, str], list[_Marked]] = {}
    for one in marked:
        found.setdefault((one.conversation.channel, one.conversation.account), []).append(one)
    return [found[key] for key in sorted(found)]


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


def _part(marked: _Marked, wait: timedelta, traceparent: str | None) -> PartToSend:
    conversation, delivery = marked.conversation, marked.delivery
    return PartToSend(
        conversation_id=conversation.id,
        channel=conversation.channel,
        account=conversation.account,
        external_id=conversation.external_id,
        sender=conversation.send_owner or "",
        fence=conversation.send_fence,
        outbound_id=marked.outbound.id,
        delivery_id=delivery.id,
        call=PlatformCall(delivery.call["method"], delivery.call["body"], delivery.shown),
        mode=marked.mode,
        attempt=delivery.attempts,
        wait=max(0.0, wait.total_seconds()),
        written_at=marked.outbound.created_at,
        traceparent=traceparent,
    )


def _free(conversation: Conversation, not_before: datetime | None) -> None:
    conversation.send_owner = conversation.send_lease_until = None
    conversation.send_not_before = not_before
