"""The safety net beside the webhook: the portal's list of changes, read from where it was left, by one worker at a time."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.outreach.rules import NoticeRules
from bot.outreach.taking_in import take_in_change
from bot.portal.errors import CursorExpired
from bot.portal.gateway import PortalGateway
from bot.portal.watching import ChangePage
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import DossierWatch, PortalCursor

logger = logging.getLogger(__name__)

CURSOR = "dossier_changes"
_PAGES = 50
_PAGE = 100


def poll_changes(
    sessions: SessionFactory, portal: PortalGateway, rules: NoticeRules, every: timedelta, now: datetime
) -> int | None:
    """Reads what changed since the last time, if that is ``every`` ago and nobody else does it; returns how many notices the
    webhook had not brought, None where it was nobody's turn. Raises the portal's errors; what was read until then is kept.

    The turn is a conditional UPDATE of ``polled_at``: who writes it has the list for ``every``, and writes the cursor only while
    nobody has taken it over."""
    if "changes_since" not in portal.offered or not _anything_watched(sessions) or not _take_turn(sessions, every, now):
        return None
    with sessions() as session:
        cursor = session.scalars(select(PortalCursor.cursor).where(PortalCursor.name == CURSOR)).one()
    found = 0
    for _ in range(_PAGES):
        page = _page(portal, cursor)
        noted = _keep(sessions, page, rules, now)
        if noted is None:
            break
        found, cursor = found + noted, page.next_cursor
        if not page.more:
            break
    if found:
        logger.warning("notices.webhook_missed_changes", extra={"count": found})
    return found


def _anything_watched(sessions: SessionFactory) -> bool:
    with sessions() as session:
        return session.scalars(select(DossierWatch.id).where(DossierWatch.state == "active").limit(1)).first() is not None


def _take_turn(sessions: SessionFactory, every: timedelta, now: datetime) -> bool:
    mine = (
        update(PortalCursor)
        .where(PortalCursor.name == CURSOR, or_(PortalCursor.polled_at <= now - every, PortalCursor.polled_at > now + every))
        .values(polled_at=now)
        .returning(PortalCursor.name)
    )
    with writing(sessions) as session:
        if session.execute(mine).one_or_none() is not None:
            return True
        if session.get(PortalCursor, CURSOR) is not None:
            return False
    try:
        with writing(sessions) as session:
            session.add(PortalCursor(name=CURSOR, cursor=None, polled_at=now))
    except IntegrityError:
        return False
    return True


def _page(portal: PortalGateway, cursor: str | None) -> ChangePage:
    try:
        return portal.changes_since(cursor, limit=_PAGE)
    except CursorExpired:
        # Old changes come again and are known by their ids.
        logger.warning("notices.cursor_expired")
        return portal.changes_since(None, limit=_PAGE)


def _keep(sessions: SessionFactory, page: ChangePage, rules: NoticeRules, now: datetime) -> int | None:
    """The page's changes and the place behind them, in one transaction; None where somebody else has the turn by now."""
    with writing(sessions) as session:
        moved = update(PortalCursor).where(PortalCursor.name == CURSOR, PortalCursor.polled_at == now)
        if session.execute(moved.values(cursor=page.next_cursor).returning(PortalCursor.name)).one_or_none() is None:
            return None
        return sum(take_in_change(session, change, rules, now) in ("noted", "older") for change in page.changes)
