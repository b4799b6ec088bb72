"""How often menus, situations of life and guides are opened: by day and channel, without any person."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base


class GuideCount(Base):
    """Openings of one thing on one day (Vietnam time). ``kind``: one of ``bot.guides.kinds.PRESS_KINDS``; ``channel``: a channel
    of the talk, or ``page`` for the public pages."""

    __tablename__ = "guide_count"
    __table_args__ = (CheckConstraint("kind IN ('menu', 'event', 'guide')", name="kind_known"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
