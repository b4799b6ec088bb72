"""Watched dossiers in the ledger: begun with consent, found again, ended."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from bot.language.masking import masked
from bot.outreach.reminders import open_deadline, plan_reminders
from bot.outreach.rules import NoticeRules
from bot.portal.errors import NotOffered, PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier
from bot.rights.consent import record_consent
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation, Outbound

logger = logging.getLogger(__name__)

ASKED_FOR = timedelta(minutes=10)
"""A watch that the portal did not confirm within this time was never begun: whoever asked is gone."""

MOST_DEFERRED = 3
_ENDED_AT_ONCE = 20


@dataclass(frozen=True)
class Watched:
    """A dossier that is followed: our id of the watch, and the dossier's code as it may be shown."""

    watch_id: str
    shown: str


class DossierKeys:
    """Keyed hashes of dossier codes. ``keys``: the ledger's, comma separated; the first makes new hashes, all find old ones."""

    def __init__(self, keys: str) -> None:
        self._keys = [
            hmac.new(key.strip().encode(), b"motcua watched dossier", hashlib.sha256).digest()
            for key in keys.split(",")
            if key.strip()
        ]

    def every(self, code: str) -> tuple[str, ...]:
        """All hashes under which this dossier may be kept, the newest key's first."""
        return tuple(hmac.new(key, code.encode(), hashlib.sha256).hexdigest() for key in self._keys)


class Watches:
    """The watches of conversations. ``new_id`` makes references of 32 characters that nobody can guess."""

    def __init__(
        self,
        sessions: SessionFactory,
        keys: DossierKeys,
        rules: NoticeRules,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._sessions, self._keys, self._rules, self._new_id = sessions, keys, rules, new_id

    def active(self, conversation_id: str) -> tuple[Watched, ...]:
        """What is followed in this conversation, or will be once the portal answers, the oldest first."""
        on = or_(DossierWatch.state == "active", DossierWatch.proofs.is_not(None))
        wanted = select(DossierWatch).where(DossierWatch.conversation_id == conversation_id, on)
        with self._sessions() as session:
            rows = session.scalars(wanted.order_by(DossierWatch.consent_at, DossierWatch.id)).all()
        return tuple(Watched(row.id, row.shown) for row in rows)

    def waits(self, conversation_id: str, code: str) -> bool:
        """Whether a wish to follow this dossier waits for the portal."""
        wanted = select(DossierWatch.id).where(
            DossierWatch.conversation_id == conversation_id,
            DossierWatch.proofs.is_not(None),
            DossierWatch.dossier_key.in_(self._keys.every(code)),
        )
        with self._sessions() as session:
            return session.scalars(wanted).first() is not None

    def may_defer(self, conversation_id: str) -> bool:
        """Whether one more wish of this conversation may wait: so many of their proofs are not judged yet."""
        waiting = select(func.count()).where(DossierWatch.conversation_id == conversation_id, DossierWatch.proofs.is_not(None))
        with self._sessions() as session:
            return (session.scalar(waiting) or 0) < MOST_DEFERRED

    def is_watched(self, conversation_id: str, code: str) -> bool:
        """Whether this dossier (its code in the one spelling) is followed in this conversation."""
        with self._sessions() as session:
            return self._of_dossier(session, conversation_id, code) is not None

    def ask(
        self,
        conversation_id: str,
        code: str,
        consent_text: str,
        now: datetime,
        *,
        proofs: bytes | None = None,
        how: Literal["button", "words"] = "words",
    ) -> str:
        """Notes a consent before the portal is asked to watch, with the watch and on the list of consents; returns our
        reference. ``consent_text``: the text that was agreed to, by its key. ``proofs`` (sealed): the portal does not
        answer, and is asked by the worker's rounds once it does."""
        watch_id = self._new_id()
        with writing(self._sessions) as session:
            session.add(
                DossierWatch(
                    id=watch_id,
                    conversation_id=conversation_id,
                    dossier_key=self._keys.every(code)[0],
                    shown=masked("dossier_code", code),
                    state="asked",
                    consent_at=now,
                    consent_text=consent_text,
                    proofs=proofs,
                    portal_ended=False,
                )
            )
            record_consent(session, conversation_id, "reminders", True, how, now, shown=consent_text)
        return watch_id

    def begin(self, watch_id: str, dossier: Dossier, now: datetime) -> bool:
        """The portal watches: notices may be told from now on. False where another watch of the same dossier began meanwhile
        (this one is given up), or it was given up. ``dossier``: its state as last looked up, for reminders."""
        with writing(self._sessions) as session:
            found = session.get_one(DossierWatch, watch_id)
            session.get_one(Conversation, found.conversation_id, with_for_update=True)
            watch = session.get_one(DossierWatch, watch_id, with_for_update=True, populate_existing=True)
            if watch.state != "asked":
                return False
            if self._of_dossier(session, watch.conversation_id, dossier.dossier_code) is not None:
                end_watch(watch, "ended", "watched_twice", now)
                return False
            watch.state = "active"
            if watch.changed_at is None:
                watch.status_code, watch.supplement_deadline = dossier.status_code, open_deadline(dossier)
                plan_reminders(session, watch, dossier, self._rules, now)
        logger.info("watch.begun", extra={"watch_id": watch_id})
        return True

    def give_up(self, watch_id: str, now: datetime) -> None:
        """The portal did not take the watch, or nobody knows whether it did."""
        with writing(self._sessions) as session:
            end_watch(session.get_one(DossierWatch, watch_id, with_for_update=True), "ended", "not_begun", now)

    def stop(self, conversation_id: str, watch_ids: Sequence[str], now: datetime) -> tuple[Watched, ...]:
        """Ends these watches at the citizen's wish; returns those that this conversation may end and that were still on: its
        own, and those of which a notice was told here."""
        told_here = (
            select(DossierNotice.watch_id)
            .join(Outbound, Outbound.id == DossierNotice.outbound_id)
            .where(Outbound.conversation_id == conversation_id, DossierNotice.watch_id.in_(watch_ids))
        )
        on = or_(DossierWatch.state == "active", DossierWatch.proofs.is_not(None))
        mine = or_(DossierWatch.conversation_id == conversation_id, DossierWatch.id.in_(told_here))
        wanted = select(DossierWatch).where(DossierWatch.id.in_(watch_ids), on, mine)
        with writing(self._sessions) as session:
            rows = session.scalars(wanted.order_by(DossierWatch.consent_at, DossierWatch.id).with_for_update()).all()
            for row in rows:
                row.proofs = None
                end_watch(row, "unsubscribed", "asked_for", now)
                drop_waiting(session, row.id, "unsubscribed", now)
            stopped = tuple(Watched(row.id, row.shown) for row in rows)
        logger.info("watch.unsubscribed", extra={"watch_ids": [one.watch_id for one in stopped]})
        return stopped

    def of_last_message(self, conversation_id: str) -> str | None:
        """The watch whose notice is the last that was said in this conversation; None where something else is."""
        last = (
            select(Outbound.id)
            .where(Outbound.conversation_id == conversation_id, Outbound.seq.is_not(None))
            .order_by(Outbound.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        with self._sessions() as session:
            return session.scalars(select(DossierNotice.watch_id).where(DossierNotice.outbound_id == last)).first()

    def _of_dossier(self, session: Session, conversation_id: str, code: str) -> str | None:
        wanted = select(DossierWatch.id).where(
            DossierWatch.conversation_id == conversation_id,
            DossierWatch.state == "active",
            DossierWatch.dossier_key.in_(self._keys.every(code)),
        )
        return session.scalars(wanted).first()


def end_watch(watch: DossierWatch, state: Literal["unsubscribed", "ended"], reason: str, now: datetime) -> None:
    """Ends the watch here; the portal is told by ``tell_portal_of_ends``. The caller holds the row."""
    watch.state, watch.end_reason, watch.ended_at = state, reason, now


def drop_waiting(session: Session, watch_id: str, reason: str, now: datetime) -> None:
    """What still waits to be told of this watch is never told, nor kept for later."""
    session.execute(
        update(DossierNotice)
        .where(DossierNotice.watch_id == watch_id, DossierNotice.state == "waiting")
        .values(state="not_told", reason=reason, finished_at=now, content=None)
    )
    session.execute(
        update(DossierNotice)
        .where(DossierNotice.watch_id == watch_id, DossierNotice.state == "not_told", DossierNotice.content.is_not(None))
        .values(content=None)
    )


def tell_portal_of_ends(sessions: SessionFactory, portal: PortalGateway, now: datetime) -> int:
    """Ends at the portal what ended here, again at every call until the portal has heard it; returns how many it heard of.
    Watches that were asked for and never confirmed are given up first."""
    with writing(sessions) as session:
        session.execute(
            update(DossierWatch)
            .where(DossierWatch.state == "asked", DossierWatch.proofs.is_(None), DossierWatch.consent_at < now - ASKED_FOR)
            .values(state="ended", end_reason="not_begun", ended_at=now)
        )
        over = select(DossierWatch.id).where(
            DossierWatch.state.in_(("unsubscribed", "ended")), DossierWatch.portal_ended.is_(False)
        )
        ended = session.scalars(over.order_by(DossierWatch.ended_at).limit(_ENDED_AT_ONCE)).all()
    heard = 0
    for watch_id in ended:
        try:
            portal.unwatch(watch_id)
        except NotOffered:
            pass
        except Unavailable as error:
            logger.warning("watch.end_not_told", extra={"watch_id": watch_id, "error": type(error).__name__})
            break
        except PortalError as error:
            logger.error("watch.end_not_told", extra={"watch_id": watch_id, "error": type(error).__name__})
            continue
        with writing(sessions) as session:
            session.execute(update(DossierWatch).where(DossierWatch.id == watch_id).values(portal_ended=True))
        heard += 1
    return heard
