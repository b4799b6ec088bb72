"""Deletions carried out once more on a ledger that came from a backup: what citizens had deleted since must not come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.rights.deletion_journal import Noted, hashes_of
from bot.rights.deletions import delete_again
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation
from bot.storage.rights_models import DeletionRecord

_BATCH = 1_000


@dataclass(frozen=True)
class Replayed:
    """``deleted``: the numbers of deletions that were (or would be) carried out again; ``done_before``: the ledger knows them;
    ``not_here``: of conversations that this ledger does not have, because they began after the backup."""

    deleted: tuple[str, ...]
    done_before: int
    not_here: int


def replay_deletions(
    sessions: SessionFactory, noted: Sequence[Noted], keys: str, now: datetime, *, dry_run: bool = False
) -> Replayed:
    """Repeats every noted deletion that the ledger does not know as carried out. Run it before the product starts: what a citizen
    writes after a deletion is a new conversation, and in a restored ledger none of those is there yet."""
    with sessions() as session:
        carried_out = select(DeletionRecord.reference).where(DeletionRecord.ledger_cleared_at.is_not(None))
        known = set(session.scalars(carried_out))
    open_ones = {one.conversation: one for one in noted if one.reference not in known}
    deleted = []
    for conversation_id in _conversations(sessions):
        wanted = next((open_ones[mark] for mark in hashes_of(conversation_id, keys) if mark in open_ones), None)
        if wanted is None:
            continue
        if not dry_run:
            with writing(sessions) as session:
                conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
                delete_again(session, conversation, wanted.reference, wanted.source, wanted.asked_at, now)
        deleted.append(wanted.reference)
    done_before = sum(one.reference in known for one in noted)
    return Replayed(tuple(deleted), done_before, len(noted) - done_before - len(deleted))


def _conversations(sessions: SessionFactory) -> list[str]:
    found: list[str] = []
    while True:
        wanted = select(Conversation.id).order_by(Conversation.id).limit(_BATCH)
        if found:
            wanted = wanted.where(Conversation.id > found[-1])
        with sessions() as session:
            some = session.scalars(wanted).all()
        if not some:
            return found
        found += some
