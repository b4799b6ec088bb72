"""A citizen's number in clear, for the one officer who owns the conversation now. Whoever calls this writes the audit log."""

from collections.abc import Callable
from typing import Literal

from sqlalchemy.orm import Session

from bot.conversations.private_values import PrivateValues
from bot.storage.database import SessionFactory
from bot.storage.models import Conversation

Refusal = Literal["unknown_conversation", "not_owner", "gone"]
Owns = Callable[[Session, str, str], bool]
"""Whether this account (second) owns this conversation (third) at this moment, read in the session given."""


class RevealRefusedError(PermissionError):
    """The number is not shown; ``refusal`` says why, and neither number nor token is in the text."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal: Refusal = refusal


def reveal_for_owner(
    sessions: SessionFactory, private: PrivateValues, *, account: str, conversation_id: str, token: str, owns: Owns
) -> str:
    """The value behind a placeholder, only while an officer has the word and ``owns`` says that it is this account.

    Raises ``RevealRefusedError``: ``unknown_conversation``, ``not_owner`` (also where the bot speaks or it is closed), ``gone``
    (the token is of another conversation, past its time, or under a key that is no longer there)."""
    with sessions() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise RevealRefusedError("unknown_conversation")
        if not account or conversation.speaker != "officer" or not owns(session, account, conversation_id):
            raise RevealRefusedError("not_owner")
    value = private.reveal(token, conversation_id)
    if value is None:
        raise RevealRefusedError("gone")
    return value
