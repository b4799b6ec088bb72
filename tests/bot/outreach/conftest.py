"""The ledger on each database, and citizens who follow dossiers in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.catalogue.load import load_catalogue
from bot.conversations.identity_links import link_person
from bot.dossiers.status_table import status_table
from bot.messages import BotMessage
from bot.outreach.quiet_hours import QuietHours
from bot.outreach.rules import NoticeRules
from bot.outreach.taking_in import Taken, take_in_change
from bot.outreach.telling import Told, tell_due
from bot.outreach.watches import DossierKeys, Watches
from bot.portal.moments import Moment
from bot.portal.records import Dossier, SupplementRequest
from bot.portal.watching import DossierChange
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation, Outbound
from tests.bot.outreach.campaigns import Town
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]

CODE = "H05.12.3-261120-0001"
OTHER_CODE = "H05.12.3-261120-0002"
CALENDAR = load_catalogue(PROJECT_ROOT / "data" / "catalogue").calendar
KEY = "0" * 43 + "="


def made(code: str = CODE, status: str = "4", **more: Any) -> Dossier:
    """A dossier; ``MovingClock`` starts on a Monday at 15:00 in Vietnam."""
    as_of = more.pop("as_of", datetime.fromisoformat("2026-11-23T14:00:00+07:00"))
    return Dossier(code, "provincial", status, as_of, procedure_code="1.004222", procedure_name="Đăng ký thường trú", **more)


def asked_for_papers(deadline: str, *, answered: str | None = None) -> Dossier:
    """A dossier with a supplement request."""
    day = datetime.fromisoformat(deadline).date()
    answer = Moment(datetime.fromisoformat(answered).date()) if answered else None
    request = SupplementRequest(Moment(day - timedelta(days=9)), Moment(day), 2, answer)
    return made(status="5", supplement_requests=(request,))


@dataclass
class House:
    """The ledger with the rooms around it."""

    database: Database
    rules: NoticeRules
    clock: MovingClock
    watches: Watches
    changes: int = 0

    def citizen(self, name: str = "c1", channel: str = "webchat", *, person: str | None = None) -> str:
        with writing(self.database.sessions) as session:
            session.add(
                Conversation(
                    id=name, channel=channel, account="oa", external_id=name, opened_at=self.clock(), acted_at=self.clock()
                )
            )
            session.flush()
            if person is not None:
                link_person(session, name, person, self.clock())
        return name

    def acts(self, name: str = "c1") -> None:
        """The citizen writes something."""
        with writing(self.database.sessions) as session:
            session.get_one(Conversation, name).acted_at = self.clock()

    def follows(self, name: str = "c1", code: str = CODE, dossier: Dossier | None = None) -> str:
        watch_id = self.watches.ask(name, code, "watch_consent_1", self.clock())
        assert self.watches.begin(watch_id, dossier or made(code), self.clock())
        return watch_id

    def changed(
        self, watch_id: str, dossier: Dossier, *, change_id: str = "", at: datetime | None = None, ended: bool = False
    ) -> Taken:
        self.changes += 1
        change = DossierChange(change_id or f"chg_{self.changes}", watch_id, at or self.clock(), dossier, ended)
        with writing(self.database.sessions) as session:
            return take_in_change(session, change, self.rules, self.clock())

    def tell(self) -> Told:
        return tell_due(self.database.sessions, self.rules, self.clock())

    def heard(self, name: str = "c1") -> list[BotMessage]:
        """What stands in the conversation, in order."""
        with self.database.sessions() as session:
            rows = session.scalars(select(Outbound).where(Outbound.conversation_id == name).order_by(Outbound.seq)).all()
        assert all(row.author == "system" for row in rows)
        return [BotMessage.from_json(row.message) for row in rows]

    def texts(self, name: str = "c1") -> list[str]:
        return [message.text for message in self.heard(name)]

    def notices(self) -> list[tuple[str, str | None]]:
        """State and reason of every notice."""
        with self.database.sessions() as session:
            rows = session.scalars(select(DossierNotice).order_by(DossierNotice.id)).all()
        return [(row.state, row.reason) for row in rows]

    def watch(self, watch_id: str) -> DossierWatch:
        with self.database.sessions() as session:
            return session.get_one(DossierWatch, watch_id)


@pytest.fixture
def rules() -> NoticeRules:
    return NoticeRules(QuietHours(time(21), time(7)), (3, 1), timedelta(days=3), CALENDAR, status_table())


@pytest.fixture
def house(database: Database, rules: NoticeRules) -> House:
    return House(database, rules, MovingClock(), Watches(database.sessions, DossierKeys(KEY), rules))


@pytest.fixture
def at_night(house: House) -> Callable[[], None]:
    """Moves to 22:00 in Vietnam."""

    def move() -> None:
        house.clock.now = datetime.fromisoformat("2026-11-23T22:00:00+07:00")

    return move


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)
