"""The dialogue with the shipped catalogue and the real search (`make encoder`); the portal is a double, Rasa is not needed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.search import ProcedureSearch
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Reply, Turn
from bot.language.places import PlaceIndex
from bot.language.sensitive import load_sensitive_words
from bot.messages import BotMessage
from bot.settings import PROJECT_ROOT
from tests.shipped import shipped_catalogue


class KnownDossier:
    """Dossier reference ``ref1`` fits lookup reference ``look1``; nothing else fits."""

    def answer(
        self, dossier_ref: str, proof_ref: str, _conversation_id: str, _address: str | None = None
    ) -> tuple[BotMessage, ...]:
        if (dossier_ref, proof_ref) == ("ref1", "look1"):
            return (BotMessage("Hồ sơ đang được xử lý.", kind="status"),)
        return (BotMessage("Không tìm thấy hồ sơ khớp.", kind="question", expects="lookup_code"),)

    def masked_code(self, dossier_ref: str, _conversation_id: str) -> str | None:
        return "…0001" if dossier_ref.startswith("ref") else None


@dataclass(frozen=True)
class Encoder:
    """The embedded encoder, in the words of the settings."""

    models_dir: Path = PROJECT_ROOT / "models"
    embedding_model: str = "e5-vi"


@pytest.fixture(scope="session")
def services() -> Services:
    catalogue = shipped_catalogue()
    return Services(
        catalogue=catalogue,
        search=ProcedureSearch(catalogue, load_encoder(Encoder())),
        places=PlaceIndex(catalogue.places),
        dossiers=KnownDossier(),
        today=lambda: date(2026, 11, 23),
        sensitive=load_sensitive_words(PROJECT_ROOT / "data"),
    )


@dataclass
class Conversation:
    """A conversation whose turns are given with the intents that the engine would find."""

    services: Services
    state: DialogueState = field(default_factory=DialogueState)
    last: Reply | None = None

    def hears(self, text: str, intent: str, *clauses: tuple[str, str]) -> list[BotMessage]:
        """A typed message with its intent, and its clauses (text, intent) where it has several."""
        parts = tuple(Clause(part, name, 0.9) for part, name in clauses) or (Clause(text, intent, 0.9),)
        return self._take(Turn(text, intent, 0.9, parts, conversation_id="c1"))

    def hears_unsurely(self, text: str, *ranking: tuple[str, float]) -> list[BotMessage]:
        """A typed message of one question that the engine is not sure of: its intents and confidences, the likeliest first."""
        intent, confidence = ranking[0]
        clauses = (Clause(text, intent, confidence),)
        return self._take(Turn(text, intent, confidence, clauses, conversation_id="c1", ranking=ranking))

    def presses(self, title: str) -> list[BotMessage]:
        """A button of the last answer, by its title."""
        assert self.last is not None
        button = next(b for message in self.last.messages for b in message.buttons if b.title == title)
        assert button.intent is not None
        return self._take(Turn("", button.intent, 1.0, entities=button.entities, is_act=True, conversation_id="c1"))

    def _take(self, turn: Turn) -> list[BotMessage]:
        self.last = respond(turn, self.state, self.services)
        self.state = DialogueState.from_slot(self.last.state.to_slot())
        return list(self.last.messages)

    def buttons(self) -> list[str]:
        """The titles offered last."""
        assert self.last is not None
        return [b.title for message in self.last.messages for b in message.buttons]


@pytest.fixture
def talk(services: Services) -> Conversation:
    return Conversation(services)


@pytest.fixture
def new_talk(services: Services) -> Callable[[], Conversation]:
    return lambda: Conversation(services)
