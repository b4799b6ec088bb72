"""The buttons that citizens were offered last: what a typed number or a button's words mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.menu_choice import OfferedButton
from bot.storage.models import ButtonToken, Outbound


@dataclass(frozen=True)
class Offer:
    """The buttons of the last message that carried any, and whether an officer spoke after it."""

    buttons: tuple[OfferedButton, ...] = ()
    person_spoke: bool = False


def last_offers(session: Session, conversation_ids: Sequence[str]) -> dict[str, Offer]:
    """What was last offered in each of these conversations; one that never had a button is left out."""
    if not conversation_ids:
        return {}
    newest = (
        select(ButtonToken.conversation_id, func.max(ButtonToken.outbound_id).label("outbound_id"))
        .where(ButtonToken.conversation_id.in_(conversation_ids))
        .group_by(ButtonToken.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(ButtonToken.conversation_id, ButtonToken.position, ButtonToken.title, ButtonToken.act).join(
            newest, newest.c.outbound_id == ButtonToken.outbound_id
        )
    ).all()
    spoken = session.scalars(
        select(Outbound.conversation_id)
        .join(newest, newest.c.conversation_id == Outbound.conversation_id)
        .where(Outbound.author == "officer", Outbound.seq.is_not(None), Outbound.id > newest.c.outbound_id)
    )
    after = set(spoken) if rows else set()
    offered: dict[str, list[OfferedButton]] = {}
    for row in rows:
        offered.setdefault(row.conversation_id, []).append(OfferedButton(row.position, row.title, row.act))
    return {one: Offer(tuple(buttons), one in after) for one, buttons in offered.items()}
