"""Who may speak: ``bot → waiting → officer → bot | closed``. Unknown means silent.

Every change of it in the house is a function here, and each is one conditional UPDATE: it happens only where the state is still
the one that it starts from, so that of many who try at once one wins. Each tells whether it happened. Nobody else writes the
column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from bot.storage.models import Conversation

Speaker = Literal["bot", "waiting", "officer", "closed"]
Verdict = Literal["bot_speaks", "person_speaks", "nobody_speaks", "unknown"]

_VERDICTS: dict[str, Verdict] = {
    "bot": "bot_speaks",
    "waiting": "person_speaks",
    "officer": "person_speaks",
    "closed": "nobody_speaks",
}
_NO_OWNER: dict[str, Any] = {"owner_account": None, "owner_name": None, "owner_since": None, "owner_until": None}


@dataclass(frozen=True)
class Officer:
    """Who acts in the console: the account, and the name that citizens may read."""

    account: str
    name: str


def who_speaks(speaker: str | None) -> Verdict:
    """The verdict for the ledger's word. A word that this release does not know is ``unknown``: be silent and raise an alarm."""
    return _VERDICTS.get(speaker or "", "unknown")


def begin_waiting(session: Session, conversation_id: str) -> bool:
    """``bot`` or ``closed`` → ``waiting``: a person is asked for."""
    return _move(session, conversation_id, [Conversation.speaker.in_(("bot", "closed"))], speaker="waiting")


def open_again(session: Session, conversation_id: str) -> bool:
    """``closed`` → ``bot``, in a new session of the dialogue."""
    fresh = {"rasa_session": Conversation.rasa_session + 1, "expects": None}
    return _move(session, conversation_id, [Conversation.speaker == "closed"], speaker="bot", **fresh)


def leave_people(session: Session, conversation_id: str) -> bool:
    """``waiting`` or ``officer`` → ``bot``: the citizen goes on with the assistant."""
    people = [Conversation.speaker.in_(("waiting", "officer"))]
    return _move(session, conversation_id, people, speaker="bot", officer_until=None, **_NO_OWNER)


def leave_queue(session: Session, conversation_id: str, to: Literal["bot", "closed"] = "bot") -> bool:
    """``waiting`` → ``bot`` (or ``closed``): nobody has taken it, and it no longer waits."""
    return _move(session, conversation_id, [Conversation.speaker == "waiting"], speaker=to)


def take(session: Session, conversation_id: str, officer: Officer, now: datetime, until: datetime) -> bool:
    """An officer in the console takes it: from the queue, from the bot, after its end, or from one whose lease has run out."""
    lapsed = or_(
        and_(Conversation.owner_account.is_not(None), Conversation.owner_until <= now),
        and_(Conversation.owner_account.is_(None), Conversation.officer_until <= now),
    )
    free = or_(Conversation.speaker.in_(("waiting", "bot", "closed")), and_(Conversation.speaker == "officer", lapsed))
    owner = {"owner_account": officer.account, "owner_name": officer.name, "owner_since": now, "owner_until": until}
    return _move(session, conversation_id, [free], speaker="officer", officer_until=None, expects=None, **owner)


def renew(session: Session, conversation_id: str, account: str, now: datetime, until: datetime) -> bool:
    """The owner is still there. False where they own it no longer: their lease ran out, or somebody ended it."""
    return _move(session, conversation_id, _owned_by(account, now), owner_until=until)


def renew_all(session: Session, account: str, now: datetime, until: datetime) -> int:
    """The owner is still there, for all that they own; returns how many."""
    theirs = update(Conversation).where(*_owned_by(account, now)).values(owner_until=until)
    renewed = session.execute(theirs.returning(Conversation.id).execution_options(synchronize_session=False))
    return len(renewed.all())


def give_away(
    session: Session, conversation_id: str, account: str, now: datetime, to: Literal["bot", "waiting", "closed"]
) -> bool:
    """The owner hands it back to the bot, on to others, or ends it. An owner whose lease ran out can no more."""
    return _move(session, conversation_id, _owned_by(account, now), speaker=to, **_NO_OWNER)


def pass_on(session: Session, conversation_id: str, account: str, now: datetime, officer: Officer, until: datetime) -> bool:
    """The owner gives it to a colleague, who owns it at once."""
    owner = {"owner_account": officer.account, "owner_name": officer.name, "owner_since": now, "owner_until": until}
    return _move(session, conversation_id, _owned_by(account, now), **owner)


def take_over(session: Session, conversation_id: str, account: str, officer: Officer, now: datetime, until: datetime) -> bool:
    """A supervisor takes it from this owner, who may be at work: only while it is this very owner's."""
    theirs = [Conversation.speaker == "officer", Conversation.owner_account == account]
    owner = {"owner_account": officer.account, "owner_name": officer.name, "owner_since": now, "owner_until": until}
    return _move(session, conversation_id, theirs, **owner)


def excuse(session: Session, conversation_id: str, account: str, until: datetime) -> bool:
    """The owner had prepared an act that a second person lets through now: theirs until then, though they left the page."""
    theirs = [Conversation.speaker == "officer", Conversation.owner_account == account]
    return _move(session, conversation_id, theirs, owner_until=until)


def release_lapsed(session: Session, conversation_id: str, now: datetime, to: Literal["waiting", "bot"] = "waiting") -> bool:
    """``officer`` → ``waiting`` (or ``bot``) where the owner's lease has run out."""
    lapsed = [
        Conversation.speaker == "officer",
        Conversation.owner_account.is_not(None),
        Conversation.owner_until <= now,
    ]
    return _move(session, conversation_id, lapsed, speaker=to, **_NO_OWNER)


def take_from_silent(
    session: Session, conversation_id: str, account: str, since: datetime, to: Literal["waiting", "bot"]
) -> bool:
    """``officer`` → ``waiting`` (or ``bot``): the owner who took it at ``since`` lets the citizen wait."""
    silent = [Conversation.speaker == "officer", Conversation.owner_account == account, Conversation.owner_since == since]
    return _move(session, conversation_id, silent, speaker=to, **_NO_OWNER)


def platform_officer_takes(session: Session, conversation_id: str, until: datetime) -> bool:
    """Somebody answers in the platform's own inbox, or another app took the thread. An owner in the console goes on owning it."""
    return _move(session, conversation_id, [Conversation.owner_account.is_(None)], speaker="officer", officer_until=until)


def platform_officer_leaves(session: Session, conversation_id: str) -> bool:
    """``officer`` in the platform's own inbox → ``bot``."""
    there = [
        Conversation.speaker == "officer",
        Conversation.owner_account.is_(None),
        Conversation.officer_until.is_not(None),
    ]
    return _move(session, conversation_id, there, speaker="bot", officer_until=None)


def mute(session: Session, conversation_id: str, until: datetime) -> bool:
    """``bot`` → ``officer`` for a time: the platform no longer lets the bot speak here."""
    return _move(session, conversation_id, [Conversation.speaker == "bot"], speaker="officer", officer_until=until)


def end_for_good(session: Session, conversation_id: str) -> bool:
    """Whoever speaks → ``closed``: the citizen is forgotten."""
    return _move(session, conversation_id, [], speaker="closed", officer_until=None, **_NO_OWNER)


def end_by_operator(session: Session, conversation_id: str, to: Literal["bot", "closed"]) -> bool:
    """``waiting``, ``officer`` or (a ticket) ``bot`` → ``bot`` or ``closed``, from the command line."""
    known = [Conversation.speaker.in_(("waiting", "officer", "bot"))]
    return _move(session, conversation_id, known, speaker=to, officer_until=None, **_NO_OWNER)


def _owned_by(account: str, now: datetime) -> list[ColumnElement[bool]]:
    return [Conversation.speaker == "officer", Conversation.owner_account == account, Conversation.owner_until > now]


def _move(session: Session, conversation_id: str, only_if: Sequence[ColumnElement[bool]], **values: Any) -> bool:
    changed = update(Conversation).where(Conversation.id == conversation_id, *only_if).values(**values)
    moved = session.execute(changed.returning(Conversation.id).execution_options(synchronize_session=False)).one_or_none()
    if moved is not None:
        # Whoever holds the row as an object reads the new state and not the one of before.
        held = session.identity_map.get(session.identity_key(Conversation, conversation_id))
        if held is not None:
            session.refresh(held, [*(name for name in values)])
    return moved is not None
