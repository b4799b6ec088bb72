"""Messages to label, and labels, written straight into the ledger."""

from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.labelling.example_text import words_key
from bot.storage.labelling_models import Label, LabelItem

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM_TIME)
_numbers = count(1)


def add_item(session: Session, text: str = "làm lại căn cước bao lâu", **more: object) -> LabelItem:
    """A message to label, of no conversation."""
    given = {"channel": "webchat", "at": NOW, "ranking": [], "state": "open"} | more
    item = LabelItem(text=text, words_key=words_key(text), **given)
    session.add(item)
    session.flush()
    return item


def add_label(session: Session, item: LabelItem, intent: str = "ask_processing_time", **more: object) -> Label:
    """A label that counts."""
    given = {"rank": 1, "batch": f"b{next(_numbers)}", "account": "lan", "name": "Lan", "at": NOW, "counts": True} | more
    label = Label(item_id=item.id, intent=intent, entities=given.pop("entities", []), **given)
    session.add(label)
    session.flush()
    return label
