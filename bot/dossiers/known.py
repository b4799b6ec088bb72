"""What the portal last told of a dossier, for the time in which it is away: spoken only to the conversation that was told it, for
the very same proofs."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.fernet import InvalidToken
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.conversations.encryption import ledger_cipher
from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment
from bot.portal.records import Dossier, LookupFactor, SupplementRequest, parse_dossier
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import KnownDossier

KEPT = timedelta(hours=24)
"""As long as the citizen's numbers themselves: older than that, "gần nhất" would say little."""


@dataclass(frozen=True)
class LastTold:
    """A dossier as the portal told it at ``told_at``."""

    dossier: Dossier
    told_at: datetime


class LastKnown(Protocol):
    """Keeps the last answer of the portal by conversation and proofs. ``code`` is in its one spelling."""

    def remember(self, conversation_id: str, code: str, factor: LookupFactor, dossier: Dossier, now: datetime) -> None:
        """Keeps what the portal just told."""
        ...

    def recall(self, conversation_id: str, code: str, factor: LookupFactor, now: datetime) -> LastTold | None:
        """What it last told, or None."""
        ...

    def forget(self, conversation_id: str, code: str, factor: LookupFactor) -> None:
        """Drops what these proofs open no more."""
        ...


class KnownInLedger:
    """``LastKnown`` on the table ``known_dossier``: encrypted, for ``KEPT``, under a keyed hash of the proofs. ``keys``: the
    ledger's Fernet keys, comma separated."""

    def __init__(self, sessions: SessionFactory, keys: str) -> None:
        self._sessions, self._cipher = sessions, ledger_cipher(keys)
        self._hash_key = hmac.new(keys.split(",")[0].strip().encode(), b"motcua known dossier", hashlib.sha256).digest()

    def remember(self, conversation_id: str, code: str, factor: LookupFactor, dossier: Dossier, now: datetime) -> None:
        """See ``LastKnown.remember``."""
        content = self._cipher.encrypt(json.dumps(_as_contract(dossier)).encode())
        row = KnownDossier(
            conversation_id=conversation_id,
            proofs_key=self._key(code, factor),
            content=content,
            told_at=now,
            expires_at=now + KEPT,
        )
        with writing(self._sessions) as session:
            session.merge(row)

    def recall(self, conversation_id: str, code: str, factor: LookupFactor, now: datetime) -> LastTold | None:
        """See ``LastKnown.recall``. What our keys no longer open, or an older release wrote in another shape, is not known."""
        with self._sessions() as session:
            row = session.get(KnownDossier, (conversation_id, self._key(code, factor)))
        if row is None or row.expires_at <= now:
            return None
        try:
            return LastTold(parse_dossier(json.loads(self._cipher.decrypt(row.content)), code), row.told_at)
        except (InvalidToken, ValueError, ContractChanged):
            return None

    def forget(self, conversation_id: str, code: str, factor: LookupFactor) -> None:
        """See ``LastKnown.forget``."""
        mine = (KnownDossier.conversation_id == conversation_id, KnownDossier.proofs_key == self._key(code, factor))
        with writing(self._sessions) as session:
            session.execute(delete(KnownDossier).where(*mine))

    def _key(self, code: str, factor: LookupFactor) -> str:
        message = "\x00".join((code, factor.type, factor.value)).encode("utf-8", "surrogatepass")
        return hmac.new(self._hash_key, message, hashlib.sha256).hexdigest()


def forget_expired_known(session: Session, now: datetime) -> int:
    """Deletes what is past its time; returns how many."""
    expired = delete(KnownDossier).where(KnownDossier.expires_at <= now)
    return len(session.execute(expired.returning(KnownDossier.proofs_key)).all())


def _as_contract(dossier: Dossier) -> dict[str, Any]:
    """The dossier in the portal's own JSON, which is read back as strictly as an answer of the portal."""
    plain = {name: getattr(dossier, name) for name in _PLAIN}
    moments = {name: _spelled(getattr(dossier, name)) for name in ("received_at", "due_at", "ended_at")}
    asked = [_supplement(request) for request in dossier.supplement_requests]
    return {**plain, **moments, "as_of": dossier.as_of.isoformat(), "supplement_requests": asked}


_PLAIN = (
    "dossier_code",
    "source_system",
    "status_code",
    "procedure_code",
    "procedure_name",
    "receiving_unit",
    "current_step",
    "current_unit",
    "must_act",
    "result_method",
    "result_place",
)


def _supplement(request: SupplementRequest) -> dict[str, Any]:
    return {
        "requested_at": _spelled(request.requested_at),
        "deadline": _spelled(request.deadline),
        "item_count": request.item_count,
        "answered_at": _spelled(request.answered_at),
    }


def _spelled(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    return moment.at.isoformat() if moment.at is not None else moment.day.isoformat()
