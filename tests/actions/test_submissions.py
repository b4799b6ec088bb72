"""A citizen fills in an e-form by talking, leaves it, comes back, confirms it, and gets the portal's link."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from actions.submissions import ChatSubmissions
from bot.catalogue.search import SearchResult
from bot.conversations.private_values import PrivateValues
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.submission import with_form_offer
from bot.dialogue.turn import Clause, DialogueState, Reply, Turn
from bot.eforms.store import DraftStore
from bot.eforms.virus_scan import NoScanner
from bot.language.places import PlaceIndex
from bot.messages import BotMessage
from bot.portal.errors import Declined, Unavailable
from bot.portal.submission import Draft, DraftPaper, PaymentLink, PortalLink
from bot.storage.database import Database, writing
from bot.storage.models import Conversation
from tests.bot.eforms.citizen import sensible_answer
from tests.shipped import shipped_catalogue, shipped_forms

CATALOGUE = shipped_catalogue()
FORMS = shipped_forms()
CODE = "2.000635"
LATER = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Portal:
    """Takes drafts; ``away`` and ``refuses`` make it fail."""

    away: bool = False
    refuses: bool = False
    drafts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    offered: frozenset[str] = frozenset({"create_draft"})

    def create_draft(
        self, key: str, _code: str, _case: str | None, values: Mapping[str, Any], _papers: Sequence[DraftPaper]
    ) -> Draft:
        if self.away:
            raise Unavailable("away")
        if self.refuses:
            raise Declined("values-refused")
        self.drafts[key] = values
        return Draft(f"p-{key}", "submission", "open", "unpaid", 8000, LATER)

    def hand_over_link(self, draft_id: str) -> PortalLink:
        return PortalLink(f"https://dichvucong.example/{draft_id}", LATER)

    def payment_link(self, _draft_id: str) -> PaymentLink:
        return PaymentLink("https://dichvucong.example/pay", 8000, LATER)


class NoSearch:
    """Nothing is found; what is not the form's is answered as unclear."""

    def search(self, _text: str, **_options: int) -> SearchResult:
        return SearchResult("none", (), "")

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Nothing costs anything here."""

    def named(self, _text: str) -> frozenset[str]:
        return frozenset()


class Talk:
    """One citizen."""

    def __init__(self, database: Database, portal: Portal) -> None:
        key = Fernet.generate_key().decode()
        self.values = PrivateValues(database.sessions, key)
        store = DraftStore(database.sessions, key)
        self.submissions = ChatSubmissions(
            FORMS,
            store,
            portal,
            self.values,
            CATALOGUE,
            database.sessions,
            scanner=NoScanner(),
            today=lambda: date(2026, 11, 23),  # type: ignore[arg-type]
        )
        self.services = Services(
            CATALOGUE,
            NoSearch(),
            PlaceIndex(CATALOGUE.places),
            None,
            lambda: date(2026, 11, 23),
            submissions=self.submissions,  # type: ignore[arg-type]
        )
        self.state = DialogueState(procedure_code=CODE)
        self.last: Reply | None = None
        with writing(database.sessions) as session:
            session.add(Conversation(id="c1", channel="webchat", account="w", external_id="c1", opened_at=LATER))

    def says(self, words: str, intent: str = "nlu_fallback", confidence: float = 0.2) -> str:
        turn = Turn(words, intent, confidence, (Clause(words, intent, confidence),), conversation_id="c1")
        return self._take(turn)

    def presses(self, do: str, **entities: str) -> str:
        return self._take(Turn("", "eform", 1.0, entities={"do": do, **entities}, is_act=True, conversation_id="c1"))

    def _take(self, turn: Turn) -> str:
        self.last = respond(turn, self.state, self.services)
        self.state = self.last.state
        return "\n".join(message.text for message in self.last.messages)

    def fills_in_everything(self) -> str:
        """Answers whatever is asked with the field's own example or first option, until the summary."""
        said = self.presses("open", procedure_code=CODE)
        for _ in range(40):
            assert self.last is not None
            buttons = [b for m in self.last.messages for b in m.buttons]
            if any(b.entities.get("do") == "confirm" for b in buttons):
                return said
            said = self._next(buttons)
        raise AssertionError(said)

    def _next(self, buttons: Sequence[Any]) -> str:
        for wanted in ("answer", "skip", "paper"):
            for one in buttons:
                if one.entities.get("do") == wanted:
                    return self._take(Turn("", "eform", 1.0, entities=one.entities, is_act=True, conversation_id="c1"))
        return self.says(sensible_answer(self._asked(), 0))

    def _asked(self) -> Any:
        listed = self.submissions._store.drafts_of("c1")[0]
        draft = self.submissions._store.load(listed.id, "c1")
        return FORMS[CODE].asked(draft.plain, draft.skipped).by_path[draft.asked or ""]


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def talk(database: Database, portal: Portal) -> Talk:
    return Talk(database, portal)


def test_a_form_is_filled_in_confirmed_and_handed_over_once(talk: Talk, portal: Portal) -> None:
    talk.fills_in_everything()
    said = talk.says("đúng rồi", "affirm", 0.9)
    assert "https://dichvucong.example/p-" in said
    assert len(portal.drafts) == 1
    assert talk.state.draft_id is None


def test_a_portal_that_is_away_keeps_the_form_and_a_second_try_makes_no_second_draft(talk: Talk, portal: Portal) -> None:
    talk.fills_in_everything()
    portal.away = True
    assert "vẫn được giữ" in talk.says("đúng rồi", "affirm", 0.9)
    portal.away = False
    assert talk.last is not None
    again = talk.last.messages[-1].buttons[0]
    for _ in range(2):
        assert "https://dichvucong.example/p-" in talk.presses("hand_over", draft=again.entities["draft"])
    assert len(portal.drafts) == 1


def test_a_form_is_left_and_taken_up_again_by_words(talk: Talk) -> None:
    first = talk.presses("open", procedure_code=CODE)
    assert "(1/" in first
    talk.says("để mai làm tiếp")
    assert talk.state.draft_id is None
    assert "(1/" in talk.says("làm tiếp tờ khai")
    assert talk.state.draft_id is not None


def test_who_wants_a_person_gets_one_in_the_middle_of_a_form(talk: Talk) -> None:
    talk.presses("open", procedure_code=CODE)
    talk.says("cho tôi gặp cán bộ", "talk_to_officer", 0.97)
    assert talk.last is not None
    assert talk.last.handoff is not None
    assert talk.state.draft_id is not None, "the form is still there afterwards"


def test_an_answer_on_how_to_submit_offers_the_form(talk: Talk) -> None:
    reply = Reply((BotMessage("Nộp ở đây", facet="submission", procedure_code=CODE),), DialogueState())
    (message,) = with_form_offer(reply, talk.services).messages
    assert message.buttons[0].title == "Khai tờ khai tại đây"
    other = Reply((BotMessage("Nộp ở đây", facet="submission", procedure_code="9.999999"),), DialogueState())
    assert with_form_offer(other, talk.services).messages[0].buttons == ()


def test_nothing_that_was_filled_in_lies_open_in_the_ledger(talk: Talk, database: Database) -> None:
    talk.fills_in_everything()
    with database.sessions() as session:
        rows = " ".join(str(row) for row in session.execute(text("SELECT * FROM eform_draft")))
    assert FORMS[CODE].asked({}).fields
    for word in ("Nguyễn", "09123", "đồng"):
        assert word not in rows


def test_a_draft_of_another_conversation_stays_shut(talk: Talk) -> None:
    talk.presses("open", procedure_code=CODE)
    draft = talk.state.draft_id or ""
    assert talk.submissions.take_up("somebody-else", draft).draft_id is None
    assert talk.submissions.hand_over("somebody-else", draft).draft_id is None
