"""Whose a conversation is: a link to a person whose identity the portal's login has confirmed. Kept as a keyed hash, so that the
ledger can tell that two conversations are of one person and nobody can tell which person from the ledger alone."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.storage.dossier_models import IdentityLink

LINK_KEPT = timedelta(days=30)
"""A link that nobody used for this long is forgotten (at most 30 days idle)."""


@dataclass(frozen=True)
class PersonProof:
    """Who somebody is, once it was confirmed (VNeID, or a one-time code to the telephone on file), not what they merely typed."""

    citizen_id: str = field(repr=False)
    phone: str = field(repr=False)


class PersonHashes:
    """Keyed hashes of persons. ``keys``: the ledger's Fernet keys, comma separated; the first makes new hashes, all of them find
    old ones. They are made with keys of their own, so that the one that encrypts is used for nothing else."""

    def __init__(self, keys: str) -> None:
        self._keys = [
            hmac.new(key.strip().encode(), b"motcua eform person", hashlib.sha256).digest()
            for key in keys.split(",")
            if key.strip()
        ]

    def of(self, person: PersonProof) -> str:
        """The hash under which this person is kept: 64 hexadecimal digits."""
        return _hashed(self._keys[0], person)

    def every(self, person: PersonProof) -> tuple[str, ...]:
        """All hashes under which this person may have been kept, the newest key's first."""
        return tuple(_hashed(key, person) for key in self._keys)


def link_person(session: Session, conversation_id: str, person: str, now: datetime) -> None:
    """Notes whose the conversation is; a later login by somebody else takes the place of an earlier one."""
    row = session.get(IdentityLink, conversation_id)
    if row is None:
        row = IdentityLink(conversation_id=conversation_id)
        session.add(row)
    row.person, row.confirmed_at, row.expires_at = person, now, now + LINK_KEPT


def linked_person(session: Session, conversation_id: str, now: datetime) -> str | None:
    """The person's hash, or None where nobody's identity was confirmed here, or too long ago."""
    row = session.get(IdentityLink, conversation_id)
    return row.person if row is not None and row.expires_at > now else None


def conversations_of_person(session: Session, persons: Sequence[str], now: datetime) -> list[str]:
    """The conversations that are linked to this person, the one confirmed last first."""
    wanted = select(IdentityLink.conversation_id).where(IdentityLink.person.in_(list(persons)), IdentityLink.expires_at > now)
    return list(session.scalars(wanted.order_by(IdentityLink.confirmed_at.desc(), IdentityLink.conversation_id)).all())


def forget_expired_links(session: Session, now: datetime) -> int:
    """Deletes links past their time; returns how many."""
    expired = delete(IdentityLink).where(IdentityLink.expires_at <= now)
    return len(session.execute(expired.returning(IdentityLink.conversation_id)).all())


def _hashed(key: bytes, person: PersonProof) -> str:
    return hmac.new(key, f"{person.citizen_id}|{person.phone}".encode(), hashlib.sha256).hexdigest()
