"""Published reasons of partial levels (NĐ 224/2026 art. 14).

They are kept in the ledger and not in the catalogue's files, because they are an act of an authority with its day and its author,
because imported procedures have no file, and because an answer must carry one within seconds and not after the next release.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.database import SessionFactory
from bot.storage.level_models import PartialReason

logger = logging.getLogger(__name__)

ReasonCode = Literal["presence_required", "on_site_verification", "technical_incident", "other_technical"]
REASON_CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
LONGEST = 300
_LOOKED_EVERY_SECONDS = 2.0


class LevelRefusedError(ValueError):
    """What was sent cannot stand. ``key`` names the text that says why, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True)
class PublishedReason:
    """Why one procedure can be filed online only in part, and what one must still come for."""

    procedure_code: str
    reason_code: str
    legal_basis: str
    still_in_person_vi: str
    still_in_person_en: str
    published_where: str
    published_on: date
    noted_by: str = ""
    noted_at: datetime | None = None

    def still_in_person(self, language: str) -> str:
        """What one must still come for; Vietnamese where there is no English."""
        return self.still_in_person_en if language == "en" and self.still_in_person_en else self.still_in_person_vi


def note_reason(session: Session, reason: PublishedReason, *, by: str, now: datetime) -> int:
    """Keeps a published reason in the caller's transaction; its number. Raises ``LevelRefusedError``."""
    if reason.reason_code not in REASON_CODES:
        raise LevelRefusedError("levels_refused_reason")
    if not reason.legal_basis.strip() or not reason.still_in_person_vi.strip():
        raise LevelRefusedError("levels_refused_reason_words")
    texts = (reason.legal_basis, reason.still_in_person_vi, reason.still_in_person_en, reason.published_where)
    if any(len(text) > LONGEST for text in texts):
        raise LevelRefusedError("levels_refused_long", limit=LONGEST)
    if reason.published_on > now.astimezone(VIETNAM_TIME).date():
        raise LevelRefusedError("levels_refused_published_later")
    row = PartialReason(
        procedure_code=reason.procedure_code,
        reason_code=reason.reason_code,
        legal_basis=reason.legal_basis.strip(),
        still_in_person_vi=reason.still_in_person_vi.strip(),
        still_in_person_en=reason.still_in_person_en.strip(),
        published_where=reason.published_where.strip(),
        published_on=reason.published_on,
        noted_by=by,
        noted_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def reasons_in_force(session: Session) -> dict[str, PublishedReason]:
    """The newest reason of each procedure, by code."""
    newest = select(func.max(PartialReason.id)).group_by(PartialReason.procedure_code)
    return {
        row.procedure_code: _reason(row) for row in session.scalars(select(PartialReason).where(PartialReason.id.in_(newest)))
    }


def reasons_of(session: Session, procedure_code: str) -> list[PublishedReason]:
    """All that were published for one procedure, the newest first."""
    wanted = select(PartialReason).where(PartialReason.procedure_code == procedure_code).order_by(PartialReason.id.desc())
    return [_reason(row) for row in session.scalars(wanted)]


def _reason(row: PartialReason) -> PublishedReason:
    return PublishedReason(
        row.procedure_code,
        row.reason_code,
        row.legal_basis,
        row.still_in_person_vi,
        row.still_in_person_en,
        row.published_where,
        row.published_on,
        row.noted_by,
        row.noted_at,
    )


class PartialReasonWatch:
    """Call it for the reasons in force, by code: looked up at most every two seconds, read in full only where one came in. While
    the ledger is away the last ones known stand. Safe from several threads."""

    def __init__(self, sessions: SessionFactory, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._monotonic = sessions, monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._newest: int | None = None
        self._reasons: Mapping[str, PublishedReason] = {}

    def __call__(self) -> Mapping[str, PublishedReason]:
        """The reasons."""
        now = self._monotonic()
        due = self._looked_at is None or now - self._looked_at >= _LOOKED_EVERY_SECONDS
        if due and self._lock.acquire(blocking=self._looked_at is None):
            try:
                self._looked_at = now
                self._read()
            finally:
                self._lock.release()
        return self._reasons

    def _read(self) -> None:
        try:
            with self._sessions() as session:
                newest = session.scalar(select(func.max(PartialReason.id))) or 0
                if newest != self._newest:
                    self._reasons, self._newest = reasons_in_force(session), newest
        except SQLAlchemyError as error:
            logger.warning("levels.reasons_not_read", extra={"error": type(error).__name__})
