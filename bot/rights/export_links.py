"""Links to one's own data: made for one conversation, known to the ledger by a hash only, valid for an hour, each form of the
file fetched once."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.rights.export import export_of
from bot.storage.models import Conversation
from bot.storage.rights_models import DataExportLink

VALID_FOR = timedelta(hours=1)
Form = Literal["page", "json"]

PATH = "/my-data"
"""Where the gateway serves the links: ``/my-data/<token>``."""


class LinkGoneError(LookupError):
    """No such link, or it is too old, or this form of the file was fetched already. Which of these is nobody's business."""


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def make_link(session: Session, conversation_id: str, now: datetime, new_token: Callable[[], str] = _new_token) -> str:
    """A new token. Older links of the conversation stop working."""
    older = update(DataExportLink).where(DataExportLink.conversation_id == conversation_id, DataExportLink.expires_at > now)
    session.execute(older.values(expires_at=now))
    token = new_token()
    session.add(
        DataExportLink(token_sha256=_digest(token), conversation_id=conversation_id, created_at=now, expires_at=now + VALID_FOR)
    )
    session.flush()
    return token


def forms_left(session: Session, token: str, now: datetime) -> tuple[Form, ...]:
    """Which forms of the file can still be fetched. Raises ``LinkGoneError`` where none can."""
    row = _valid(session, token, now)
    fetched: dict[Form, datetime | None] = {"page": row.page_fetched_at, "json": row.json_fetched_at}
    left = tuple(form for form, at in fetched.items() if at is None)
    if not left:
        raise LinkGoneError
    return left


def take_form(session: Session, token: str, form: Form, now: datetime) -> str:
    """Uses this form of the link up; the conversation whose data are behind it. Raises ``LinkGoneError``."""
    row = _valid(session, token, now)
    column = DataExportLink.page_fetched_at if form == "page" else DataExportLink.json_fetched_at
    # One conditional UPDATE: of two that press at once, one gets the file.
    mine = update(DataExportLink).where(DataExportLink.token_sha256 == row.token_sha256, column.is_(None))
    if not session.execute(mine.values({column: now}).returning(DataExportLink.token_sha256)).all():
        raise LinkGoneError
    return row.conversation_id


def data_behind(session: Session, conversation_id: str, keys: str, now: datetime) -> dict[str, Any]:
    """The data of the conversation."""
    return export_of(session, session.get_one(Conversation, conversation_id), keys, now)


def _valid(session: Session, token: str, now: datetime) -> DataExportLink:
    row = session.get(DataExportLink, _digest(token))
    if row is None or row.expires_at <= now:
        raise LinkGoneError
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()
