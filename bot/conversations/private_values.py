"""Private numbers of citizens: stored encrypted for a day, known to everyone else by a token (contract §3)."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock, utc_now
from bot.conversations.encryption import ledger_cipher
from bot.language.masking import PLACEHOLDER, PrivateSpan, masked
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Inbound, PrivateValue

KEPT = timedelta(hours=24)

SHOWN_TO_OFFICERS = frozenset(
    {
        "citizen_id", "phone", "email", "dossier_code", "bank_card", "passport", "social_insurance", "health_insurance",
        "tax_code", "driving_licence",
    }
)  # fmt: skip
"""Kinds that an officer may see masked, and in clear with a reason. What opens a dossier (look-up codes, one-time codes, proofs
of the portal) is nobody's to see, whoever asks."""
_WHOLE_LENGTHS = {"citizen_id": 12, "phone": 10}


_TOKEN_LETTERS = "abcdefghijklmnop"


def _new_token() -> str:
    # Letters only: a token with nine figures in a row would itself be taken for somebody's number.
    return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(16))


class PrivateValues:
    """Exchanges private values for tokens and back. ``key``: one or more Fernet keys, comma separated."""

    def __init__(
        self, sessions: SessionFactory, key: str, clock: Clock = utc_now, new_token: Callable[[], str] = _new_token
    ) -> None:
        self._sessions = sessions
        self._cipher = ledger_cipher(key)
        self._clock = clock
        self._new_token = new_token

    def store(self, conversation_id: str, spans: Iterable[PrivateSpan]) -> list[str]:
        """Stores the values of one message in a transaction of their own; returns their tokens in order."""
        with writing(self._sessions) as session:
            return [self.store_within(session, conversation_id, span) for span in spans]

    def store_within(self, session: Session, conversation_id: str, span: PrivateSpan) -> str:
        """Stores one value as part of the caller's transaction; returns its token."""
        token = self._new_token()
        session.add(
            PrivateValue(
                conversation_id=conversation_id,
                token=token,
                kind=span.kind,
                masked=masked(span.kind, span.value),
                ciphertext=self.encrypt(span.value.encode()),
                expires_at=self._clock() + KEPT,
            )
        )
        return token

    def reveal(self, token: str, conversation_id: str) -> str | None:
        """The value, or None where the token belongs to another conversation, is unknown, too old, or cannot be decrypted."""
        found = self.reveal_kind(token, conversation_id)
        return found[1] if found is not None else None

    def reveal_kind(self, token: str, conversation_id: str) -> tuple[str, str] | None:
        """The value's kind and the value; None as in ``reveal``."""
        with self._sessions() as session:
            row = session.get(PrivateValue, (conversation_id, token))
        if row is None or row.ciphertext is None or row.expires_at <= self._clock():
            return None
        try:
            return row.kind, self._cipher.decrypt(row.ciphertext).decode()
        except InvalidToken:
            return None

    def incomplete_number(self, session: Session, conversation_id: str, token: str) -> str | None:
        """The digits of a value that is only the beginning of a number; None for any other value."""
        row = session.get(PrivateValue, (conversation_id, token))
        if row is None or row.ciphertext is None or row.kind not in _WHOLE_LENGTHS or row.expires_at <= self._clock():
            return None
        value = (self.decrypt(row.ciphertext) or b"").decode()
        return value if value.isdecimal() and len(value) < _WHOLE_LENGTHS[row.kind] else None

    def purge(self, token: str, conversation_id: str) -> None:
        """Makes a value unreadable before its time, and with it the raw body of the message that it came in; its masked form
        stays. For one-time codes, once they are used."""
        mine = (PrivateValue.conversation_id == conversation_id, PrivateValue.token == token)
        came_in = (Inbound.conversation_id == conversation_id, Inbound.text.contains(f":{token}⟧", autoescape=True))
        with writing(self._sessions) as session:
            session.execute(update(PrivateValue).where(*mine).values(ciphertext=None))
            session.execute(update(Inbound).where(*came_in).values(raw=None))

    def decrypt(self, stored: bytes) -> bytes | None:
        """What ``encrypt`` made unreadable, or None where our keys do not open it."""
        try:
            return self._cipher.decrypt(stored)
        except InvalidToken:
            return None

    def encrypt(self, content: bytes) -> bytes:
        """The content as it may lie in the ledger."""
        return self._cipher.encrypt(content)


def masked_forms(session: Session, conversation_id: str, texts: Sequence[str]) -> dict[str, str]:
    """For each token named in the texts, the form that people may see."""
    tokens = {match.group(2) for text in texts for match in PLACEHOLDER.finditer(text)}
    if not tokens:
        return {}
    rows = session.execute(
        select(PrivateValue.token, PrivateValue.masked).where(
            PrivateValue.conversation_id == conversation_id, PrivateValue.token.in_(tokens)
        )
    )
    return {row.token: row.masked for row in rows}


def show_masked(text: str, forms: dict[str, str], hidden: str) -> str:
    """The text for people: placeholders become their masked form, or ``hidden`` where the token is not of this conversation."""
    return PLACEHOLDER.sub(lambda match: forms.get(match.group(2), hidden), text)


def forget_expired_values(session: Session, now: datetime) -> int:
    """Deletes the ciphertext of values past their time; their masked form stays. Returns how many."""
    expired = update(PrivateValue).where(PrivateValue.ciphertext.is_not(None), PrivateValue.expires_at <= now)
    return len(session.execute(expired.values(ciphertext=None).returning(PrivateValue.token)).all())
