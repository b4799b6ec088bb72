"""The audit log: who did what to whom, in a chain of hashes that shows every later change.

``record_audit`` is the only way to write it, inside the transaction of the act itself: an act without its entry, or an entry
without its act, cannot be committed. Writers wait for each other at the locked head row, so the chain has one end.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.storage.account_models import AuditEntry, AuditHead

FIRST_HASH = "0" * 64
HEAD = "audit"
_BATCH = 500


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, or a command of an operator (``account_id`` None)."""

    account_id: str | None
    login: str


OPERATOR = Actor(None, "operator")
"""Whoever runs ``motcua`` on the server."""
SYSTEM = Actor(None, "system")
"""Nobody in particular: the product itself, or someone who is not signed in."""


class AuditHeadMissingError(RuntimeError):
    """The head row of the chain is gone: nothing may be done that must be recorded."""


def record_audit(
    session: Session, actor: Actor, act: str, subject: str, details: Mapping[str, Any] | None = None, *, now: datetime
) -> int:
    """Adds one entry in the caller's transaction (made by ``bot.storage.database.writing``); returns its number.

    ``act``: what was done, for example ``account.blocked``; ``subject``: to what, for example ``account:<id>``; ``details``: JSON
    values, never a private value in clear. Call it last in the transaction: the head row stays locked to its end.
    Raises ``AuditHeadMissingError``.
    """
    head = _locked_head(session)
    entry = AuditEntry(
        number=head.number + 1,
        at=now.astimezone(UTC),
        actor_id=actor.account_id,
        actor_login=actor.login,
        act=act,
        subject=subject,
        details=canonical_json(details or {}),
        previous_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    session.add(entry)
    head.number, head.hash = entry.number, entry.hash
    session.flush()
    return entry.number


def _locked_head(session: Session) -> AuditHead:
    locked = select(AuditHead).where(AuditHead.name == HEAD).with_for_update().execution_options(populate_existing=True)
    head = session.execute(locked).scalar_one_or_none()
    if head is not None:
        return head
    if session.execute(select(AuditEntry.number).limit(1)).first() is not None:
        # Another writer may have made the row and the first entry between the two looks.
        head = session.execute(locked).scalar_one_or_none()
        if head is None:
            raise AuditHeadMissingError("the audit log has entries and no head row")
        return head
    # The first entry ever: of several at the same moment one makes the row, and the others wait for it.
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(AuditHead).values(name=HEAD, number=0, hash=FIRST_HASH).on_conflict_do_nothing())
    return session.execute(locked).scalar_one()


def canonical_json(value: Mapping[str, Any]) -> str:
    """One text for one content: sorted keys, no spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the hash before it and everything in the entry."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor_login": entry.actor_login,
        "act": entry.act,
        "subject": entry.subject,
        "details": entry.details,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True)
class ChainReport:
    """What a walk along the chain found. ``broken_at``: the number where it first does not fit, None where all fits;
    ``fault``: ``missing``, ``altered`` or ``head``."""

    entries: int
    head_number: int
    head_hash: str
    broken_at: int | None = None
    fault: str | None = None


def verify_chain(session: Session) -> ChainReport:
    """Walks the whole chain. An altered, removed or inserted entry is found. Who rewrites everything from some entry to the end
    and the head too is found only by comparing with a head noted elsewhere (``head_number``, ``head_hash``)."""
    head = session.get(AuditHead, HEAD, populate_existing=True)
    number, previous = 0, FIRST_HASH
    ends = (head.number, head.hash) if head is not None else (0, FIRST_HASH)
    for entry in _entries_in_order(session):
        if entry.number > ends[0]:
            if _head_number(session) < entry.number:
                return ChainReport(number, *ends, broken_at=entry.number, fault="head")
            break  # written after the head was read
        if entry.number != number + 1:
            return ChainReport(number, *ends, broken_at=number + 1, fault="missing")
        if entry.previous_hash != previous or entry.hash != entry_hash(entry):
            return ChainReport(number, *ends, broken_at=entry.number, fault="altered")
        number, previous = entry.number, entry.hash
    if (number, previous) != ends:
        return ChainReport(number, *ends, broken_at=number + 1, fault="missing" if number < ends[0] else "head")
    return ChainReport(number, *ends)


def _head_number(session: Session) -> int:
    return session.execute(select(AuditHead.number).where(AuditHead.name == HEAD)).scalar_one_or_none() or 0


def _entries_in_order(session: Session) -> Iterator[AuditEntry]:
    last = 0
    while True:
        following = select(AuditEntry).where(AuditEntry.number > last).order_by(AuditEntry.number).limit(_BATCH)
        batch = session.execute(following.execution_options(populate_existing=True)).scalars().all()
        if not batch:
            return
        yield from batch
        last = batch[-1].number
        session.expunge_all()


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are looked for; None means any. ``act`` matches those below it too (``account``: ``account.blocked``)."""

    actor: str | None = None
    act: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    below: int | None = None
    """Only entries with a lower number: the next page."""


def audit_entries(session: Session, wanted: AuditFilter, limit: int | None = None) -> list[AuditEntry]:
    """The entries looked for, newest first."""
    return list(session.execute(_selection(wanted, limit)).scalars())


def _selection(wanted: AuditFilter, limit: int | None) -> Select[AuditEntry]:
    found = select(AuditEntry).order_by(AuditEntry.number.desc())
    if wanted.actor:
        found = found.where(AuditEntry.actor_login == wanted.actor)
    if wanted.act:
        found = found.where((AuditEntry.act == wanted.act) | AuditEntry.act.startswith(wanted.act + ".", autoescape=True))
    if wanted.since:
        found = found.where(AuditEntry.at >= wanted.since)
    if wanted.before:
        found = found.where(AuditEntry.at < wanted.before)
    if wanted.below is not None:
        found = found.where(AuditEntry.number < wanted.below)
    return found.limit(limit) if limit is not None else found
