"""A message in the ledger with things beside text, and the desk that decides on them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.encryption import ledger_cipher
from bot.storage.channel_models import Attachment
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from connectors.gateway.attachments.fetching import HostRules
from connectors.gateway.attachments.resolving import AttachmentDesk, Resolution
from connectors.gateway.attachments.sources import AttachmentSource
from tests.connectors.gateway.attachments.file_host import FileHost
from tests.moving_clock import MovingClock

CIPHER = ledger_cipher(Fernet.generate_key().decode())
CONVERSATION = "c" * 32


@dataclass
class Message:
    """One message of a citizen in the ledger, and the desk that decides on what came with it."""

    database: Database
    host: FileHost
    clock: MovingClock
    desk: AttachmentDesk
    inbound_id: int

    def announce(self, path: str | None = "/a.jpg", kind: str = "image", **more: Any) -> int:
        """An attachment that the platform announced; returns its id."""
        with writing(self.database.sessions) as session:
            row = Attachment(
                inbound_id=self.inbound_id,
                conversation_id=CONVERSATION,
                position=len(self.rows()),
                kind=kind,
                source=CIPHER.encrypt((self.host.origin + path).encode()) if path else None,
                expires_at=self.clock() + timedelta(hours=24),
                **more,
            )
            session.add(row)
            session.flush()
            return row.id

    def resolve(self, expects: str | None = "paper", caption: str | None = None) -> Resolution:
        """What the worker calls."""
        return self.desk.resolve_attachments(self.inbound_id, expects, caption)

    def rows(self) -> list[Attachment]:
        """The message's attachments in the ledger."""
        mine = select(Attachment).where(Attachment.inbound_id == self.inbound_id).order_by(Attachment.position)
        with self.database.sessions() as session:
            return list(session.scalars(mine))

    def row(self) -> Attachment:
        """The only attachment."""
        (row,) = self.rows()
        return row

    def raw(self) -> bytes | None:
        """The message's body as it came."""
        with self.database.sessions() as session:
            return session.scalar(select(Inbound.raw).where(Inbound.id == self.inbound_id))

    def next(self, **later: float) -> "Message":
        """Another message of the same citizen, so much later."""
        self.clock.move(**later)
        return Message(self.database, self.host, self.clock, self.desk, write_message(self.database, self.clock))


def first_message(database: Database, host: FileHost) -> Message:
    """A citizen's first message, on a channel whose files are on the host."""
    clock = MovingClock()
    with writing(database.sessions) as session:
        session.add(Conversation(id=CONVERSATION, channel="zalo", account="oa", external_id="u", opened_at=clock()))
    desk = AttachmentDesk(database.sessions, CIPHER, {"zalo": AttachmentSource(HostRules((), host.local))}, clock=clock)
    return Message(database, host, clock, desk, write_message(database, clock))


def write_message(database: Database, clock: MovingClock) -> int:
    """A message of the citizen; returns its number in the ledger."""
    with writing(database.sessions) as session:
        conversation = session.get_one(Conversation, CONVERSATION)
        conversation.last_seq += 1
        inbound = Inbound(
            conversation_id=CONVERSATION,
            channel="zalo",
            account="oa",
            event_id=f"e{conversation.last_seq}",
            seq=conversation.last_seq,
            raw=b"holds the link",
            received_at=clock(),
            circumstances={"attachments": [{"kind": "image"}]},
        )
        session.add(inbound)
        session.flush()
        return inbound.id
