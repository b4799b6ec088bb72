"""Watches that were wished for while the portal did not answer: begun when it does, and the status told then."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.outreach.content import kept_of
from bot.outreach.reminders import open_deadline, plan_reminders
from bot.outreach.rules import NoticeRules
from bot.outreach.watches import end_watch
from bot.portal.errors import PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier, FactorType, LookupFactor
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=24)

_AT_ONCE = 10
_FACTORS: Mapping[str, FactorType] = {
    "lookup_code": "lookup_code",
    "phone_proof": "phone_proof",
    "identity_proof": "identity_proof",
}


def sealed_proofs(code: str, factor: LookupFactor, cipher: MultiFernet) -> bytes:
    """Both proofs as the ledger keeps them."""
    return cipher.encrypt(json.dumps([code, factor.type, factor.value]).encode())


def begin_deferred(
    sessions: SessionFactory, portal: PortalGateway, cipher: MultiFernet, rules: NoticeRules, now: datetime
) -> int:
    """Tries what waits; returns how many watches began. The first call that the portal does not answer ends the round. Several
    workers may do it at once: the portal takes a watch twice, the ledger once."""
    waiting = select(DossierWatch.id, DossierWatch.proofs, DossierWatch.consent_at).where(
        DossierWatch.state == "asked", DossierWatch.proofs.is_not(None)
    )
    with sessions() as session:
        rows = session.execute(waiting.order_by(DossierWatch.consent_at).limit(_AT_ONCE)).all()
    begun = 0
    for watch_id, sealed, asked_at in rows:
        proofs = _opened(sealed or b"", cipher)
        if proofs is None or asked_at < now - KEPT_FOR:
            _end(sessions, watch_id, "still_away", now)
            continue
        code, factor = proofs
        try:
            dossier = portal.lookup_dossier(code, factor)
            over = rules.has_ended(dossier)
            if not over:
                portal.watch(code, factor, watch_id)
        except Unavailable:
            break
        except PortalError as error:
            logger.info("watch.not_opened", extra={"watch_id": watch_id, "error": type(error).__name__})
            _end(sessions, watch_id, "not_opened", now)
            continue
        begun += _begin(sessions, watch_id, dossier, rules, now, over=over)
    return begun


def _opened(sealed: bytes, cipher: MultiFernet) -> tuple[str, LookupFactor] | None:
    try:
        code, kind, value = json.loads(cipher.decrypt(sealed))
    except (InvalidToken, ValueError):
        return None
    return str(code), LookupFactor(str(value), _FACTORS[kind])


def _held(session: Session, watch_id: str) -> DossierWatch | None:
    """The watch, held for writing, while it still waits."""
    watch = session.get_one(DossierWatch, watch_id, with_for_update=True, populate_existing=True)
    return watch if watch.state == "asked" and watch.proofs is not None else None


def _begin(sessions: SessionFactory, watch_id: str, dossier: Dossier, rules: NoticeRules, now: datetime, *, over: bool) -> bool:
    with writing(sessions) as session:
        watch = _held(session, watch_id)
        if watch is None:
            return False
        watch.proofs = None
        same = select(DossierWatch.id).where(
            DossierWatch.conversation_id == watch.conversation_id,
            DossierWatch.dossier_key == watch.dossier_key,
            DossierWatch.state == "active",
        )
        if over:
            end_watch(watch, "ended", "dossier_ended", now)
            watch.portal_ended, watch.changed_at = True, now
        elif session.scalars(same).first() is not None:
            end_watch(watch, "ended", "watched_twice", now)
        else:
            watch.state = "active"
            watch.status_code, watch.supplement_deadline = dossier.status_code, open_deadline(dossier)
            plan_reminders(session, watch, dossier, rules, now)
        session.add(_answer(watch, kept_of(dossier), rules, now))
        return watch.state == "active"


def _end(sessions: SessionFactory, watch_id: str, why: str, now: datetime) -> None:
    with writing(sessions) as session:
        watch = _held(session, watch_id)
        if watch is not None:
            watch.proofs = None
            end_watch(watch, "ended", why, now)
            # Nobody asked the portal to watch it, or it refused.
            watch.portal_ended = True
            session.add(_answer(watch, {"failed": why}, None, now))


def _answer(watch: DossierWatch, content: dict[str, Any], rules: NoticeRules | None, now: datetime) -> DossierNotice:
    return DossierNotice(
        watch_id=watch.id,
        occasion="answer",
        kind="answer",
        content=content,
        occurred_at=now,
        state="waiting",
        due_at=rules.quiet.over_at(now) if rules is not None else now,
        created_at=now,
    )
