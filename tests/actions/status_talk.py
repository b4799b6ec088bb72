"""A citizen who asks for a dossier: raw words through the real intake and ledger, the real dialogue, the portal over HTTP."""

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet

from actions.dossier_status import DossierStatusAnswers
from bot.catalogue.search import SearchResult
from bot.clock import vietnam_now
from bot.conversations.clock import utc_now
from bot.conversations.intake import CitizenEvent, Intake
from bot.conversations.private_values import PrivateValues
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Reply, Turn
from bot.dossiers import assembly, second_factors
from bot.language.places import PlaceIndex
from bot.messages import BotMessage, Button
from bot.portal.cache import DossierCache
from bot.settings import Settings
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from tests.shipped import shipped_catalogue

CATALOGUE = shipped_catalogue()
KEY = Fernet.generate_key().decode()


class NoSearch:
    """Nothing is found: only what is about a dossier is understood."""

    def search(self, _text: str, **_options: int) -> SearchResult:
        return SearchResult("none", (), "")

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Nothing costs anything here."""

    def named(self, _text: str) -> frozenset[str]:
        return frozenset()


class Shift:
    """The present, moved."""

    def __init__(self) -> None:
        self.by = timedelta()

    def utc(self) -> datetime:
        return utc_now() + self.by

    def vietnam(self) -> datetime:
        return vietnam_now() + self.by


class StatusTalk:
    """One conversation; several of one database share its lock-out and its last known states."""

    def __init__(self, database: Database, portal: Any, name: str = "c1", adapter: str = "http") -> None:
        settings = Settings(
            database_url=database.engine.url.render_as_string(hide_password=False),
            portal_adapter=adapter,
            portal_url=portal.url,
            portal_client_secret="a-client-secret-for-tests",
            portal_lgsp_url=f"{portal.url}/lgsp",
            portal_lgsp_password="an-lgsp-password-for-tests",
            engine_secret="e",
            ledger_key=KEY,
            web_session_secret="w",
        )
        self.database, self.name, self.shift = database, name, Shift()
        self.values = PrivateValues(database.sessions, KEY, self.shift.utc)
        self.intake = Intake(database.sessions, self.values)
        self.lookup = assembly.assemble_shared_lookup(settings, database.sessions)
        self.lookup.service._clock = self.shift.vietnam
        self.lookup.service._refusal_seconds = 0.0
        assert isinstance(self.lookup.factors, second_factors.SecondFactorDesk)
        self.lookup.factors._clock, self.lookup.factors._refusal_seconds = self.shift.utc, 0.0
        answers = DossierStatusAnswers(self.lookup, self.values, CATALOGUE.calendar, self.shift.vietnam)
        self.services = Services(
            CATALOGUE,
            NoSearch(),
            PlaceIndex(CATALOGUE.places),
            answers,
            lambda: date(2026, 11, 26),
            factors=answers.factors,
        )
        self.state = DialogueState()
        self.last: Reply | None = None
        self._numbers = itertools.count()
        with writing(database.sessions) as session:
            if session.get(Conversation, name) is None:
                session.add(
                    Conversation(id=name, channel="webchat", account="web", external_id=name, rasa_session=1, opened_at=utc_now())
                )

    def says(self, words: str, intent: str = "inform", address: str | None = None) -> str:
        """Typed words, as they come in: private numbers are exchanged by the intake."""
        event = CitizenEvent("webchat", "web", self.name, f"{self.name}:{next(self._numbers)}", words.encode(), words, None)
        [taken] = self.intake.accept([event])
        with self.database.sessions() as session:
            row = session.get_one(Inbound, taken.inbound_id)
        if row.act is not None:
            act = row.act
            return self._take(Turn("", act["intent"], 1.0, entities=act["entities"], is_act=True, conversation_id=self.name))
        text = row.text or ""
        clauses = (Clause(text, intent, 0.9),)
        return self._take(Turn(text, intent, 0.9, clauses, conversation_id=self.name, address=address))

    def presses(self, title: str) -> str:
        button = self.button(title)
        assert button.intent is not None
        return self._take(Turn("", button.intent, 1.0, entities=button.entities, is_act=True, conversation_id=self.name))

    def button(self, title: str) -> Button:
        return next(button for button in self.buttons if button.title == title)

    @property
    def buttons(self) -> list[Button]:
        assert self.last is not None
        return [button for message in self.last.messages for button in message.buttons]

    @property
    def messages(self) -> tuple[BotMessage, ...]:
        assert self.last is not None
        return self.last.messages

    def _take(self, turn: Turn) -> str:
        self.last = respond(turn, self.state, self.services)
        self.state = DialogueState.from_slot(self.last.state.to_slot())
        with writing(self.database.sessions) as session:
            conversation = session.get_one(Conversation, self.name)
            conversation.expects = next((m.expects for m in reversed(self.last.messages) if m.expects), None)
        return "\n".join(message.text for message in self.last.messages)

    def forgets_the_last_minute(self) -> None:
        """The portal is asked again at once."""
        self.lookup.service._cache = DossierCache()

    def link(self) -> str:
        """The address of the login page that was given last."""
        return next(word for message in self.messages for word in message.text.split() if word.startswith("http"))
