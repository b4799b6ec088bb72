"""From announced attachments to what is kept and what the citizen is told. Every attachment ends in one state, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from time import monotonic
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import select, update

from bot.conversations.clock import Clock, utc_now
from bot.conversations.media_types import media_type_of
from bot.storage.channel_models import Attachment
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Inbound
from connectors.gateway.attachments.fetching import ContentTooLarge, Fetcher, FetchError, FetchFailed, LinkExpired
from connectors.gateway.attachments.policy import (
    MAX_BYTES,
    MAX_PER_MESSAGE,
    REASONS,
    Announced,
    Reason,
    explanations,
    reason_to_refuse,
)
from connectors.gateway.attachments.sources import AttachmentSource

CONTENT_KEPT = timedelta(days=7)
"""So that a submission can be finished "tomorrow"; the portal has the papers after that."""


@dataclass(frozen=True)
class Paper:
    """An attachment that was accepted and is kept."""

    attachment_id: int
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Resolution:
    """What became of a message's attachments: the papers kept, and why the others are not, the gravest reason first."""

    papers: tuple[Paper, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def explanations(self, language: str = "vi") -> list[str]:
        """What the citizen is told of the refused ones; empty where there is nothing to say (a sticker)."""
        return explanations(self.reasons, language)


@dataclass(frozen=True)
class AttachmentDesk:
    """Takes in, refuses and forgets. ``seconds_each`` and ``seconds_together`` bound the fetching of one message's attachments:
    together with the engine's call they must stay within the worker's lease."""

    sessions: SessionFactory
    cipher: MultiFernet
    sources: Mapping[str, AttachmentSource]
    fetcher: Fetcher = field(default_factory=Fetcher)
    clock: Clock = utc_now
    content_kept: timedelta = CONTENT_KEPT
    seconds_each: float = 6.0
    seconds_together: float = 8.0

    def resolve_attachments(self, inbound_id: int, expects: str | None, caption: str | None) -> Resolution:
        """Decides on every announced attachment of a message, fetches what is accepted, and purges the rest. ``expects`` is what
        the conversation waits for, ``caption`` the message's text. A second call changes nothing and tells the same.

        Raises SQLAlchemy's errors where the ledger is away; what was decided by then stays decided.
        """
        with self.sessions() as session:
            rows = session.scalars(_of_message(inbound_id)).all()
            channel = session.scalar(select(Inbound.channel).where(Inbound.id == inbound_id)) if rows else None
        end = monotonic() + self.seconds_together
        accepted = 0
        for row in rows:
            if row.state != "announced":
                accepted += row.state == "fetched"
                continue
            reason = self._reason(row, expects, caption, accepted)
            accepted += reason is None
            if reason is not None:
                self._write(row, _refused(reason))
            else:
                self._write(row, self._taken(row, channel or "", min(self.seconds_each, end - monotonic())))
        with self.sessions() as session:
            return _resolution(session.scalars(_of_message(inbound_id)).all())

    def _reason(self, row: Attachment, expects: str | None, caption: str | None, accepted: int) -> Reason | None:
        announced = Announced(row.kind, row.name, row.media_type, row.size, caption)
        reason = reason_to_refuse(announced, expects)
        if reason is None and row.expires_at <= self.clock():
            return "expired"
        return "too_many" if reason is None and accepted >= MAX_PER_MESSAGE else reason

    def _taken(self, row: Attachment, channel: str, seconds: float) -> dict[str, Any]:
        """What to write of an attachment that may be fetched: its content, or why there is none."""
        try:
            content = self._fetch(row.source, channel, seconds)
        except LinkExpired as error:
            return _failed("expired", error.detail)
        except ContentTooLarge as error:
            return _refused("too_large", error.detail)
        except FetchError as error:
            return _failed("fetch_failed", error.detail)
        media_type = media_type_of(content)
        if media_type is None:
            return _refused("wrong_type", "content")
        return {
            "state": "fetched",
            "detail": None,
            "media_type": media_type,
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
            "content": self.cipher.encrypt(content),
            "source": None,
            "expires_at": self.clock() + self.content_kept,
        }

    def _fetch(self, source: bytes | None, channel: str, seconds: float) -> bytes:
        place = self.sources.get(channel)
        if place is None or source is None:
            raise FetchFailed("no_source")
        try:
            named = self.cipher.decrypt(source).decode()
        except (InvalidToken, UnicodeError) as error:
            raise FetchFailed("source_unreadable") from error
        if seconds <= 0:
            raise FetchFailed("out_of_time")
        return self.fetcher.get(place.link_of(named), place.rules, max_bytes=MAX_BYTES, seconds=seconds)

    def _write(self, row: Attachment, values: dict[str, Any]) -> None:
        """Writes an attachment's end, unless another worker was faster. The message's raw body goes too: it holds the link."""
        with writing(self.sessions) as session:
            mine = update(Attachment).where(Attachment.id == row.id, Attachment.state == "announced")
            session.execute(mine.values(**values))
            if row.source is not None:
                session.execute(update(Inbound).where(Inbound.id == row.inbound_id).values(raw=None))

    def content_of(self, attachment_id: int) -> bytes | None:
        """What was kept, or None where it is gone, past its time, or cannot be decrypted."""
        with self.sessions() as session:
            row = session.get(Attachment, attachment_id)
        if row is None or row.content is None or row.expires_at <= self.clock():
            return None
        try:
            return self.cipher.decrypt(row.content)
        except InvalidToken:
            return None


def _of_message(inbound_id: int) -> Any:
    return select(Attachment).where(Attachment.inbound_id == inbound_id).order_by(Attachment.position)


def _refused(reason: Reason, detail: str | None = None) -> dict[str, Any]:
    """The name goes too: it may be the card's number."""
    return {"state": "refused", "detail": _told(reason, detail), "source": None, "content": None, "name": None}


def _failed(reason: Reason, detail: str) -> dict[str, Any]:
    return {"state": "failed", "detail": _told(reason, detail), "source": None, "content": None}


def _told(reason: Reason, detail: str | None) -> str:
    return (f"{reason}:{detail}" if detail else reason)[:80]


def _resolution(rows: Any) -> Resolution:
    papers = tuple(Paper(row.id, row.media_type, row.size, row.sha256) for row in rows if row.state == "fetched")
    named = {(row.detail or "expired").partition(":")[0] for row in rows if row.state != "fetched"}
    return Resolution(papers, tuple(reason for reason in REASONS if reason in named))
