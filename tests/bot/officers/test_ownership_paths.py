"""Whatever citizens, officers and time do, in whatever order: never two speakers, never nobody."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.clock import VIETNAM_TIME
from bot.messages import BotMessage
from bot.officers.queue_choices import LEAVE_TICKET, RETURN_TO_BOT, WAIT_LONGER
from bot.officers.speaking import officer_says
from bot.officers.taking import (
    NotOwnerError,
    TakenError,
    claim_conversation,
    close_conversation,
    forward_to_colleague,
    forward_to_team,
    hand_back,
    renew_leases,
)
from bot.settings import PROJECT_ROOT
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from tests.bot.officers.office import HOA, LAN, MONDAY_NINE, Office

OFFICERS = {"lan": LAN, "hoa": HOA}


class Path:
    """One conversation on its way. Each step is tried; what is refused changes nothing."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.conversation = office.citizen()
        self.steps: dict[str, Callable[[], object]] = {
            "citizen asks something": lambda: self._says("lệ phí bao nhiêu"),
            "citizen asks for a person": self._asks_for_person,
            "citizen wants the bot": lambda: self._acts(RETURN_TO_BOT),
            "citizen insists on the bot": lambda: self._acts(RETURN_TO_BOT, value="yes"),
            "citizen waits on": lambda: self._acts(WAIT_LONGER),
            "citizen leaves a ticket": lambda: self._acts(LEAVE_TICKET),
            "a minute": lambda: self._time(minutes=1),
            "ten minutes": lambda: self._time(minutes=10),
            "five hours": lambda: self._time(hours=5),
            "a day and an hour": lambda: self._time(days=1, hours=1),
            "round": lambda: office.rounds.make(office.clock()),
        }
        for name, officer in OFFICERS.items():
            colleague = HOA if officer is LAN else LAN
            at = (office.sessions, self.conversation)
            self.steps |= {
                f"{name} claims": lambda o=officer, a=at: claim_conversation(*a, o, office.clock()),
                f"{name} renews": lambda o=officer: renew_leases(office.sessions, o.account, office.clock()),
                f"{name} answers": lambda o=officer: self._officer_says(o),
                f"{name} hands back": lambda o=officer, a=at: hand_back(*a, o, office.clock()),
                f"{name} closes": lambda o=officer, a=at: close_conversation(*a, o, "solved", office.clock()),
                f"{name} passes on": lambda o=officer, c=colleague, a=at: forward_to_colleague(*a, o, c, office.clock()),
                f"{name} forwards": lambda o=officer, a=at: forward_to_team(
                    *a, o, office.teams.by_id["so-tu-phap"], office.clock()
                ),
            }

    def take(self, step: str) -> None:
        with suppress(TakenError, NotOwnerError):
            self.steps[step]()
        self.check()

    def check(self) -> None:
        """Who speaks, who owns and what is open fit together."""
        with self.office.sessions() as session:
            row = session.get_one(Conversation, self.conversation)
            handoffs = session.scalars(
                select(Handoff).where(Handoff.conversation_id == row.id, Handoff.state.in_(("waiting", "taken")))
            ).all()
        open_now = [(one.state, one.ticket) for one in handoffs]
        allowed: dict[str, list[list[tuple[str, bool]]]] = {
            "bot": [[], [("waiting", True)]],
            "waiting": [[("waiting", False)]],
            "officer": [[("taken", False)], [("taken", True)]],
            "closed": [[]],
        }
        assert open_now in allowed[row.speaker], (row.speaker, open_now)
        assert (row.owner_account is not None) == (row.speaker == "officer")
        assert (row.owner_until is not None) == (row.speaker == "officer")

    def ends_in_no_silence(self) -> None:
        """Left alone until the night, the bot speaks again, and after a citizen's last word something was said."""
        now = self.office.clock().astimezone(VIETNAM_TIME)
        night = datetime(now.year, now.month, now.day, 22, 0, tzinfo=VIETNAM_TIME)
        self.office.clock.now = max(now, night)
        self.office.clock.move(minutes=20)
        self.office.rounds.make(self.office.clock())
        self.check()
        assert self.office.speaker(self.conversation) in ("bot", "closed")
        with self.office.sessions() as session:
            asked = session.scalars(select(Inbound).where(Inbound.conversation_id == self.conversation)).all()
            told = session.scalars(
                select(Outbound.seq).where(Outbound.conversation_id == self.conversation, Outbound.seq.is_not(None))
            ).all()
        assert all(one.outcome is not None for one in asked)
        if asked:
            assert max(told) > max(one.seq for one in asked)

    def _says(self, text: str) -> None:
        before = self.office.speaker(self.conversation)
        self.office.writes(self.conversation, text)
        self.office.turn()
        answered = self.office.said(self.conversation)[-1] == "Trả lời"
        assert not answered or self.office.speaker(self.conversation) == "bot", before

    def _asks_for_person(self) -> None:
        if self.office.speaker(self.conversation) == "bot":
            self.office.asks_for_person(self.conversation)
        else:
            self._says("cho gặp cán bộ")

    def _acts(self, intent: str, **entities: str) -> None:
        self.office.writes(self.conversation, act={"intent": intent, "entities": entities})
        self.office.turn()

    def _officer_says(self, officer) -> None:
        with self.office.sessions() as session:
            row = session.get_one(Conversation, self.conversation)
            owns = row.owner_account == officer.account and row.owner_until > self.office.clock()
        key = str(next(self.office.numbers))
        try:
            officer_says(
                self.office.sessions,
                self.office.private,
                self.conversation,
                officer,
                BotMessage("Vâng"),
                key,
                self.office.clock(),
            )
        except NotOwnerError:
            assert not owns
            raise
        assert owns

    def _time(self, **by: float) -> None:
        self.office.clock.move(**by)


STEPS = [
    *("citizen asks something", "citizen asks for a person", "citizen wants the bot", "citizen insists on the bot"),
    *("citizen waits on", "citizen leaves a ticket", "a minute", "ten minutes", "five hours", "a day and an hour", "round"),
    *(
        f"{name} {does}"
        for name in OFFICERS
        for does in ("claims", "renews", "answers", "hands back", "closes", "passes on", "forwards")
    ),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=14))
def test_no_path_leads_to_two_speakers_or_to_silence(office: Office, steps: list[str]) -> None:
    office.clock.now = MONDAY_NINE
    path = Path(office)
    for step in steps:
        path.take(step)
    path.ends_in_no_silence()


@pytest.mark.parametrize(
    "steps",
    [
        ["citizen asks for a person", "lan claims", "lan answers", "citizen asks something", "five hours"],
        ["citizen asks for a person", "lan claims", "lan closes", "citizen asks something", "hoa claims", "hoa answers"],
        ["lan claims", "citizen asks something", "lan passes on", "ten minutes", "round", "lan claims", "hoa claims"],
        ["citizen asks for a person", "five hours", "five hours", "lan claims", "ten minutes", "round", "hoa claims"],
        ["citizen asks for a person", "lan claims", "lan forwards", "hoa claims", "citizen insists on the bot"],
    ],
)
def test_the_usual_paths(office: Office, steps: list[str]) -> None:
    path = Path(office)
    for step in steps:
        path.take(step)
    path.ends_in_no_silence()


def test_nobody_but_the_room_of_ownership_changes_who_speaks() -> None:
    writes = re.compile(r"\.speaker(?:, [\w.]+)* = |\bowner_(?:account|until|since)(?:, [\w.]+)* = |\bspeaker=\"")
    allowed = {"ownership.py", "intake.py"}
    found = [
        f"{path.name}: {line.strip()}"
        for room in ("bot", "connectors", "actions", "motcua")
        for path in (PROJECT_ROOT / room).rglob("*.py")
        if path.name not in allowed
        for line in path.read_text(encoding="utf-8").splitlines()
        if writes.search(line)
    ]
    assert found == []
