"""Who a campaign goes to: people with a standing consent to be told news, by ward and by what they asked about; and in which way
each can be reached now, or why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.windows import Reach, send_mode
from bot.storage.campaign_models import Campaign, OutreachSubscription
from bot.storage.channel_models import ChannelAccount
from bot.storage.dossier_models import IdentityLink, Submission
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Outbound
from bot.storage.rights_models import Consent

Way = Literal["message", "template"]
Hindrance = Literal[
    "other_ward", "ward_unknown", "not_asked_about", "channel_not_chosen", "banner_only", "unavailable", "window_closed",
    "promotion_needs_template", "same_person",
]  # fmt: skip
_AT_ONCE = 500


@dataclass(frozen=True)
class Candidate:
    """One conversation whose citizen agreed to be told news."""

    conversation_id: str
    person: str | None
    place_id: str | None
    asked: bool
    """Whether they asked about the campaign's procedure."""
    reach: Reach


@dataclass(frozen=True)
class Wanted:
    """What of a campaign decides who it goes to."""

    channels: tuple[str, ...]
    wards: tuple[str, ...]
    only_who_asked: bool
    promotion: bool
    templates: tuple[str, ...]

    @classmethod
    def of(cls, campaign: Campaign) -> "Wanted":
        """As the campaign says."""
        return cls(
            tuple(campaign.channels),
            tuple(campaign.wards),
            campaign.only_who_asked,
            campaign.nature == "promotion",
            tuple(campaign.templates),
        )


def hindrance(candidate: Candidate, wanted: Wanted) -> Hindrance | None:
    """Why the campaign is not for this person at all; None where it is. Pure."""
    if wanted.wards and candidate.place_id is None:
        return "ward_unknown"
    if wanted.wards and candidate.place_id not in wanted.wards:
        return "other_ward"
    if wanted.only_who_asked and not candidate.asked:
        return "not_asked_about"
    if candidate.reach.channel == "webchat":
        # Whoever closed the page reads nothing there: the banner tells who comes back.
        return "banner_only"
    return "channel_not_chosen" if candidate.reach.channel not in wanted.channels else None


def way_to(reach: Reach, wanted: Wanted, now: datetime) -> Way | Hindrance:
    """In which way the platform lets us tell it now. Pure.

    Zalo: within the free window of 48 hours what belongs to a service may be said, what advertises needs a template even then;
    the quota of the days after is left for answers. Messenger: 24 hours, afterwards a utility template, which must not
    advertise. Telegram: whoever wrote to the bot.
    """
    mode = send_mode(reach, by_person=False, now=now)
    if mode == "unavailable":
        return "unavailable"
    has_template = reach.channel in wanted.templates
    if reach.channel == "zalo" and wanted.promotion:
        return "template" if has_template else "promotion_needs_template"
    if mode == "free":
        return "message"
    if has_template and not (reach.channel == "facebook" and wanted.promotion):
        return "template"
    return "window_closed"


@dataclass(frozen=True)
class Audience:
    """``chosen``: who it goes to, each with the way; ``left_out``: how many of each channel and ward not, by reason."""

    chosen: tuple[tuple[Candidate, Way], ...]
    left_out: Mapping[tuple[str, str, Hindrance], int]


def choose(candidates: Iterable[Candidate], wanted: Wanted, now: datetime) -> Audience:
    """Sorts the candidates. Of one person's conversations the one that can be reached (and was used last) counts. Pure."""
    chosen: list[tuple[Candidate, Way]] = []
    left_out: dict[tuple[str, str, Hindrance], int] = {}
    persons: set[str] = set()

    def leave_out(one: Candidate, why: Hindrance) -> None:
        key = (one.reach.channel, one.place_id or "", why)
        left_out[key] = left_out.get(key, 0) + 1

    for one in sorted(candidates, key=_latest_first):
        why = hindrance(one, wanted)
        way = way_to(one.reach, wanted, now) if why is None else why
        if way != "message" and way != "template":
            leave_out(one, way)
        elif one.person is not None and one.person in persons:
            leave_out(one, "same_person")
        else:
            persons |= {one.person} if one.person is not None else set()
            chosen.append((one, way))
    return Audience(tuple(chosen), left_out)


def _latest_first(one: Candidate) -> tuple[float, str]:
    return (-one.reach.acted_at.timestamp() if one.reach.acted_at else 0.0, one.conversation_id)


def candidates_of(session: Session, procedure_code: str | None, now: datetime) -> list[Candidate]:
    """Everybody with a standing consent to be told news. ``procedure_code``: what ``asked`` is looked up for."""
    links = session.execute(select(IdentityLink.conversation_id, IdentityLink.person).where(IdentityLink.expires_at > now))
    persons = {conversation: person for conversation, person in links}  # noqa: C416 (a result is no mapping)
    agreed = _who_agreed(session, persons)
    asked = _who_asked(session, procedure_code) if procedure_code is not None else frozenset()
    lives = session.execute(select(OutreachSubscription.conversation_id, OutreachSubscription.place_id))
    places = {conversation: place for conversation, place in lives}  # noqa: C416 (a result is no mapping)
    accounts = session.execute(select(ChannelAccount.channel, ChannelAccount.account, ChannelAccount.quota_left))
    quotas = {(channel, account): left for channel, account, left in accounts}
    found: list[Candidate] = []
    everybody = sorted(agreed)
    for start in range(0, len(everybody), _AT_ONCE):
        some = everybody[start : start + _AT_ONCE]
        for row in session.scalars(select(Conversation).where(Conversation.id.in_(some))).all():
            reach = Reach(row.channel, row.acted_at, row.unavailable_reason, quotas.get((row.channel, row.account)))
            found.append(Candidate(row.id, persons.get(row.id), places.get(row.id), row.id in asked, reach))
    return found


def _who_agreed(session: Session, persons: Mapping[str, str]) -> set[str]:
    """The same as ``has_consent`` for everybody at once: of the words here and of the same person elsewhere the newest counts."""
    words: Sequence[tuple[int, str, str | None, bool]] = list(
        session.execute(
            select(Consent.id, Consent.conversation_id, Consent.person, Consent.given)
            .where(Consent.purpose == "outreach")
            .order_by(Consent.id)
        )
    )
    here = {conversation: (number, given) for number, conversation, _, given in words}
    elsewhere = {person: (number, given) for number, _, person, given in words if person is not None}
    linked = {conversation for conversation, person in persons.items() if person in elsewhere}
    agreed = set()
    for conversation in here.keys() | linked:
        newest = max(
            here.get(conversation, (0, False)),
            elsewhere.get(persons.get(conversation, ""), (0, False)),
        )
        if newest[1]:
            agreed.add(conversation)
    return agreed


def _who_asked(session: Session, code: str) -> frozenset[str]:
    """Conversations in which this procedure was answered, filled in or filed."""
    answered = select(Outbound.conversation_id).where(
        Outbound.message["procedure_code"].as_string() == code, Outbound.author == "bot"
    )
    drafted = select(EFormDraft.conversation_id).where(EFormDraft.procedure_code == code)
    filed = select(Submission.conversation_id).where(Submission.procedure_code == code)
    return frozenset(session.scalars(answered.union(drafted, filed)).all())
