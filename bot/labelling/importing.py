"""Takes a list of messages into the labelling, a piece at a time, so that its progress can be seen and memory stays bounded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock
from bot.conversations.ownership import Officer
from bot.labelling.example_text import words_key
from bot.labelling.listed_messages import ListedMessage, read_list
from bot.storage.database import SessionFactory, writing
from bot.storage.labelling_models import LabelImport, LabelItem, LabelReason

AT_ONCE = 200
MOST_FAULTS = 200
SILENT = timedelta(minutes=1)
"""An import without a sign of life for so long was cut off."""


def begin_import(session: Session, trainer: Officer, source_name: str, content: bytes, now: datetime) -> int:
    """Notes an import that is about to run; returns its number. Raises ``UnreadableListError`` where the file is no list."""
    read_list(content)
    row = LabelImport(
        account=trainer.account,
        name=trainer.name,
        source_name=source_name[:200],
        state="running",
        bytes_total=len(content),
        started_at=now,
        beat_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def run_import(sessions: SessionFactory, import_id: int, content: bytes, clock: Clock) -> None:
    """Takes the rows in, 200 a transaction. May be run again after a cut-off: what is there already counts as a double."""
    rows = read_list(content)
    while piece := list(islice(rows, AT_ONCE)):
        with writing(sessions) as session:
            _take_in(session, import_id, piece, clock())
    with writing(sessions) as session:
        row = session.get_one(LabelImport, import_id)
        row.state, row.bytes_done, row.finished_at = "done", row.bytes_total, clock()


def note_broken(sessions: SessionFactory, import_id: int, reason: str, now: datetime) -> None:
    """The import ended early; what it had taken in stays."""
    with writing(sessions) as session:
        row = session.get_one(LabelImport, import_id)
        row.state, row.reason, row.finished_at = "broken", reason, now


def was_cut_off(row: LabelImport, now: datetime) -> bool:
    """Whether the import says that it runs and does not."""
    return row.state == "running" and row.beat_at < now - SILENT


def _take_in(session: Session, import_id: int, piece: Sequence[ListedMessage], now: datetime) -> None:
    row = session.get_one(LabelImport, import_id, with_for_update=True)
    texts = {words_key(one.text): one.text for one in reversed(piece) if one.text is not None}
    added = _add(session, import_id, texts, now)
    faults = [[one.line, one.fault] for one in piece if one.fault is not None]
    good = sum(one.text is not None for one in piece)
    row.rows += len(piece)
    row.added += added
    row.duplicates += good - added
    row.refused += len(faults)
    row.faults = (row.faults + faults)[:MOST_FAULTS]
    row.bytes_done, row.beat_at = int(row.bytes_total * piece[-1].read), now


def _add(session: Session, import_id: int, texts: dict[str, str], now: datetime) -> int:
    """Adds the messages that were not imported before; returns how many."""
    known = select(LabelItem.words_key).where(LabelItem.import_id.is_not(None), LabelItem.words_key.in_(texts))
    new = texts.keys() - set(session.scalars(known))
    if not new:
        return 0
    given = {"channel": "import", "at": now, "ranking": [], "state": "open", "apart": False, "import_id": import_id}
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    rows = [{"text": text, "words_key": key} | given for key, text in texts.items() if key in new]
    made = session.scalars(insert(LabelItem).values(rows).on_conflict_do_nothing().returning(LabelItem.id)).all()
    if made:
        session.execute(insert(LabelReason).values([{"item_id": one, "reason": "imported"} for one in made]))
    return len(made)
