"""The notices as an operator sees them: what was told, what was not and why. No code, no content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation, Outbound

_MOST = 200


@dataclass(frozen=True)
class ListedNotice:
    """One notice. ``arrived`` is the state of the message that it became (``sent``, ``pending``, ``dead`` …), if it did."""

    number: int
    kind: str
    state: str
    reason: str | None
    arrived: str | None
    channel: str
    shown: str
    conversation_id: str
    at: datetime


def list_notices(session: Session, *, not_told: bool = False) -> list[ListedNotice]:
    """The latest notices, the newest first. ``not_told``: those alone that did not reach the citizen."""
    wanted = (
        select(DossierNotice, DossierWatch.shown, Conversation.id, Conversation.channel, Outbound.state)
        .join(DossierWatch, DossierWatch.id == DossierNotice.watch_id)
        .join(Conversation, Conversation.id == DossierWatch.conversation_id)
        .outerjoin(Outbound, Outbound.id == DossierNotice.outbound_id)
        .order_by(DossierNotice.id.desc())
        .limit(_MOST)
    )
    if not_told:
        wanted = wanted.where((DossierNotice.state == "not_told") | Outbound.state.in_(("dead", "dropped")))
    return [
        ListedNotice(
            notice.id, notice.kind, notice.state, notice.reason, arrived, channel, shown, conversation_id,
            notice.finished_at or notice.due_at,
        )
        for notice, shown, conversation_id, channel, arrived in session.execute(wanted)
    ]  # fmt: skip
