"""Real traffic to try a model on: the masked messages that citizens typed, equal ones together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.models import Inbound
from bot.training.texts import text_key

MOST_TEXTS = 3_000
"""So many different texts are tried at most; a busy day beyond that is sampled, and the result says so."""
_MOST_MESSAGES = 200_000
_LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Written:
    """A masked text: how often it was written, and when last. ``text``: as it was first written, placeholders for numbers."""

    key: str
    text: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Traffic:
    """What was written from ``since`` to before ``until``. ``messages``: all typed messages; ``texts``: how many different ones;
    ``tried``: those to be tried, the most written first."""

    since: datetime
    until: datetime
    messages: int
    texts: int
    tried: Sequence[Written]


def days_to_replay(since: date | None, until: date | None, now: datetime) -> tuple[datetime, datetime]:
    """The moments at which the first day begins and the last one ends in Vietnam; yesterday where no days are given."""
    yesterday = now.astimezone(VIETNAM_TIME).date() - timedelta(days=1)
    first, last = since or yesterday, until or yesterday
    begins = datetime.combine(first, time.min, VIETNAM_TIME)
    return begins, datetime.combine(last + timedelta(days=1), time.min, VIETNAM_TIME)


def read_traffic(session: Session, since: datetime, until: datetime, most: int = MOST_TEXTS) -> Traffic:
    """The typed messages of this time; pressed buttons and messages that were forgotten are left out. Where there are more than
    ``most`` different ones, those that were written often are taken first, and among equally frequent ones an even sample."""
    # A button that is chosen by typing has an act too: no model reads it.
    typed = (Inbound.received_at >= since, Inbound.received_at < until, Inbound.text.is_not(None), Inbound.act.is_(None))
    messages = session.scalar(select(func.count()).select_from(Inbound).where(*typed)) or 0
    query = select(Inbound.text, Inbound.received_at).where(*typed).order_by(Inbound.received_at).limit(_MOST_MESSAGES)
    found: dict[str, Written] = {}
    for text, at in session.execute(query).yield_per(1_000):
        if text is None or not text.strip() or len(text) > _LONGEST_TEXT:
            continue
        key = text_key(text)
        before = found.get(key)
        found[key] = Written(key, before.text if before else text, (before.times if before else 0) + 1, at)
    # The key is a hash: its order has nothing to do with what was written.
    ordered = sorted(found.values(), key=lambda one: (-one.times, one.key))
    return Traffic(since, until, messages, len(found), ordered[:most])
