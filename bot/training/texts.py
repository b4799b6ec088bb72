"""Which texts count as the same one, and how a citizen's texts leave what models were tried on."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.language.masking import neutralise
from bot.language.normalise import tone_key
from bot.storage.models import Inbound
from bot.storage.training_models import ReplayedAnswer

_AT_ONCE = 500


def same_form(text: str) -> str:
    """The text as it is compared: one spelling, lower case, numbers and their placeholders as the words of their kind. Marks
    stay: a model understands a text without them otherwise."""
    return tone_key(neutralise(text)).strip(" .,!?;:")


def text_key(text: str) -> str:
    """The key under which equal texts stand together (64 characters)."""
    return hashlib.sha256(same_form(text).encode("utf-8", "replace")).hexdigest()


def forget_replayed(session: Session, conversation_id: str, _now: datetime) -> int:
    """Takes what this citizen wrote out of what models were tried on; returns how many rows. Whoever wrote the very same words
    loses them there too. Goes before the messages themselves are emptied."""
    mine = select(Inbound.text).where(Inbound.conversation_id == conversation_id, Inbound.text.is_not(None))
    keys = sorted({text_key(text) for text in session.scalars(mine) if text is not None})
    gone = 0
    for start in range(0, len(keys), _AT_ONCE):
        some = ReplayedAnswer.text_key.in_(keys[start : start + _AT_ONCE])
        gone += len(session.execute(delete(ReplayedAnswer).where(some).returning(ReplayedAnswer.id)).all())
    return gone
