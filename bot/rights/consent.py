"""Consent, per purpose: given and withdrawn in words that were shown, on a list that only grows. Silence is never consent.

Answering questions and looking up dossiers is the agency's duty under the law: citizens are told of it, not asked.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.conversations.identity_links import conversations_of_person, linked_person
from bot.outreach.campaigns.withdrawal import end_outreach
from bot.rights.kinds import PURPOSES, Purpose
from bot.storage.channel_models import Delivery
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Inbound, Outbound
from bot.storage.rights_models import Consent
from bot.texts import wording

WITHDRAWN = "consent_withdrawn"
"""Why a watch ended, or a notice was not told."""

How = Literal["button", "words", "deletion"]


def text_key(purpose: Purpose) -> str:
    """The text that explains the purpose to the citizen."""
    return f"consent_{purpose}"


def text_version(key: str) -> str:
    """A short name of a text as it stands now: another wording has another one. ``unknown`` for one that is gone."""
    text = wording(key)
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text is not None else "unknown"


def record_consent(
    session: Session, conversation_id: str, purpose: Purpose, given: bool, how: How, now: datetime, *, shown: str | None = None
) -> bool:
    """Adds the citizen's word to the list; whether it changed anything. ``shown``: the text that was agreed to, by its key,
    where it is not the purpose's own.

    What is withdrawn ends at once: with the reminders also the watches of dossiers, in this conversation and in those that are
    linked to the same person, with everything that still waits to be told of them; with the outreach all that campaigns still
    had to say."""
    changes = has_consent(session, conversation_id, purpose, now) != given
    key = shown or text_key(purpose)
    session.add(
        Consent(
            conversation_id=conversation_id,
            person=linked_person(session, conversation_id, now),
            purpose=purpose,
            given=given,
            text_key=key,
            text_version=text_version(key),
            how=how,
            at=now,
        )
    )
    session.flush()
    if purpose == "reminders" and not given:
        _end_watches(session, conversation_id, now)
    if purpose == "outreach" and not given:
        _hold_back_unsent(session, end_outreach(session, _conversations(session, conversation_id, now), WITHDRAWN, now))
    return changes


def has_consent(session: Session, conversation_id: str, purpose: Purpose, now: datetime) -> bool:
    """Whether the citizen agreed and has not withdrawn: here, or in another conversation that is linked to the same person. The
    newest word counts. Raises ``ValueError`` for a purpose that is not on the list."""
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose of consent: {purpose}")
    newest = select(Consent.given).where(_theirs(session, conversation_id, now), Consent.purpose == purpose)
    return bool(session.scalar(newest.order_by(Consent.id.desc()).limit(1)))


def has_declined(session: Session, conversation_id: str, purpose: Purpose, now: datetime) -> bool:
    """Whether the citizen's newest word on it is no. Who never said anything has neither agreed nor declined."""
    newest = select(Consent.given).where(_theirs(session, conversation_id, now), Consent.purpose == purpose)
    return session.scalar(newest.order_by(Consent.id.desc()).limit(1)) is False


def consents_of(session: Session, conversation_id: str, now: datetime) -> Mapping[Purpose, bool]:
    """Every purpose and whether it is agreed to."""
    return {purpose: has_consent(session, conversation_id, purpose, now) for purpose in PURPOSES}


def usable_for_improvement() -> Select[Inbound]:
    """The citizens' messages that may be learnt from: those of conversations whose newest word on it is yes. All others may be
    used only where every private number, name and address in them is masked, so that nobody can be told by them."""
    later = aliased(Consent)
    newer = select(later.id).where(
        later.conversation_id == Consent.conversation_id, later.purpose == "improve", later.id > Consent.id
    )
    agreed = select(Consent.conversation_id).where(
        Consent.purpose == "improve", Consent.given.is_(True), ~newer.exists(), ~_withdrawn_elsewhere()
    )
    return select(Inbound).where(Inbound.conversation_id.in_(agreed), Inbound.text.is_not(None)).order_by(Inbound.id)


def _withdrawn_elsewhere() -> ColumnElement[bool]:
    """The same person has said no in another conversation since."""
    other = aliased(Consent)
    no = and_(other.person == Consent.person, other.purpose == "improve", other.given.is_(False), other.id > Consent.id)
    return select(other.id).where(no).exists()


def _theirs(session: Session, conversation_id: str, now: datetime) -> ColumnElement[bool]:
    person = linked_person(session, conversation_id, now)
    here = Consent.conversation_id == conversation_id
    return here if person is None else or_(here, Consent.person == person)


def _conversations(session: Session, conversation_id: str, now: datetime) -> list[str]:
    """This conversation and those that are linked to the same person."""
    person = linked_person(session, conversation_id, now)
    return [conversation_id, *(conversations_of_person(session, [person], now) if person is not None else ())]


def _end_watches(session: Session, conversation_id: str, now: datetime) -> None:
    theirs = _conversations(session, conversation_id, now)
    of_theirs = DossierWatch.conversation_id.in_(theirs)
    active = update(DossierWatch).where(of_theirs, DossierWatch.state.in_(("asked", "active")))
    session.execute(active.values(state="unsubscribed", ended_at=now, end_reason=WITHDRAWN, proofs=None))
    of_watches = DossierNotice.watch_id.in_(select(DossierWatch.id).where(of_theirs))
    waiting = update(DossierNotice).where(of_watches, DossierNotice.state == "waiting")
    session.execute(waiting.values(state="not_told", reason=WITHDRAWN, finished_at=now, content=None))
    session.execute(update(DossierNotice).where(of_watches, DossierNotice.content.is_not(None)).values(content=None))
    _hold_back_unsent(session, select(DossierNotice.outbound_id).where(of_watches, DossierNotice.outbound_id.is_not(None)))


def _hold_back_unsent(session: Session, told: Select[Any]) -> None:
    """What is a line already and has not gone out: what waits does not go. A part under way ends as it ends, and its
    line with it."""
    going = select(Delivery.outbound_id).where(Delivery.state == "sending")
    parts = update(Delivery).where(Delivery.outbound_id.in_(told), Delivery.state == "pending")
    session.execute(parts.values(state="dropped", error=WITHDRAWN))
    lines = update(Outbound).where(Outbound.id.in_(told), Outbound.state == "pending", Outbound.id.not_in(going))
    session.execute(lines.values(state="dropped", detail=WITHDRAWN))
