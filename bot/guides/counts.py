"""Counting openings of menus, situations and guides, and reading the counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.guides.kinds import PRESS_KINDS, PressKind
from bot.storage.guide_models import GuideCount

PAGE_CHANNEL = "page"
"""Openings on the public pages."""

_LONGEST_ITEM, _LONGEST_CHANNEL = 60, 20


def count_opening(session: Session, kind: PressKind, item: str, channel: str, day: date) -> None:
    """Adds one; safe beside others that count the same. The caller commits."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {"day": day, "kind": kind, "item": item[:_LONGEST_ITEM], "channel": (channel or "other")[:_LONGEST_CHANNEL], "n": 1}
    added = dialect.insert(GuideCount).values(row)
    key = ["day", "kind", "item", "channel"]
    session.execute(added.on_conflict_do_update(index_elements=key, set_={"n": GuideCount.n + 1}))


@dataclass(frozen=True)
class Openings:
    """How often one thing was opened since a day, in all and by channel."""

    kind: PressKind
    item: str
    by_channel: Mapping[str, int]

    @property
    def total(self) -> int:
        """On all channels."""
        return sum(self.by_channel.values())


def openings_since(session: Session, day: date) -> Sequence[Openings]:
    """Everything opened on this day or later, most opened first."""
    query = (
        select(GuideCount.kind, GuideCount.item, GuideCount.channel, func.sum(GuideCount.n))
        .where(GuideCount.day >= day)
        .group_by(GuideCount.kind, GuideCount.item, GuideCount.channel)
    )
    found: dict[tuple[PressKind, str], dict[str, int]] = {}
    for kind, item, channel, n in session.execute(query):
        known = next((one for one in PRESS_KINDS if one == kind), None)
        if known is not None:
            found.setdefault((known, item), {})[channel] = int(n)
    listed = [Openings(kind, item, channels) for (kind, item), channels in found.items()]
    return sorted(listed, key=lambda one: (-one.total, one.kind, one.item))
