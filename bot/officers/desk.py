"""The desk that receives a handoff: which team, live or as a ticket, what the citizen is told, what the officer reads first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.conversations.handoffs import Placement, open_handoff_of
from bot.conversations.transcript import TranscriptLine, read_transcript
from bot.language.formats import spoken_date
from bot.messages import HandoffRequest
from bot.officers.routing import HandoffFacts, Routing, route
from bot.officers.shifts import teams_on_duty
from bot.officers.teams import Teams
from bot.officers.waits import expected_wait, measured_waits, queue_position
from bot.storage.database import SessionFactory
from bot.storage.models import Conversation, Handoff, PrivateValue
from bot.storage.officer_models import TeamMember
from bot.texts import say

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LAST_ANSWERS = 3
_LOOKS_BACK = 30
_SHOWN = 300


@dataclass(frozen=True)
class Reception:
    """How a handoff was received. ``told``: what the citizen hears of it, after the assistant's own sentence."""

    placement: Placement
    told: str


def new_number() -> str:
    """A ticket's number as people read it out: no letters that look like digits, no vowels that make words."""
    return "YC" + "".join(choice(_LETTERS) for _ in range(6))


def staffed_teams(session: Session) -> frozenset[str]:
    """The teams that have a member."""
    return frozenset(session.scalars(select(TeamMember.team).distinct()))


@dataclass(frozen=True)
class HandoffDesk:
    """Receives handoffs. Reads only: what it decides is written with the turn's conclusion."""

    sessions: SessionFactory
    teams: Teams

    def receive(self, conversation_id: str, request: HandoffRequest, now: datetime) -> Reception:
        """Places the handoff. A ticket that waits already keeps its number."""
        with self.sessions() as session:
            teams = teams_on_duty(session, self.teams)
            routing = route(HandoffFacts.from_summary(request.reason, request.summary), teams, staffed_teams(session), now)
            known = open_handoff_of(session, conversation_id)
            number = known.number if known is not None and known.ticket and known.number else new_number()
            team = routing.team
            placement = Placement(
                team=team.id,
                routed_by=" ".join(routing.why),
                number=number,
                ticket=not routing.open_now,
                answer_due_at=team.hours.after(now, team.first_answer),
                summary=officer_summary(session, conversation_id),
            )
            return Reception(placement, told_of(session, routing, number, now))


def told_of(session: Session, routing: Routing, number: str, now: datetime) -> str:
    """What the citizen is told: the queue, or the ticket and the next opening. What is not known is left out."""
    team = routing.team
    if not routing.open_now:
        return ticket_words(team.name, number, routing.opens_at)
    said = [say("handoff_live", team=team.name, position=f"{queue_position(session, team.id, now):02d}")]
    wait = expected_wait(measured_waits(session, team.id, now))
    if wait is not None:
        said.append(say("handoff_wait", minutes=wait // timedelta(minutes=1)))
    return " ".join(said)


def ticket_words(team: str, number: str, opens_at: datetime | None) -> str:
    """What a citizen is told of a ticket."""
    if opens_at is None:
        return say("handoff_ticket", team=team, number=number)
    return say("handoff_ticket_opens", team=team, number=number, opens=spoken_opening(opens_at))


def spoken_opening(moment: datetime) -> str:
    """``7 giờ 30, thứ Hai ngày 30/11/2026``."""
    local = moment.astimezone(VIETNAM_TIME)
    minute = f" {local.minute:02d}" if local.minute else ""
    return say(
        "opening_moment", hour=f"{local.hour} giờ{minute}", day=say(f"day_{local.weekday()}"), date=spoken_date(local.date())
    )


def officer_summary(session: Session, conversation_id: str) -> dict[str, Any]:
    """What the ledger adds to the dialogue's own summary: the last answers with sources, and the citizen's numbers masked."""
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id)) or 0
    lines = read_transcript(session, conversation_id, after=max(0, last - _LOOKS_BACK), limit=_LOOKS_BACK)
    answers = [line for line in lines if line.speaks == "bot" and line.message and line.message.kind in ("answer", "status")]
    values = session.execute(
        select(PrivateValue.kind, PrivateValue.masked).where(PrivateValue.conversation_id == conversation_id).distinct()
    )
    return {
        "last_answers": [_answer(line) for line in answers[-_LAST_ANSWERS:]],
        "masked_numbers": sorted({f"{row.kind} {row.masked}" for row in values}),
    }


def _answer(line: TranscriptLine) -> Mapping[str, Any]:
    message = line.message
    assert message is not None
    return {
        "text": line.text[:_SHOWN],
        "procedure_code": message.procedure_code,
        "facet": message.facet,
        "sources": [f"{source.title} ({source.as_of})" for source in message.sources],
        "confidence": (line.nlu or {}).get("confidence"),
    }


def place_unplaced(session: Session, handoff: Handoff, teams: Teams, now: datetime) -> None:
    """Gives a handoff that came without a desk, or whose team is no more, its team, number and due time."""
    if handoff.team not in teams.by_id:
        facts = HandoffFacts.from_summary(handoff.reason, handoff.summary)
        routing = route(facts, teams, staffed_teams(session), now)
        handoff.team, handoff.routed_by = routing.team.id, " ".join(routing.why)[:200]
    team = teams.named(handoff.team)
    handoff.number = handoff.number or new_number()
    handoff.answer_due_at = handoff.answer_due_at or team.hours.after(handoff.opened_at, team.first_answer)
