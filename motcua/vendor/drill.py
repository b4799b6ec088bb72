"""``motcua vendor drill``: the exit, tried out: export, restore elsewhere, ask both the same."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bot.clock import VIETNAM_TIME
from bot.conversations.key_rotation import UNREADABLE, LedgerKeys, key_status
from bot.settings import Settings
from bot.storage.all_models import METADATA
from bot.storage.database import open_database
from motcua.vendor.archive import Told
from motcua.vendor.exporting import export_pack
from motcua.vendor.questions import Question, answers
from motcua.vendor.restoring import Restored, restore_pack


@dataclass(frozen=True)
class Difference:
    """One question that the restored side answers otherwise."""

    text: str
    before: str
    after: str


@dataclass(frozen=True)
class DrillReport:
    """What came of a drill. Times in seconds, ``size`` in bytes. ``row_differences``: table to rows before and after;
    ``unreadable``: encrypted values that the restored key does not open, and the original does."""

    at: datetime
    asked: int
    differences: tuple[Difference, ...]
    rows: int
    row_differences: dict[str, tuple[int, int]]
    unreadable: int
    audit_entries: int
    size: int
    seconds: dict[str, float]
    sha256: str

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and not self.row_differences and not self.unreadable

    def to_json(self) -> str:
        """For the file that proves the drill. Answers that differ are in it, citizens' words are not."""
        return json.dumps(
            {
                "at": self.at.isoformat(timespec="seconds"),
                "passed": self.passed,
                "questions": self.asked,
                "differences": [vars(one) for one in self.differences],
                "rows": self.rows,
                "row_differences": self.row_differences,
                "unreadable_values": self.unreadable,
                "audit_entries": self.audit_entries,
                "pack_bytes": self.size,
                "pack_sha256": self.sha256,
                "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
            },
            ensure_ascii=False,
            indent=1,
        )


@dataclass
class _Watch:
    """How long each step took."""

    seconds: dict[str, float]
    began: float

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = now - self.began
        self.began = now


@dataclass(frozen=True)
class Place:
    """Where a drill restores to: an empty database, an empty folder, both thrown away afterwards."""

    folder: Path
    url: str


def hold_drill(settings: Settings, questions: Sequence[Question], place: Place, now: datetime, tell: Told) -> DrillReport:
    """Exports, restores to ``place`` and compares. Raises ``PackError``, ``CatalogueError`` and SQLAlchemy's errors."""
    watch = _Watch({}, time.perf_counter())
    passphrase = secrets.token_urlsafe(24)
    exported = export_pack(settings, place.folder / "goi.zip", now, tell, passphrase=passphrase)
    watch.lap("export")
    restored = restore_pack(exported.path, place.url, place.folder / "var", tell, passphrase=passphrase)
    watch.lap("restore")
    there = restored.settings(settings, place.url)
    tell(f"Hỏi cả hai bên {len(questions)} câu")
    today = now.astimezone(VIETNAM_TIME).date()
    before, after = answers(settings, questions, today), answers(there, questions, today)
    watch.lap("ask")
    differing = tuple(
        Difference(question.text, first, second)
        for question, first, second in zip(questions, before, after, strict=True)
        if first != second
    )
    return DrillReport(
        at=now,
        asked=len(questions),
        differences=differing,
        rows=exported.rows,
        row_differences=_row_differences(restored, place.url),
        unreadable=_unreadable(settings, place.url),
        audit_entries=exported.manifest.audit_head[0],
        size=exported.size,
        seconds=watch.seconds,
        sha256=exported.sha256,
    )


def with_engine(report: DrillReport, texts: Sequence[str], before: Sequence[str], after: Sequence[str]) -> DrillReport:
    """The report with what the whole product, engine and all, said on both sides."""
    found = [Difference(*one) for one in zip(texts, before, after, strict=True) if one[1] != one[2]]
    return replace(report, asked=report.asked + len(texts), differences=(*report.differences, *found))


def _row_differences(restored: Restored, url: str) -> dict[str, tuple[int, int]]:
    """Counted anew in the restored database, against what the exporting transaction wrote."""
    database = open_database(url, pool_size=1)
    with database.sessions() as session:
        there = {one.name: session.scalar(select(func.count()).select_from(one)) or 0 for one in METADATA.sorted_tables}
    database.engine.dispose()
    before = {name: content.rows for name, content in restored.manifest.tables.items()}
    names = before.keys() | there.keys()
    return {
        name: (before.get(name, 0), there.get(name, 0)) for name in sorted(names) if before.get(name, 0) != there.get(name, 0)
    }


def _unreadable(settings: Settings, url: str) -> int:
    """Encrypted values that opened before and do not now."""
    keys = LedgerKeys(settings.ledger_key.get_secret_value())
    counts = []
    for address in (settings.database_url, url):
        database = open_database(address, pool_size=1)
        counts.append(sum(state.by_key.get(UNREADABLE, 0) for state in key_status(database.sessions, keys)))
        database.engine.dispose()
    return max(counts[1] - counts[0], 0)
