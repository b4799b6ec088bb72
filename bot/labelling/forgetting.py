"""What the labelling keeps of a conversation goes with the conversation's words. Labels that the training data hold stay as
masked text that belongs to nobody."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from bot.labelling.example_text import holds_no_number
from bot.storage.labelling_models import Label, LabelCluster, LabelItem

NOBODYS = {"conversation_id": None, "inbound_id": None, "import_id": None, "asked_note": None}
"""What is written over a message whose label stays without its conversation."""


def forget_messages(session: Session, conversation_id: str, _now: datetime | None = None) -> int:
    """Takes a conversation's messages out of the labelling; returns how many."""
    mine = select(LabelItem).where(LabelItem.conversation_id == conversation_id)
    kept = session.scalars(mine.where(is_taken_in())).all()
    for item in kept:
        if not holds_no_number(item.text):
            item.text = ""
    ids = [item.id for item in kept]
    session.flush()
    session.execute(update(LabelItem).where(LabelItem.id.in_(ids)).values(**NOBODYS))
    left = delete(LabelItem).where(LabelItem.conversation_id == conversation_id)
    gone = session.execute(left.returning(LabelItem.id, LabelItem.cluster_id)).all()
    groups = {row.cluster_id for row in gone if row.cluster_id is not None}
    session.execute(
        delete(LabelCluster).where(LabelCluster.id.in_(groups), ~exists().where(LabelItem.cluster_id == LabelCluster.id))
    )
    return len(ids) + len(gone)


def is_taken_in() -> ColumnElement[bool]:
    """Of a ``LabelItem``: whether the training data hold a label of it."""
    return exists().where(Label.item_id == LabelItem.id, Label.taken_in_at.is_not(None))
