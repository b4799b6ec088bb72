"""Agreeing to be told news, saying where one lives, and the end of it: in the ledger, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.language.places import PlaceIndex
from bot.outreach.campaigns.counts import count
from bot.rights.consent import How, has_consent, has_declined, record_consent
from bot.storage.campaign_models import Campaign, CampaignPerson, OutreachSubscription
from bot.storage.dossier_models import DossierWatch
from bot.storage.models import Inbound, Outbound

ASKED = "outreach_asked"
"""The text by its key that is agreed to."""

_LOOKED_BACK = 30
_MOST_SUGGESTED = 3


def may_offer(session: Session, conversation_id: str, now: datetime) -> bool:
    """Whether the question may be put unasked: never to who has said yes or no before."""
    known = has_consent(session, conversation_id, "outreach", now) or has_declined(session, conversation_id, "outreach", now)
    return not known


def subscribe(session: Session, conversation_id: str, how: How, now: datetime) -> None:
    """The citizen agreed to the words that were shown."""
    record_consent(session, conversation_id, "outreach", True, how, now, shown=ASKED)
    set_place(session, conversation_id, None, now)


def set_place(session: Session, conversation_id: str, place_id: str | None, now: datetime) -> None:
    """Where they live, as they said; None: news for everybody only."""
    row = session.get(OutreachSubscription, conversation_id)
    if row is None:
        row = OutreachSubscription(conversation_id=conversation_id)
        session.add(row)
    row.place_id, row.changed_at = place_id, now


def unsubscribe(session: Session, conversation_id: str, how: How, now: datetime) -> None:
    """No more news, at once. Where a campaign was told last, its count of those who left grows."""
    told = last_told(session, conversation_id)
    if told is not None and has_consent(session, conversation_id, "outreach", now):
        count(session, told.campaign_id, told.channel, told.place_id, "stopped", now)
    record_consent(session, conversation_id, "outreach", False, how, now)


def last_told(session: Session, conversation_id: str) -> CampaignPerson | None:
    """The campaign whose message was said last of all campaigns in this conversation."""
    told = select(CampaignPerson).where(
        CampaignPerson.conversation_id == conversation_id, CampaignPerson.state.in_(("queued", "delivered"))
    )
    return session.scalars(told.order_by(CampaignPerson.finished_at.desc(), CampaignPerson.id.desc()).limit(1)).first()


def news_said_last(session: Session, conversation_id: str) -> bool:
    """Whether the last that was said here is a campaign's message."""
    last = (
        select(Outbound.idempotency_key)
        .where(Outbound.conversation_id == conversation_id, Outbound.seq.is_not(None))
        .order_by(Outbound.seq.desc())
        .limit(1)
    )
    return (session.scalar(last) or "").startswith("campaign")


def follows_a_dossier(session: Session, conversation_id: str) -> bool:
    """Whether a dossier is followed here, so that a bare "stop" may mean that."""
    active = select(DossierWatch.id).where(DossierWatch.conversation_id == conversation_id, DossierWatch.state == "active")
    return session.scalar(active.limit(1)) is not None


def places_named_before(session: Session, conversation_id: str, places: PlaceIndex) -> Sequence[str]:
    """Wards that the citizen named or chose in this talk, the latest first: to be offered, never taken as their home."""
    rows = session.execute(
        select(Inbound.text, Inbound.act)
        .where(Inbound.conversation_id == conversation_id)
        .order_by(Inbound.seq.desc())
        .limit(_LOOKED_BACK)
    ).all()
    found: list[str] = []
    for text, act in rows:
        if act is not None and act.get("intent") == "choose_place":
            chosen = str((act.get("entities") or {}).get("place_id", ""))
            found += [chosen] if chosen and "," not in chosen else []
        found += [match.place_ids[0] for match in places.find(text or "") if not match.ambiguous]
    return list(dict.fromkeys(found))[:_MOST_SUGGESTED]


def campaign_to_test(session: Session, code: str, now: datetime) -> Campaign | None:
    """The campaign whose test code this is, while it works."""
    row = session.scalars(select(Campaign).where(Campaign.test_code == code)).one_or_none()
    return row if row is not None and row.test_until is not None and row.test_until > now else None


def told_by(session: Session, conversation_id: str, campaign_id: int) -> CampaignPerson | None:
    """That this campaign was told in this conversation."""
    row = select(CampaignPerson).where(
        CampaignPerson.campaign_id == campaign_id, CampaignPerson.conversation_id == conversation_id
    )
    return session.scalars(row).one_or_none()
