"""What events of a platform other than a citizen's messages change in the ledger. Each runs in the intake's transaction."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.arrivals import note_the_act
from bot.conversations.events import (
    AccountNotice,
    ContactChange,
    DeletionRequest,
    DeliveryReceipt,
    IgnoredEvent,
    PlatformEcho,
    ThreadControl,
)
from bot.conversations.handoffs import end_handoff, open_handoff_of
from bot.conversations.part_ends import settle_outbound
from bot.conversations.sent_parts import may_be_named_by_words
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.rights.deletions import delete_now
from bot.storage.channel_models import Delivery
from bot.storage.models import Conversation, Outbound

HAND_BACK_WORD = "#bot"
"""An officer types this in the platform's own inbox to give the conversation back."""

THREAD_HELD = timedelta(hours=24)
"""Messenger's control over a thread lapses after 24 hours of silence (conversation routing, 2025-09)."""


@dataclass(frozen=True)
class Change:
    """What an event led to, for the list of events."""

    outcome: str
    detail: str | None = None


APPLIED = Change("applied")


@dataclass(frozen=True)
class PlatformChanges:
    """Applies events. ``officer_silence``: how long an officer on the platform may be silent before the bot speaks again."""

    officer_silence: timedelta
    greeting: Callable[[], BotMessage] | None = None

    def echo(
        self, session: Session, conversation: Conversation, event: PlatformEcho, now: datetime, parts: Sequence[Delivery]
    ) -> Change:
        """Our own message come back, or an officer's answer in the platform's inbox, which takes the conversation over.
        ``parts``: those of the conversation that may be meant."""
        if not event.by_person and _is_ours(session, parts, event, now):
            return Change("applied", "own_message")
        if event.by_us and not event.by_person:
            return Change("ignored", "own_app")
        if (event.text or "").strip().lower() == HAND_BACK_WORD:
            return self._give_back(session, conversation, now, "handed_back")
        ownership.platform_officer_takes(session, conversation.id, now + self.officer_silence)
        _write_officers_words(session, conversation, event, now)
        return Change("applied", "officer_spoke")

    def thread_control(self, session: Session, conversation: Conversation, event: ThreadControl, now: datetime) -> Change:
        """Another app or a person took the thread, or it is ours again."""
        if event.holder == "bot":
            return self._give_back(session, conversation, now, "thread_returned")
        ownership.platform_officer_takes(session, conversation.id, now + THREAD_HELD)
        return Change("applied", "thread_taken")

    def contact(self, session: Session, conversation: Conversation, event: ContactChange, now: datetime) -> Change:
        """The citizen can be reached or not. Who opens the chat for the first time is greeted."""
        at = event.origin.platform_at or now
        if event.change == "unreachable":
            conversation.unavailable_reason, conversation.unavailable_at = (event.reason or event.origin.name)[:80], at
            return Change("applied", "unreachable")
        if event.acted:
            note_the_act(conversation, at)
        else:
            conversation.unavailable_reason = conversation.unavailable_at = None
        if event.acted and conversation.last_seq == 0 and self.greeting is not None:
            lines = [Line(self.greeting(), "system")]
            write_lines(session, conversation, lines, key=f"greeting:{conversation.id}", now=now)
        return Change("applied", "reachable")

    def receipt(self, event: DeliveryReceipt, now: datetime, parts: Sequence[Delivery]) -> Change:
        """Messages of ours arrived or were read. ``parts``: those of the conversation that may be meant."""
        at = event.origin.platform_at or now
        if not event.message_ids and event.watermark is None:
            return Change("ignored", "names_no_message")
        for part in parts:
            if _is_named(part, event):
                part.delivered_at = part.delivered_at or at
                if event.kind == "read":
                    part.read_at = part.read_at or at
        return APPLIED

    def deletion(self, session: Session, conversation: Conversation, _event: DeletionRequest, now: datetime) -> Change:
        """The citizen withdraws: what we hold of them goes, the fact that it went stays."""
        delete_now(session, conversation, "platform", now)
        return Change("applied", "forgotten")

    def notice(self, event: AccountNotice) -> Change:
        """People have to see it."""
        return Change("applied", event.detail[:160])

    def ignored(self, event: IgnoredEvent) -> Change:
        """Counted by name."""
        return Change("ignored", event.detail[:160])

    def _give_back(self, session: Session, conversation: Conversation, now: datetime, detail: str) -> Change:
        give_back_to_bot(session, conversation, now)
        return Change("applied", detail)


def give_back_to_bot(session: Session, conversation: Conversation, now: datetime) -> None:
    """The officer on the platform is done: the bot speaks again, and a handoff that was open is closed."""
    if not ownership.platform_officer_leaves(session, conversation.id):
        return
    handoff = open_handoff_of(session, conversation.id)
    if handoff is not None:
        end_handoff(session, handoff, now, "answered_on_platform")


def _is_named(part: Delivery, receipt: DeliveryReceipt) -> bool:
    """Whether the receipt speaks of this part: by its id, or as one of all up to a moment."""
    if receipt.message_ids:
        return part.platform_message_id in receipt.message_ids
    sent_by_then = part.sent_at is not None and receipt.watermark is not None and part.sent_at <= receipt.watermark
    return part.state == "sent" and sent_by_then and part.read_at is None


def _is_ours(session: Session, parts: Sequence[Delivery], event: PlatformEcho, now: datetime) -> bool:
    """Whether we sent it; then the delivery learns its id, and one whose end was unknown is known to have arrived."""
    found = _echoed(parts, event, now)
    if found is None:
        return False
    found.platform_message_id = found.platform_message_id or event.platform_message_id
    if found.state == "ambiguous":
        found.state, found.sent_at = "sent", event.origin.platform_at or now
        settle_outbound(session, found.outbound_id, now)
    return True


def _echoed(parts: Sequence[Delivery], event: PlatformEcho, now: datetime) -> Delivery | None:
    """The part that is repeated. A platform may repeat a message before its answer to our call is in the ledger, so words are
    compared too."""
    found = next((part for part in parts if part.id == event.delivery_id), None)
    if found is None and event.platform_message_id is not None:
        found = next((part for part in parts if part.platform_message_id == event.platform_message_id), None)
    if found is None and not event.by_us:
        recent = sorted(
            (part for part in parts if may_be_named_by_words(part, now)),
            key=lambda part: (part.platform_message_id is not None, part.id),
        )
        found = next((part for part in recent if _may_say(part, event.text)), None)
    return found


def _may_say(delivery: Delivery, told: str | None) -> bool:
    """Whether these can be the delivery's words: those it shows, or one of the plain texts that are sent where the platform does
    not take its form."""
    return any(_same_words(shown, told) for shown in (delivery.shown, *delivery.call.get("body", {}).get("fallback", ())))


def _same_words(shown: str, told: str | None) -> bool:
    return " ".join(unicodedata.normalize("NFC", shown).split()) == " ".join(unicodedata.normalize("NFC", told or "").split())


def _write_officers_words(session: Session, conversation: Conversation, event: PlatformEcho, now: datetime) -> None:
    conversation.last_seq += 1
    message = BotMessage(event.text or "", kind="notice")
    session.add(
        Outbound(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            author="officer",
            message=message.to_json(),
            state="sent",
            detail="written_on_the_platform",
            idempotency_key=f"echo:{conversation.id}:{event.origin.event_id}"[:80],
            created_at=now,
            sent_at=event.origin.platform_at or now,
        )
    )
