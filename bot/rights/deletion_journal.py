"""Deletions noted outside the ledger, so that they can be repeated after a restore (``motcua rights replay-deletions``).

One line of JSON per deletion, only ever added: the number that the citizen was told, when, at whose wish, and a keyed hash of the
conversation (under LEDGER_KEY). It leads to nobody without both a backup and that key.
"""

import fcntl
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

logger = logging.getLogger(__name__)


class JournalError(ValueError):
    """A journal that cannot be read; the message says which line."""


@dataclass(frozen=True)
class Noted:
    """One deletion."""

    reference: str
    conversation: str
    source: str
    asked_at: datetime


def conversation_hash(conversation_id: str, key: str) -> str:
    """What stands for a conversation in the journal. ``key``: one Fernet key."""
    own_key = hmac.new(key.strip().encode(), b"motcua deletion journal", hashlib.sha256).digest()
    return hmac.new(own_key, conversation_id.encode(), hashlib.sha256).hexdigest()


@dataclass
class DeletionJournal:
    """The file that deletions are noted in, by several processes perhaps. ``keys``: the ledger's; the first counts."""

    path: Path
    keys: str = field(repr=False)
    _noted: set[str] = field(default_factory=set)

    def note(self, reference: str, conversation_id: str, source: str, asked_at: datetime) -> None:
        """Returns once the line is on the disk; twice does no harm. Raises ``OSError``: then the deletion must wait."""
        if reference in self._noted:
            return
        line = {
            "reference": reference,
            "conversation": conversation_hash(conversation_id, self.keys.split(",")[0]),
            "source": source,
            "asked_at": asked_at.isoformat(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._noted.add(reference)


def read_journals(paths: Iterable[Path]) -> list[Noted]:
    """All deletions of these files, each once, oldest first. Raises ``JournalError`` and ``OSError``."""
    found: dict[str, Noted] = {}
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                noted = _noted(line)
            except (ValueError, KeyError, TypeError) as error:
                # A process may have been killed while it wrote the last one: that deletion was not carried out.
                if number == len(lines):
                    logger.warning("deletion_journal.last_line_broken", extra={"lines": number})
                    continue
                raise JournalError(f"{path}: dòng {number} không đọc được") from error
            found.setdefault(noted.reference, noted)
    return sorted(found.values(), key=lambda one: one.asked_at)


def _noted(line: str) -> Noted:
    read = json.loads(line)
    moment = datetime.fromisoformat(read["asked_at"])
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return Noted(str(read["reference"]), str(read["conversation"]), str(read["source"]), moment)


def hashes_of(conversation_id: str, keys: str) -> Sequence[str]:
    """The conversation's hashes under every key of the list."""
    return [conversation_hash(conversation_id, key) for key in keys.split(",") if key.strip()]
