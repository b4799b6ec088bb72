"""Telling a campaign: the audience is fixed at its start, each person is told at most once, at a good moment, behind all answers.

Everything is safe against a fall and against several workers: a person's row and the conversation are held while the line is
written, and the line's key is the row's number.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.conversations.reach import reach_of
from bot.conversations.speech import Line, write_lines
from bot.outreach.campaigns.audience import Wanted, candidates_of, choose, way_to
from bot.outreach.campaigns.content import MESSAGE_CHANNELS
from bot.outreach.campaigns.counts import count
from bot.outreach.campaigns.links import PATH, link_code
from bot.outreach.campaigns.reading import content_of
from bot.outreach.campaigns.rendering import campaign_message, template_of
from bot.outreach.campaigns.rules import GIVE_UP, CampaignRules
from bot.rights.consent import has_consent
from bot.storage.campaign_models import Campaign, CampaignPerson
from bot.storage.database import SessionFactory, writing
from bot.storage.eform_models import EFormDraft
from bot.storage.models import NEWS_KEY, Conversation, Inbound, Outbound
from bot.switches.store import read_orders
from bot.texts import say

logger = logging.getLogger(__name__)

TALKING_FOR = timedelta(minutes=15)
FORM_TOUCHED = timedelta(hours=24)
LOOK_AGAIN = timedelta(minutes=15)
_OPEN_FORM = ("filling", "papers", "review")
_AT_ONCE = 500

Disturbs = Literal["with_officer", "talking", "in_form"]


@dataclass(frozen=True)
class Round:
    """What one round did."""

    started: int = 0
    told: int = 0
    put_off: int = 0
    not_told: int = 0
    settled: int = 0
    finished: int = 0


def go_round(sessions: SessionFactory, rules: CampaignRules, now: datetime) -> Round:
    """Starts what is due, tells some of those who wait, notes what arrived, ends what is done. May be called at any time, by any
    number of workers."""
    started = start_due(sessions, now)
    settled = settle(sessions, now)
    told = put_off = not_told = 0
    for person_id in _due(sessions, rules, now):
        try:
            with writing(sessions) as session:
                outcome = _tell(session, person_id, rules, now)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            # One that somebody holds keeps nobody else waiting.
            logger.error("campaign.not_written", extra={"person_row": person_id, "error": type(error).__name__})
            continue
        told += outcome == "told"
        put_off += outcome == "put_off"
        not_told += outcome == "not_told"
    return Round(started, told, put_off, not_told, settled, _finish(sessions, now))


def start_due(sessions: SessionFactory, now: datetime) -> int:
    """Starts approved campaigns whose time has come, each with its audience as it is now; returns how many."""
    due = select(Campaign.id).where(Campaign.state == "approved", Campaign.start_at <= now)
    with sessions() as session:
        ids = list(session.scalars(due).all())
    return sum(_start(sessions, campaign_id, now) for campaign_id in ids)


def _start(sessions: SessionFactory, campaign_id: int, now: datetime) -> bool:
    with writing(sessions) as session:
        campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
        if campaign.state != "approved":
            return False
        campaign.state, campaign.started_at = "running", now
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        rows = []
        asked_about = campaign.procedure_code if campaign.only_who_asked else None
        for one, _way in choose(candidates_of(session, asked_about, now), Wanted.of(campaign), now).chosen:
            row = {
                "campaign_id": campaign.id,
                "conversation_id": one.conversation_id,
                "person": one.person,
                "channel": one.reach.channel,
                "place_id": one.place_id or "",
                "state": "waiting",
                "due_at": now,
            }
            rows.append(row)
        for start in range(0, len(rows), _AT_ONCE):
            session.execute(insert(CampaignPerson).values(rows[start : start + _AT_ONCE]).on_conflict_do_nothing())
    logger.info("campaign.started", extra={"campaign_id": campaign_id, "people": len(rows)})
    return True


def _due(sessions: SessionFactory, rules: CampaignRules, now: datetime) -> list[int]:
    """Whose turn it is: on each channel so many as the pace allows, less those whose line has not gone out yet."""
    found: list[int] = []
    with sessions() as session:
        switches = read_orders(session, now).at(now)
        for channel in MESSAGE_CHANNELS:
            if switches.off("channel", channel) is not None:
                # People switched it off: nobody is written to there until it is on again.
                continue
            pending = (
                select(func.count())
                .select_from(Outbound)
                .join(Conversation, Conversation.id == Outbound.conversation_id)
                .where(
                    Outbound.state == "pending",
                    Outbound.idempotency_key.startswith(NEWS_KEY),
                    Conversation.channel == channel,
                )
            )
            room = rules.at_once - (session.scalar(pending) or 0)
            if room <= 0:
                continue
            waiting = (
                select(CampaignPerson.id)
                .join(Campaign, Campaign.id == CampaignPerson.campaign_id)
                .where(
                    Campaign.state == "running",
                    CampaignPerson.state == "waiting",
                    CampaignPerson.channel == channel,
                    CampaignPerson.due_at <= now,
                )
                .order_by(CampaignPerson.due_at, CampaignPerson.id)
                .limit(room)
            )
            found += session.scalars(waiting).all()
    return found


def _tell(
    session: Session, person_id: int, rules: CampaignRules, now: datetime
) -> Literal["told", "put_off", "not_told", "gone"]:
    """One person's turn; the conversation is held before the row, as everywhere."""
    conversation_id = session.get_one(CampaignPerson, person_id).conversation_id
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    row = session.get(CampaignPerson, person_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "waiting":
        return "gone"
    campaign = session.get_one(Campaign, row.campaign_id, populate_existing=True)
    if campaign.state != "running":
        return "gone"
    if row.channel not in rules.channels:
        return _end(row, "not_sent", "channel_off", now)
    if not has_consent(session, conversation_id, "outreach", now):
        return _end(row, "dropped", "consent_withdrawn", now)
    later = _later(session, conversation, row, rules, now)
    if later is not None:
        moment, why = later
        if moment > (campaign.started_at or now) + GIVE_UP:
            return _end(row, "not_sent", why, now)
        row.due_at, row.reason = moment, why
        return "put_off"
    way = way_to(reach_of(session, conversation), Wanted.of(campaign), now)
    if way != "message" and way != "template":
        return _end(row, "not_sent", way, now)
    _write(session, campaign, row, conversation, rules, now)
    return "told"


def _write(
    session: Session, campaign: Campaign, row: CampaignPerson, conversation: Conversation, rules: CampaignRules, now: datetime
) -> None:
    content = content_of(campaign)
    link = f"{rules.address}{PATH}/{link_code(session, campaign.id, row.channel, row.place_id)}"
    template = template_of(content, row.channel, link, rules.wards.get(row.place_id, say("campaign_everywhere")))
    line = Line(campaign_message(content, link, campaign.id), "system", template=template)
    [written] = write_lines(session, conversation, [line], key=f"{NEWS_KEY}{row.id}", now=now)
    row.outbound_id = written.id
    _end(row, "queued", None, now)
    count(session, campaign.id, row.channel, row.place_id, "reached", now)


def _end(row: CampaignPerson, state: str, reason: str | None, now: datetime) -> Literal["not_told"]:
    row.state, row.reason, row.finished_at = state, reason, now
    return "not_told"


def _later(
    session: Session, conversation: Conversation, row: CampaignPerson, rules: CampaignRules, now: datetime
) -> tuple[datetime, str] | None:
    """When it is a better moment, and why not now; None where now is good."""
    quiet_until = rules.quiet.over_at(now)
    if quiet_until > now:
        return quiet_until, "quiet_hours"
    rested = _rested_at(session, row, rules)
    if rested is not None and rested > now:
        return rested, "recent_campaign"
    disturbs = disturbed(session, conversation, now)
    return (now + LOOK_AGAIN, disturbs) if disturbs is not None else None


def disturbed(session: Session, conversation: Conversation, now: datetime) -> Disturbs | None:
    """What the citizen is in the middle of."""
    if conversation.speaker not in ("bot", "closed"):
        return "with_officer"
    unanswered = select(Inbound.id).where(Inbound.conversation_id == conversation.id, Inbound.outcome.is_(None)).limit(1)
    lately = conversation.last_inbound_at is not None and conversation.last_inbound_at > now - TALKING_FOR
    if lately or session.scalar(unanswered) is not None:
        return "talking"
    form = select(EFormDraft.id).where(
        EFormDraft.conversation_id == conversation.id,
        EFormDraft.stage.in_(_OPEN_FORM),
        EFormDraft.touched_at > now - FORM_TOUCHED,
    )
    return "in_form" if session.scalar(form.limit(1)) is not None else None


def _rested_at(session: Session, row: CampaignPerson, rules: CampaignRules) -> datetime | None:
    """From when on this person may be told again, by another campaign told before (also in another conversation of theirs)."""
    same = CampaignPerson.conversation_id == row.conversation_id
    if row.person is not None:
        same = or_(same, CampaignPerson.person == row.person)
    last = session.scalar(
        select(CampaignPerson.finished_at)
        .where(same, CampaignPerson.id != row.id, CampaignPerson.state.in_(("queued", "delivered")))
        .order_by(CampaignPerson.finished_at.desc())
        .limit(1)
    )
    return last + rules.rest if last is not None else None


def settle(sessions: SessionFactory, now: datetime) -> int:
    """Notes what became of lines that were written; returns of how many the end is known."""
    over = (
        select(CampaignPerson.id, Outbound.state, Outbound.detail)
        .join(Outbound, Outbound.id == CampaignPerson.outbound_id)
        .where(CampaignPerson.state == "queued", Outbound.state != "pending")
        .limit(_AT_ONCE)
    )
    with sessions() as session:
        ended = session.execute(over).all()
    settled = 0
    for person_id, state, detail in ended:
        with writing(sessions) as session:
            row = session.get(CampaignPerson, person_id, with_for_update=True, populate_existing=True)
            if row is None or row.state != "queued":
                continue
            settled += 1
            if state == "sent":
                row.state = "delivered"
                count(session, row.campaign_id, row.channel, row.place_id, "delivered", now)
            else:
                row.state, row.reason = ("dropped" if state == "dropped" else "not_sent"), (detail or state)[:40]
    return settled


def _finish(sessions: SessionFactory, now: datetime) -> int:
    """Running campaigns of which nobody waits any more, and whose banner is over, have ended."""
    waiting = (
        select(CampaignPerson.id)
        .where(CampaignPerson.campaign_id == Campaign.id, CampaignPerson.state.in_(("waiting", "queued")))
        .exists()
    )
    over = update(Campaign).where(
        Campaign.state == "running",
        ~waiting,
        or_(Campaign.banner_until.is_(None), Campaign.banner_until <= now),
    )
    with writing(sessions) as session:
        done = session.execute(over.values(state="finished", finished_at=now).returning(Campaign.id)).all()
    return len(done)
