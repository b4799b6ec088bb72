"""The buttons that citizens were offered last: what a typed number or a button's words mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from bot.conversations.menu_choice import OfferedButton
from bot.storage.models import ButtonToken, Outbound


@dataclass(frozen=True)
class Offer:
    """The buttons of the last message that carried any, and whether an officer spoke after it."""

    buttons: tuple[OfferedButton, ...] = ()
    person_spoke: bool = False


def _last_offers_of() -> Select[Any]:
    newest = (
        select(ButtonToken.conversation_id, func.max(ButtonToken.outbound_id).label("outbound_id"))
        .where(ButtonToken.conversation_id.in_(bindparam("conversations", expanding=True)))
        .group_by(ButtonToken.conversation_id)
        .subquery()
    )
    spoken = exists().where(
        Outbound.conversation_id == newest.c.conversation_id,
        Outbound.author == "officer",
        Outbound.seq.is_not(None),
        Outbound.id > newest.c.outbound_id,
    )
    return select(ButtonToken.conversation_id, ButtonToken.position, ButtonToken.title, ButtonToken.act, spoken).join(
        newest, newest.c.outbound_id == ButtonToken.outbound_id
    )


_LAST_OFFERS = _last_offers_of()
"""Made once: putting it together costs more than asking it."""


def last_offers(session: Session, conversation_ids: Sequence[str]) -> dict[str, Offer]:
    """What was last offered in each of these conversations; one that never had a button is left out."""
    if not conversation_ids:
        return {}
    rows = session.execute(_LAST_OFFERS, {"conversations": list(conversation_ids)})
    offered: dict[str, list[OfferedButton]] = {}
    after = set()
    for conversation_id, position, title, act, person_spoke in rows:
        offered.setdefault(conversation_id, []).append(OfferedButton(position, title, act))
        if person_spoke:
            after.add(conversation_id)
    return {one: Offer(tuple(buttons), one in after) for one, buttons in offered.items()}
