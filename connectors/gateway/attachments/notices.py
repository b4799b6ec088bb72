"""What the worker tells a citizen of what came beside text."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import exists, or_, select

from bot.conversations.encryption import ledger_cipher
from bot.conversations.turns import Claim
from bot.messages import BotMessage
from bot.settings import Settings
from bot.storage.channel_models import Attachment
from bot.storage.database import SessionFactory
from bot.storage.models import Inbound
from bot.texts import say
from connectors.gateway.attachments.fetching import Fetcher
from connectors.gateway.attachments.policy import Reason, explanations
from connectors.gateway.attachments.resolving import AttachmentDesk
from connectors.gateway.attachments.sources import attachment_sources

_ONE_ALBUM = timedelta(seconds=10)


@dataclass(frozen=True)
class AttachmentNotices:
    """What the citizen is told, in order (nothing for a sticker), and why in one word for the outcome."""

    messages: tuple[BotMessage, ...]
    detail: str
    papers: tuple[str, ...] = ()
    """The papers that were asked for and taken in, by their numbers in the ledger."""


class ReceivesAttachments(Protocol):
    """Decides on attachments, fetches what was asked for, refuses the rest."""

    def look_at(self, claim: Claim) -> AttachmentNotices:
        """What became of the attachments of the claimed message."""


@dataclass(frozen=True)
class AttachmentReception:
    """Has a claimed message's attachments decided, and words what came of it."""

    sessions: SessionFactory
    desk: AttachmentDesk

    def look_at(self, claim: Claim) -> AttachmentNotices:
        """What became of the attachments of the claimed message. An album comes as several messages within moments: the same
        explanation is given once. A second call does no harm. Raises SQLAlchemy's errors where the ledger is away."""
        found = self.desk.resolve_attachments(claim.inbound_id, claim.expects, claim.text)
        new = [reason for reason in found.reasons if not self._told_just_now(claim, reason)]
        received = [say("attachment_received", count=len(found.papers))] if found.papers else []
        messages = tuple(BotMessage(text, kind="notice") for text in (*received, *explanations(new)))
        outcomes = [*(["received"] if found.papers else []), *found.reasons]
        papers = tuple(str(paper.attachment_id) for paper in found.papers)
        return AttachmentNotices(messages, f"attachments:{','.join(outcomes) or 'none'}"[:120], papers)

    def _told_just_now(self, claim: Claim, reason: Reason) -> bool:
        with self.sessions() as session:
            here = session.get(Inbound, claim.inbound_id)
            if here is None:
                return False
            before = (
                select(Attachment.id)
                .join(Inbound, Inbound.id == Attachment.inbound_id)
                .where(
                    Inbound.conversation_id == claim.conversation_id,
                    Inbound.seq < here.seq,
                    Inbound.received_at > here.received_at - _ONE_ALBUM,
                    or_(Attachment.detail == reason, Attachment.detail.startswith(f"{reason}:")),
                )
            )
            return bool(session.scalar(select(exists(before))))


def attachment_reception(settings: Settings, sessions: SessionFactory) -> AttachmentReception:
    """The reception of the platforms that are on. Raises ``ValueError`` (its kinds name the setting) for a missing secret."""
    fetcher = Fetcher()
    cipher = ledger_cipher(settings.ledger_key.get_secret_value())
    return AttachmentReception(sessions, AttachmentDesk(sessions, cipher, attachment_sources(settings, fetcher), fetcher))
