"""The list of questions that a restored ledger must answer as the one it came from, and the dialogue that answers them here."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.live import live_catalogue
from bot.catalogue.search import ProcedureSearch
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Turn
from bot.language.places import PlaceIndex
from bot.language.sensitive import load_sensitive_words
from bot.messages import BotMessage
from bot.settings import Settings
from bot.storage.database import SessionFactory, open_database
from bot.switches.watch import SwitchWatch
from motcua.vendor.faults import PackError

FILE = "vendor/questions.tsv"
_CONFIDENCE = 0.9
_MOST = 1_000


@dataclass(frozen=True)
class Question:
    """A citizen's words, with the intent that the engine finds in them. ``conversation``: questions of one are asked in a row."""

    conversation: int
    intent: str
    text: str


def read_questions(path: Path) -> list[Question]:
    """The questions of a file: intent, tab, words; an empty line begins another conversation, ``#`` a remark.

    Raises ``PackError``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: không đọc được danh sách câu hỏi ({type(error).__name__})") from error
    found: list[Question] = []
    conversation = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            conversation += 1
        elif not line.startswith("#"):
            intent, tab, text = line.partition("\t")
            if not tab or not intent.strip() or not text.strip():
                raise PackError(f"{path}:{number}: cần «ý định», dấu tab, «câu hỏi»")
            found.append(Question(conversation, intent.strip(), text.strip()))
    if not found:
        raise PackError(f"{path}: không có câu hỏi nào")
    if len(found) > _MOST:
        raise PackError(f"{path}: có {len(found)} câu hỏi, nhiều nhất {_MOST}")
    return found


class NoDossiers:
    """In a drill nobody's dossier is looked up: the portal is not what is tested."""

    def answer(
        self, _dossier_ref: str, _proof_ref: str, _conversation_id: str, _address: str | None = None
    ) -> tuple[BotMessage, ...]:
        """See ``DossierStatus.answer``."""
        return (BotMessage("(diễn tập: không tra hồ sơ)", kind="status"),)

    def masked_code(self, _dossier_ref: str, _conversation_id: str) -> str | None:
        """See ``DossierStatus.masked_code``."""
        return None


def answers(settings: Settings, questions: Sequence[Question], today: date) -> list[str]:
    """What the dialogue says to each, over the ledger, the catalogue and the encoder of these settings; every message as
    JSON. Raises ``CatalogueError`` and SQLAlchemy's errors."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        return _asked(_services(settings, database.sessions, today), questions)
    finally:
        database.engine.dispose()


def _asked(services: Services, questions: Sequence[Question]) -> list[str]:
    said: list[str] = []
    conversation, state = -1, DialogueState()
    for question in questions:
        if question.conversation != conversation:
            conversation, state = question.conversation, DialogueState()
        clause = Clause(question.text, question.intent, _CONFIDENCE)
        turn = Turn(question.text, question.intent, _CONFIDENCE, (clause,), conversation_id=f"drill{conversation}")
        reply = respond(turn, state, services)
        state = DialogueState.from_slot(reply.state.to_slot())
        handed = f"[→ cán bộ: {reply.handoff.reason}]" if reply.handoff else ""
        small = f"[{reply.small_talk}]" if reply.small_talk else ""
        said.append("\n".join([*_shown(reply.messages), handed + small]).strip())
    return said


def _services(settings: Settings, sessions: SessionFactory, today: date) -> Services:
    catalogue = live_catalogue(settings).catalogue
    return Services(
        catalogue=catalogue,
        search=ProcedureSearch(catalogue, load_encoder(settings)),
        places=PlaceIndex(catalogue.places),
        dossiers=NoDossiers(),
        today=lambda: today,
        sensitive=load_sensitive_words(settings.data_dir),
        switches=SwitchWatch(sessions),
    )


def _shown(messages: Iterable[BotMessage]) -> list[str]:
    """Everything in a message: two that look alike and mean something else are different answers."""
    return [json.dumps(message.to_json(), ensure_ascii=False, sort_keys=True, default=str) for message in messages]
