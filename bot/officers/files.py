"""Files that officers send: kept encrypted like citizens' attachments, handed to the platform as its own attachment where it
takes them (``bot.officers.native_files``), else fetched by a link that works once.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.media_types import DOC, DOCX, media_type_of, office_document_type_of
from bot.conversations.ownership import Officer
from bot.conversations.platform_parts import FileContent
from bot.conversations.private_values import PrivateValues
from bot.eforms.virus_scan import VirusScanner
from bot.messages import BotMessage, Button, OfferedFile
from bot.officers.notes import without_numbers
from bot.storage.officer_models import OfficerFile
from bot.texts import say

PATH = "/files"
"""Where the gateway serves the links: ``/files/<token>``."""
MAX_BYTES = 10 * 1024 * 1024
VALID_FOR = timedelta(days=3)
FETCH_AGAIN_WITHIN = timedelta(minutes=10)
"""A download that broke off may be begun anew for this long; then the link is used up."""
_LONGEST_NAME = 100
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    DOC: ".doc",
    DOCX: ".docx",
}


class FileRefusedError(ValueError):
    """``reason``: ``missing``, ``too_large``, ``wrong_type``, ``infected`` or ``not_scanned``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FileGoneError(LookupError):
    """No such link, or it is used up, or too old. Which of these is nobody's business."""


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be sent."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class KeptFile:
    """A file's number in the ledger, and the token of its link, which is written nowhere."""

    id: int
    token: str = field(repr=False)


@dataclass(frozen=True)
class OfferedDownload:
    """What a link's page shows before anything is fetched."""

    name: str
    size: int


def checked_file(name: str, content: bytes, scanner: VirusScanner) -> CheckedFile:
    """The file with a harmless name, by the rules for papers: size, type by its first bytes, scan. Word documents without macros
    are taken too.

    Raises ``FileRefusedError``."""
    if not content:
        raise FileRefusedError("missing")
    if len(content) > MAX_BYTES:
        raise FileRefusedError("too_large")
    media_type = media_type_of(content) or office_document_type_of(content)
    if media_type is None:
        raise FileRefusedError("wrong_type")
    verdict = scanner.scan(content)
    if verdict in ("infected", "failed"):
        raise FileRefusedError("infected" if verdict == "infected" else "not_scanned")
    return CheckedFile(_safe_name(name, media_type), media_type, content)


def _safe_name(name: str, media_type: str) -> str:
    """The name without folders, marks of control and private numbers, with the ending of its true type."""
    last = unicodedata.normalize("NFC", name[-400:]).replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    kept = "".join(c for c in without_numbers(stem) if c.isalnum() or c in " -_().,").strip(" .")
    return (kept[:_LONGEST_NAME].strip() or "tep") + _ENDINGS[media_type]


def keep_file(
    session: Session, private: PrivateValues, conversation_id: str, officer: Officer, file: CheckedFile, now: datetime
) -> KeptFile:
    """Keeps the file, encrypted, in the caller's transaction."""
    token = secrets.token_urlsafe(24)
    row = OfficerFile(
        conversation_id=conversation_id,
        account=officer.account,
        token_hash=_digest(token),
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=private.encrypt(file.content),
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    session.add(row)
    session.flush()
    return KeptFile(row.id, token)


def read_file(session: Session, private: PrivateValues, file_id: int) -> CheckedFile:
    """The file for a colleague who must look at it first: its link is not used up. Raises ``FileGoneError``."""
    row = session.get(OfficerFile, file_id)
    content = private.decrypt(row.content) if row is not None else None
    if row is None or content is None:
        raise FileGoneError
    return CheckedFile(row.name, row.media_type, content)


def begin_validity(session: Session, file_id: int, now: datetime) -> None:
    """The link goes to the citizen only now: its days count from here. Raises ``FileGoneError``."""
    later = update(OfficerFile).where(OfficerFile.id == file_id).values(expires_at=now + VALID_FOR)
    if session.execute(later.returning(OfficerFile.id)).first() is None:
        raise FileGoneError


def drop_file(session: Session, file_id: int) -> None:
    """The file will not be sent: it is kept no longer."""
    session.execute(delete(OfficerFile).where(OfficerFile.id == file_id))


def attached_message(base: str, kept: KeptFile, name: str, kind: Literal["image", "file"]) -> BotMessage:
    """What the citizen gets where the platform takes the file itself; its link goes out should the file be refused after all."""
    file = OfferedFile(kind, f"{base}{PATH}/{kept.token}", name, officer_file=kept.id)
    return BotMessage(say("officer_attaches_file", name=name), files=(file,))


def file_to_attach(
    session: Session, private: PrivateValues, conversation_id: str, number: int, now: datetime
) -> FileContent | None:
    """The file for the platform; its link is not used up by it. None where it is gone or of another conversation."""
    row = session.get(OfficerFile, number)
    if row is None or row.conversation_id != conversation_id or row.expires_at <= now:
        return None
    content = private.decrypt(row.content)
    return FileContent(row.name, row.media_type, content) if content is not None else None


def file_message(base: str, token: str, name: str) -> BotMessage:
    """What the citizen gets where the platform does not take the file.

    ``base``: our address as they reach it; only an https address can be a button."""
    link = f"{base}{PATH}/{token}"
    text = say("officer_sends_file", name=name, days=VALID_FOR.days)
    if not link.startswith("https://"):
        return BotMessage(f"{text}\n{link}")
    return BotMessage(text, buttons=(Button(say("officer_button_file"), url=link),))


def download_offered(session: Session, token: str, now: datetime) -> OfferedDownload:
    """What lies behind the link; nothing is used up. Raises ``FileGoneError``."""
    row = session.scalars(_in_force(token, now)).one_or_none()
    if row is None:
        raise FileGoneError
    return OfferedDownload(row.name, row.size)


def take_file(session: Session, private: PrivateValues, token: str, now: datetime) -> CheckedFile:
    """The file; its link is used up from the first call on. Raises ``FileGoneError``."""
    row = session.scalars(_in_force(token, now).with_for_update()).one_or_none()
    content = private.decrypt(row.content) if row is not None else None
    if row is None or content is None:
        raise FileGoneError
    if row.fetched_at is None:
        row.fetched_at, row.expires_at = now, min(row.expires_at, now + FETCH_AGAIN_WITHIN)
    return CheckedFile(row.name, row.media_type, content)


def _in_force(token: str, now: datetime) -> Select[OfficerFile]:
    return select(OfficerFile).where(OfficerFile.token_hash == _digest(token), OfficerFile.expires_at > now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()
