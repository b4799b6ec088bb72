"""Conversations to be found: what a citizen asks, how it was understood and what the bot answers."""

from bot.conversations.speech import Line
from bot.conversations.turns import Conclusion
from bot.messages import BotMessage
from bot.officers.visibility import Sight
from bot.review.index import index_everything
from bot.review.search import FoundPage, TranscriptFilter, search_transcripts
from bot.review.words import parse_terms
from tests.bot.officers.office import Office

ALL = Sight("admin", teams=None)


def talk(
    office: Office,
    question: str,
    answer: str = "Trả lời",
    *,
    intent: str = "ask_fee",
    confidence: float = 0.9,
    procedure: str | None = None,
    conversation: str | None = None,
) -> str:
    """A citizen's question and the bot's answer; the conversation's id."""
    office.clock.move(minutes=1)
    conversation = conversation or office.citizen()
    office.writes(conversation, question)
    line = Line(BotMessage(answer, procedure_code=procedure))
    office.turn(Conclusion("answered", "bot", lines=(line,), nlu={"intent": intent, "confidence": confidence}))
    return conversation


def found(office: Office, typed: str = "", sight: Sight = ALL, **more) -> list[str]:
    """The conversations found, newest first, after the index was brought up to date."""
    return [row.conversation_id for row in found_page(office, typed, sight, **more).rows]


def found_page(office: Office, typed: str = "", sight: Sight = ALL, order: str = "newest", page: int = 1, **more) -> FoundPage:
    """The page of results."""
    index_everything(office.sessions)
    with office.sessions() as session:
        wanted = TranscriptFilter(parse_terms(typed), **more)
        return search_transcripts(session, sight, wanted, order=order, page=page)  # type: ignore[arg-type]
