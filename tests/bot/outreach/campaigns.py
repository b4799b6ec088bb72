"""A ledger with people who were asked whether they want news, and campaigns that go to them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from bot.accounts.scope import ALL_AGENCIES
from bot.conversations.identity_links import link_person
from bot.conversations.platform_parts import MessageToRender, PlatformCall
from bot.messages import BotMessage
from bot.outreach.campaigns import desk
from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.rules import CampaignRules
from bot.outreach.campaigns.subscribing import set_place, subscribe, unsubscribe
from bot.outreach.campaigns.telling import Round, go_round
from bot.outreach.quiet_hours import QuietHours
from bot.storage.campaign_models import Campaign, CampaignCount, CampaignPerson
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Outbound
from tests.moving_clock import MovingClock

PROCEDURES = {"1.004222": "Đăng ký thường trú"}
RULES = CampaignRules(QuietHours(time(21), time(7)), timedelta(days=7), 600, "https://motcua.example")
CONTENT = Content(
    "Đăng ký thường trú",
    "Nộp hồ sơ qua mạng, không phải đi lại.",
    procedure_code="1.004222",
    channels=("zalo", "facebook", "telegram"),
)


def nothing(*_given: Any) -> None:
    """No audit here."""


@dataclass
class Town:
    """The ledger with its people."""

    database: Database
    clock: MovingClock = field(default_factory=MovingClock)
    rules: CampaignRules = RULES

    def __post_init__(self) -> None:
        self.desk = desk.Campaigns(self.database.sessions)

    def citizen(
        self,
        name: str,
        channel: str = "telegram",
        *,
        ward: str | None = None,
        person: str | None = None,
        agrees: bool | None = True,
        acted: timedelta = timedelta(hours=1),
        **more: Any,
    ) -> str:
        """Somebody who wrote a while ago."""
        now = self.clock()
        with writing(self.database.sessions) as session:
            session.add(
                Conversation(
                    id=name, channel=channel, account="oa", external_id=f"x-{name}", opened_at=now, acted_at=now - acted,
                    last_inbound_at=now - acted, **more,
                )
            )  # fmt: skip
            session.flush()
            if person is not None:
                link_person(session, name, person, now)
            if agrees:
                subscribe(session, name, "button", now)
                set_place(session, name, ward, now)
            elif agrees is False:
                unsubscribe(session, name, "button", now)
        return name

    def leaves(self, name: str) -> None:
        """The word that ends the news."""
        with writing(self.database.sessions) as session:
            unsubscribe(session, name, "words", self.clock())

    def campaign(self, *, start: bool = True, content: Content = CONTENT, **more: Any) -> int:
        """One that was written, approved by somebody else and (perhaps) started."""
        now = self.clock()
        number = self.desk.create(desk.Draft(content, **more), "anna", None, now, nothing)
        self.desk.submit(number, PROCEDURES, ALL_AGENCIES, now, nothing)
        self.desk.approve(number, 1, "binh", PROCEDURES, ALL_AGENCIES, now, nothing)
        if start:
            self.desk.start(number, ALL_AGENCIES, now, nothing)
        return number

    def round(self) -> Round:
        """One round of the worker."""
        return go_round(self.database.sessions, self.rules, self.clock())

    def slowly(self, per_minute: int) -> None:
        """Another pace."""
        self.rules = replace(self.rules, per_minute=per_minute)

    def later(self, **delta: float) -> datetime:
        """Time goes by."""
        self.clock.now += timedelta(**delta)
        return self.clock.now

    def told(self, name: str) -> list[str]:
        """What stands in the conversation."""
        with self.database.sessions() as session:
            rows = session.scalars(select(Outbound).where(Outbound.conversation_id == name).order_by(Outbound.seq)).all()
        return [BotMessage.from_json(row.message).text for row in rows]

    def lines(self, name: str) -> list[Outbound]:
        """The rows of what was said."""
        with self.database.sessions() as session:
            return list(session.scalars(select(Outbound).where(Outbound.conversation_id == name).order_by(Outbound.id)).all())

    def people(self, number: int) -> dict[str, tuple[str, str | None]]:
        """State and reason by conversation."""
        with self.database.sessions() as session:
            rows = session.scalars(select(CampaignPerson).where(CampaignPerson.campaign_id == number)).all()
        return {row.conversation_id: (row.state, row.reason) for row in rows}

    def state(self, number: int) -> str:
        """The campaign's state."""
        with self.database.sessions() as session:
            return session.get_one(Campaign, number).state

    def counts(self, number: int) -> dict[tuple[str, str, str], int]:
        """Channel, ward, step: how many."""
        with self.database.sessions() as session:
            rows = session.scalars(select(CampaignCount).where(CampaignCount.campaign_id == number)).all()
        found: dict[tuple[str, str, str], int] = {}
        for row in rows:
            key = (row.channel, row.place_id, row.step)
            found[key] = found.get(key, 0) + row.n
        return found


def rendered(wanted: MessageToRender) -> list[PlatformCall]:
    """A line as one plain message."""
    return [PlatformCall("message", {"text": wanted.message.text}, wanted.message.text)]
