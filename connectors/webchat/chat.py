"""The web chat's dealings with the ledger, without HTTP: open a conversation, take a message, read what was said."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot import tracing
from bot.conversations.clock import Clock
from bot.conversations.intake import Acceptance, CitizenEvent, Intake
from bot.conversations.transcript import ConversationState, read_states, read_transcript
from bot.messages import BotMessage
from bot.storage.database import SessionFactory
from connectors.webchat.campaigns import note_arrival
from connectors.webchat.parse import ChatPost, event_id
from connectors.webchat.render import line_json
from connectors.webchat.session_tokens import SessionTokens

CHANNEL = "webchat"
ACCOUNT = "web"
_MOST_LINES = 1_000


class WebChat:
    """All calls block on the database; the routes run them in threads."""

    def __init__(self, sessions: SessionFactory, intake: Intake, tokens: SessionTokens, clock: Clock) -> None:
        self._sessions = sessions
        self._intake = intake
        self._tokens = tokens
        self._clock = clock

    def open(self, greeting: BotMessage) -> dict[str, Any]:
        """A new conversation: its token, its id and the greeting as the page shows it."""
        conversation_id, _ = self._intake.open_conversation(CHANNEL, ACCOUNT, greeting)
        lines, _ = self.read(conversation_id, 0)
        token = self._tokens.issue(conversation_id, self._clock())
        return {"token": token, "conversation_id": conversation_id, "greeting": lines}

    def holder(self, token: str) -> tuple[str, datetime]:
        """The conversation of a token and the token's end. Raises ``InvalidSessionError`` or ``ExpiredSessionError``."""
        return self._tokens.check(token, self._clock())

    def take(self, conversation_id: str, post: ChatPost, raw: bytes, address: str | None = None) -> Acceptance:
        """Stores a message; when this returns it is committed. ``address``: a keyed hash of where it came from. Raises the errors
        of ``Intake.accept``."""
        began_ns = tracing.arrived_ns()
        with tracing.span("webchat", kind="server", root=True, began_ns=began_ns, channel=CHANNEL) as span:
            event = CitizenEvent(
                channel=CHANNEL,
                account=ACCOUNT,
                external_id=conversation_id,
                event_id=event_id(conversation_id, post.client_id),
                raw=raw,
                text=post.text,
                button=post.button,
                address=address,
                traceparent=span.traceparent,
            )
            (acceptance,) = self._intake.accept([event], open_missing=False)
            return acceptance

    def came_by(self, conversation_id: str, code: str) -> bool:
        """Notes the campaign whose link led here, and shows what it says, once; whether there is such a campaign."""
        return note_arrival(self._sessions, conversation_id, code, self._clock())

    def read(self, conversation_id: str, after: int) -> tuple[list[dict[str, Any]], ConversationState | None]:
        """The lines after a number, at most 1,000, and the state; None where there is no such conversation."""
        with self._sessions() as session:
            state = read_states(session, [conversation_id]).get(conversation_id)
            lines = read_transcript(session, conversation_id, after, _MOST_LINES)
        return [line_json(line) for line in lines], state

    def states(self, conversation_ids: Iterable[str]) -> Mapping[str, ConversationState]:
        """The states of several conversations."""
        with self._sessions() as session:
            return read_states(session, conversation_ids)
