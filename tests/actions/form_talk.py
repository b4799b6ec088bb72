"""A citizen who fills in forms in a talk: the dialogue, the drafts in the ledger and a portal."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from cryptography.fernet import Fernet
from pypdf import PdfWriter

from actions.filed_dossiers import PortalFiledDossiers
from actions.submissions import ChatSubmissions
from bot.catalogue.search import Hit, SearchResult
from bot.conversations.clock import Clock, utc_now
from bot.conversations.identity_links import PersonHashes, PersonProof, link_person
from bot.conversations.private_values import PrivateValues
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Reply, Turn
from bot.eforms.fields import Field
from bot.eforms.forms import Form
from bot.eforms.store import DraftStore
from bot.eforms.virus_scan import NoScanner
from bot.language.masking import find_private, masked, placeholder
from bot.language.normalise import fold
from bot.language.places import PlaceIndex
from bot.messages import BotMessage
from bot.storage.channel_models import Attachment
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from tests.bot.eforms.citizen import sensible_answer
from tests.shipped import shipped_catalogue, shipped_forms

CATALOGUE = shipped_catalogue()
FORMS = shipped_forms()
TODAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def one_page() -> bytes:
    """A PDF of one empty page."""
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(content)
    return content.getvalue()


PDF = one_page()


class NamesOnly:
    """Finds a procedure by words that a test gives it; everything else is not understood."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words

    def search(self, text: str, **_options: int) -> SearchResult:
        for words, code in self.words.items():
            if words in fold(text):
                return SearchResult("sure", (Hit(code, 1.0, words),), words)
        return SearchResult("none", (), "")

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Nothing costs anything here."""

    def named(self, text: str) -> frozenset[str]:
        return self.search(text).named


class Dossiers:
    """Shows a dossier by its references."""

    def __init__(self, values: PrivateValues) -> None:
        self.values = values
        self.asked: list[tuple[str, str]] = []

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:
        code = self.values.reveal(dossier_ref, conversation_id)
        return masked("dossier_code", code) if code else None

    def answer(
        self, dossier_ref: str, proof_ref: str, conversation_id: str, _address: str | None = None
    ) -> tuple[BotMessage, ...]:
        code, proof = (self.values.reveal(ref, conversation_id) for ref in (dossier_ref, proof_ref))
        self.asked.append((code or "", proof or ""))
        return (BotMessage("Tình trạng hồ sơ.", kind="status"),)


class FormTalk:
    """One citizen in one conversation. ``key``: shared by all conversations of a ledger."""

    def __init__(
        self,
        database: Database,
        portal: Any,
        *,
        conversation: str = "c1",
        key: str | None = None,
        clock: Clock = utc_now,
        forms: Mapping[str, Form] = FORMS,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self.database, self.id, self.forms, self.clock = database, conversation, forms, clock
        self.key = key or Fernet.generate_key().decode()
        self.values = PrivateValues(database.sessions, self.key, clock)
        self.store = DraftStore(database.sessions, self.key, clock)
        self.submissions = ChatSubmissions(
            forms,
            self.store,
            portal,
            self.values,
            CATALOGUE,
            database.sessions,
            scanner=NoScanner(),
            today=lambda: TODAY,
            clock=clock,
        )
        self.dossiers = Dossiers(self.values)
        self.services = Services(
            CATALOGUE,
            NamesOnly(words or {}),
            PlaceIndex(CATALOGUE.places),
            self.dossiers,
            lambda: TODAY,
            submissions=self.submissions,
            filed=PortalFiledDossiers(portal, self.values),
        )
        self.state = DialogueState()
        self.last = Reply((), self.state)
        with writing(database.sessions) as session:
            row = Conversation(id=conversation, channel="webchat", account="w", external_id=conversation, opened_at=START)
            session.add(row)

    def says(self, words: str, intent: str = "nlu_fallback", confidence: float = 0.2) -> str:
        """Types words; private numbers in them become placeholders, as the gateway makes them."""
        expects = next((m.expects for m in reversed(self.last.messages) if m.expects), None)
        spans = find_private(words, expects=expects)
        tokens = self.values.store(self.id, spans)
        for span, token in reversed(list(zip(spans, tokens, strict=True))):
            words = words[: span.start] + placeholder(span.kind, token) + words[span.end :]
        return self.takes(Turn(words, intent, confidence, (Clause(words, intent, confidence),), conversation_id=self.id))

    def presses(self, do: str, **entities: str) -> str:
        """Presses a button of a form."""
        return self.acts("eform", do=do, **entities)

    def acts(self, intent: str, **entities: str) -> str:
        """Presses a button."""
        return self.takes(Turn("", intent, 1.0, entities=entities, is_act=True, conversation_id=self.id))

    def presses_titled(self, title: str) -> str:
        """Presses the button of the last reply that begins with this title."""
        (found,) = [one for m in self.last.messages for one in m.buttons if one.title.startswith(title)]
        return self.acts(found.intent or "", **found.entities)

    def takes(self, turn: Turn) -> str:
        """One turn; all texts of the reply."""
        self.last = respond(turn, self.state, self.services)
        # The state travels as JSON between two turns.
        self.state = DialogueState.from_slot(self.last.state.to_slot())
        return "\n".join(message.text for message in self.last.messages)

    def sends_files(self, count: int = 2, content: bytes = PDF, media_type: str = "application/pdf") -> str:
        """Sends files that the gateway has taken in."""
        return self.presses("upload", refs=",".join(str(self.keeps_file(content, media_type)) for _ in range(count)))

    def keeps_file(self, content: bytes = PDF, media_type: str = "application/pdf") -> int:
        """A file in the ledger, as the gateway keeps it; its number."""
        with writing(self.database.sessions) as session:
            conversation = session.get_one(Conversation, self.id)
            conversation.last_seq += 1
            event = f"{self.id}:{conversation.last_seq}"
            inbound = Inbound(
                conversation_id=self.id, channel="webchat", account="w", event_id=event, seq=conversation.last_seq,
                received_at=START, order_at=START, due_at=START, outcome="answered",
            )  # fmt: skip
            session.add(inbound)
            session.flush()
            row = Attachment(
                inbound_id=inbound.id, conversation_id=self.id, position=0, kind="file", media_type=media_type, size=len(content),
                content=self.values.encrypt(content), state="fetched", expires_at=datetime(2030, 1, 1, tzinfo=UTC),
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def confirms_identity(self, person: PersonProof) -> None:
        """The portal's login has confirmed who the citizen is."""
        with writing(self.database.sessions) as session:
            link_person(session, self.id, PersonHashes(self.key).of(person), self.clock())

    def fills_in(self, code: str, told: Mapping[str, str] | None = None, *, papers: str = "later") -> str:
        """Answers whatever is asked until the summary. ``papers``: ``later``, ``in_store`` or ``upload``."""
        said = self.presses("open", procedure_code=code)
        for _ in range(120):
            buttons = [one for m in self.last.messages for one in m.buttons]
            if any(one.entities.get("do") == "confirm" for one in buttons):
                return said
            said = self._next(buttons, told or {}, papers)
        raise AssertionError(said)

    def _next(self, buttons: Sequence[Any], told: Mapping[str, str], papers: str) -> str:
        offered = [one for one in buttons if one.entities.get("do") == "paper"]
        if offered:
            if papers == "upload":
                return self.sends_files()
            chosen = next((one for one in offered if one.entities.get("value") == papers), offered[-1])
            return self.acts("eform", **chosen.entities)
        asked = self.asked
        before = self.state
        said = self.says(told.get(asked.path) or sensible_answer(asked))
        assert self.state.draft_id == before.draft_id, said
        return said

    @property
    def draft(self) -> Any:
        """The draft that is open in the talk."""
        return self.store.load(self.state.draft_id or "", self.id)

    @property
    def asked(self) -> Field:
        """The field that is asked for."""
        draft = self.draft
        return self.submissions._form(draft).asked(draft.plain, draft.skipped).by_path[draft.asked or ""]
