"""Officers at work in a ledger: citizens who ask for a person, the worker's turns without an engine, a clock that tests move."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import VIETNAM_TIME
from bot.conversations.intake import CitizenEvent, Intake
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line
from bot.conversations.transcript import read_transcript
from bot.conversations.turns import Conclusion, claim_next, conclude
from bot.messages import BotMessage, HandoffRequest
from bot.officers.desk import HandoffDesk
from bot.officers.rounds import HandoffRounds
from bot.officers.teams import Teams
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import TeamMember
from connectors.gateway import people_rules, turn_rules
from tests.moving_clock import MovingClock

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM_TIME)
LAN, HOA = Officer("lan", "Nguyễn Thị Lan"), Officer("hoa", "Trần Hoa")
REOPEN = timedelta(hours=24)


@dataclass
class Office:
    """A ledger with its clock, and what citizens and the worker do in it, without HTTP and without an engine."""

    database: Database
    clock: MovingClock
    teams: Teams
    private: PrivateValues
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def sessions(self):
        return self.database.sessions

    @property
    def rounds(self) -> HandoffRounds:
        return HandoffRounds(self.sessions, self.teams)

    def citizen(self, name: str = "a", channel: str = "webchat") -> str:
        """A new conversation."""
        if channel == "webchat":
            return Intake(self.sessions, self.private, self.clock).open_conversation("webchat", "web", BotMessage("Chào"))[0]
        with writing(self.sessions) as session:
            session.add(
                Conversation(
                    id=name, channel=channel, account="oa", external_id=name, opened_at=self.clock(), acted_at=self.clock()
                )
            )
        return name

    def writes(self, conversation: str, text: str | None = None, *, act: dict | None = None) -> None:
        """A message of the citizen, not yet looked at."""
        event = CitizenEvent("webchat", "web", conversation, f"{conversation}:{next(self.numbers)}", b"{}", text=text or "x")
        Intake(self.sessions, self.private, self.clock).accept([event])
        if act is not None:
            from bot.storage.models import Inbound

            with writing(self.sessions) as session:
                row = session.query(Inbound).order_by(Inbound.id.desc()).first()
                row.text, row.act = None, act

    def turn(self, answer: Conclusion | None = None, reopen: timedelta = REOPEN) -> str:
        """The worker's next turn; the bot's own answer is ``answer``. Returns the outcome of what was written."""
        claim = claim_next(self.sessions, "w", self.clock(), timedelta(seconds=30), reopen)
        assert claim is not None
        step = turn_rules.next_step(claim)
        conclusions: dict[str, Callable[[], Conclusion]] = {
            "ask_engine": lambda: answer or Conclusion("answered", "bot", lines=(Line(BotMessage("Trả lời")),)),
            "wait_for_officer": lambda: turn_rules.waiting(claim),
            "return_to_bot": lambda: turn_rules.returned(claim),
            "already_with_bot": turn_rules.already_with_bot,
            "ask_whether_to_leave_officer": lambda: people_rules.asks_whether_to_leave_officer(claim),
            "wait_longer": lambda: people_rules.waits_longer(claim),
            "leave_ticket": lambda: people_rules.leaves_ticket(claim),
            "rate": lambda: people_rules.rated(claim),
        }
        conclusion = conclusions[step]()
        if conclusion.handoff is not None:
            reception = HandoffDesk(self.sessions, self.teams).receive(claim.conversation_id, conclusion.handoff, self.clock())
            conclusion = people_rules.received(conclusion, reception)
        return conclude(self.sessions, claim, conclusion, self.clock())

    def asks_for_person(self, conversation: str, reason: str = "asked", **summary: object) -> int:
        """The citizen asks for a person and is handed over; returns the handoff's id."""
        self.writes(conversation, "cho gặp cán bộ")
        request = HandoffRequest(reason, summary)  # type: ignore[arg-type]
        line = Line(BotMessage("Tôi đã chuyển.", kind="handoff", buttons=(turn_rules.return_button(),)))
        self.turn(Conclusion("handed_over", "bot", lines=(line,), handoff=request))
        return self.handoff(conversation).id

    def handoff(self, conversation: str) -> Handoff:
        """The newest handoff."""
        with self.sessions() as session:
            found = session.query(Handoff).filter_by(conversation_id=conversation).order_by(Handoff.id.desc()).first()
        assert found is not None
        return found

    def speaker(self, conversation: str) -> str:
        with self.sessions() as session:
            return session.get_one(Conversation, conversation).speaker

    def said(self, conversation: str) -> list[str]:
        """All that the citizen was told, in order."""
        with self.sessions() as session:
            return [line.text for line in read_transcript(session, conversation) if line.speaks != "citizen"]

    def buttons(self, conversation: str) -> list[tuple[str, dict]]:
        """The acts of the last message's buttons."""
        with self.sessions() as session:
            last = [line for line in read_transcript(session, conversation) if line.message is not None][-1]
        return [(b.title, {"intent": b.intent, "entities": dict(b.entities)}) for b in last.message.buttons]

    def presses(self, conversation: str, title: str) -> str:
        """A button of the last message, and the worker's turn for it."""
        act = next(act for shown, act in self.buttons(conversation) if shown == title)
        self.writes(conversation, act=act)
        return self.turn()

    def member(self, team: str, account: str, role: str = "officer") -> None:
        with writing(self.sessions) as session:
            session.add(TeamMember(team=team, account=account, role=role, since=self.clock()))
