"""What is held of one conversation: kinds, counts, dates. Nothing of the content."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.rights.kinds import HeldKind
from bot.storage.campaign_models import CampaignPerson, OutreachSubscription
from bot.storage.channel_models import Attachment
from bot.storage.dossier_models import DossierWatch, IdentityLink, KnownDossier, Submission
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import OfficerFile
from bot.storage.rights_models import Consent, RightsRequest


@dataclass(frozen=True)
class Held:
    """How many things of one kind there are, from when to when."""

    kind: HeldKind
    count: int
    first: datetime
    last: datetime


def held_of(session: Session, conversation_id: str) -> tuple[Held, ...]:
    """What is held of this conversation; kinds of which there is nothing are left out."""
    found = [_held(session, conversation_id, *one) for one in _KINDS]
    return tuple(one for one in found if one is not None)


_KINDS: tuple[tuple[HeldKind, InstrumentedAttribute[str], InstrumentedAttribute[Any], ColumnElement[bool] | None], ...] = (
    ("messages", Inbound.conversation_id, Inbound.received_at, Inbound.text.is_not(None) | Inbound.act.is_not(None)),
    ("answers", Outbound.conversation_id, Outbound.created_at, Outbound.seq.is_not(None)),
    # When a number came in is not kept, only when its time ends.
    ("numbers", PrivateValue.conversation_id, PrivateValue.expires_at, None),
    (
        "files",
        Attachment.conversation_id,
        Attachment.expires_at,
        Attachment.content.is_not(None) | Attachment.source.is_not(None),
    ),
    ("officer_files", OfficerFile.conversation_id, OfficerFile.expires_at, None),
    ("drafts", EFormDraft.conversation_id, EFormDraft.touched_at, None),
    ("submissions", Submission.conversation_id, Submission.handed_over_at, None),
    ("watches", DossierWatch.conversation_id, DossierWatch.consent_at, DossierWatch.state == "active"),
    ("lookups", KnownDossier.conversation_id, KnownDossier.told_at, None),
    ("identity", IdentityLink.conversation_id, IdentityLink.confirmed_at, None),
    ("handoffs", Handoff.conversation_id, Handoff.opened_at, None),
    ("consents", Consent.conversation_id, Consent.at, None),
    ("outreach", OutreachSubscription.conversation_id, OutreachSubscription.changed_at, None),
    ("campaigns", CampaignPerson.conversation_id, CampaignPerson.due_at, None),
    ("requests", RightsRequest.conversation_id, RightsRequest.opened_at, None),
)


def _held(
    session: Session,
    conversation_id: str,
    kind: HeldKind,
    column: InstrumentedAttribute[str],
    moment: InstrumentedAttribute[Any],
    condition: ColumnElement[bool] | None,
) -> Held | None:
    wanted = select(func.count(), func.min(moment), func.max(moment)).where(column == conversation_id)
    count, first, last = session.execute(wanted if condition is None else wanted.where(condition)).one()
    return Held(kind, count, first, last) if count else None
