"""Renewing what is encrypted at rest: every encrypted column under the first key of LEDGER_KEY, in small batches.

Safe beside a running product: a value is only exchanged for the very bytes that were read, so a value written meanwhile stays (it
is under the first key already). Stopped halfway, it is simply run again: what is done is seen and left.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Column, Table, func, select, tuple_, update

from bot.conversations.encryption import cipher_of_each
from bot.secret_lists import listed_secrets
from bot.storage.all_models import METADATA
from bot.storage.classification import columns_of
from bot.storage.database import SessionFactory, writing

BATCH = 50
"""Values a transaction; attachments may have several megabytes each."""

UNREADABLE = -1
"""In place of a key's number: no key of ours opens the value."""


@dataclass(frozen=True)
class ColumnState:
    """How many values of a column are under which key (0 is the first; ``UNREADABLE``: under none)."""

    table: str
    column: str
    by_key: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All values."""
        return sum(self.by_key.values())

    @property
    def to_renew(self) -> int:
        """The values under an older key."""
        return sum(count for key, count in self.by_key.items() if key > 0)


@dataclass(frozen=True)
class Renewed:
    """What became of a column: values renewed now, under the first key before, not readable."""

    table: str
    column: str
    renewed: int
    current: int
    unreadable: int


class LedgerKeys:
    """The keys of LEDGER_KEY, in their order."""

    def __init__(self, keys: str) -> None:
        """Raises ``LedgerKeyError``."""
        self.ciphers = cipher_of_each(keys)
        self.fingerprints = tuple(hashlib.sha256(b"motcua key " + key.encode()).hexdigest()[:8] for key in listed_secrets(keys))

    def number_of(self, value: bytes) -> int:
        """The number of the key that opens a value, or ``UNREADABLE``."""
        for number, cipher in enumerate(self.ciphers):
            try:
                cipher.decrypt(value)
            except InvalidToken:
                continue
            return number
        return UNREADABLE

    def renewed(self, value: bytes) -> bytes:
        """The same content under the first key; the moment of its encryption stays."""
        return MultiFernet(self.ciphers).rotate(value)


def key_status(sessions: SessionFactory, keys: LedgerKeys) -> list[ColumnState]:
    """For each encrypted column, how many values are under which key."""
    found = []
    for table, column in _encrypted():
        counts: Counter[int] = Counter()
        for batch in _batches(sessions, table, column):
            counts.update(keys.number_of(row[-1]) for row in batch)
        found.append(ColumnState(table.name, column.name, dict(counts)))
    return found


@dataclass(frozen=True)
class Sampled:
    """How many encrypted values were tried, and how many of them no key opened."""

    looked_at: int
    unreadable: int


def sample_readable(sessions: SessionFactory, keys: LedgerKeys) -> Sampled:
    """Tries the first values of every encrypted column: whether the keys at hand are those of this ledger."""
    numbers = [keys.number_of(row[-1]) for table, column in _encrypted() for row in next(_batches(sessions, table, column), ())]
    return Sampled(len(numbers), numbers.count(UNREADABLE))


def rotate(
    sessions: SessionFactory,
    keys: LedgerKeys,
    progress: Callable[[Renewed], None] = lambda _one: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Renewed]:
    """Brings every value under the first key. ``progress`` hears of a column after each batch; ``stop`` ends it between two."""
    done: list[Renewed] = []
    for table, column in _encrypted():
        counts: Counter[str] = Counter()
        for batch in _batches(sessions, table, column):
            _renew(sessions, keys, table, column, batch, counts)
            progress(_result(table, column, counts))
            if stop():
                return [*done, _result(table, column, counts)]
        done.append(_result(table, column, counts))
    return done


def _result(table: Table, column: Column[Any], counts: Counter[str]) -> Renewed:
    return Renewed(table.name, column.name, counts["renewed"], counts["current"], counts["unreadable"])


def _renew(
    sessions: SessionFactory,
    keys: LedgerKeys,
    table: Table,
    column: Column[Any],
    batch: Sequence[tuple[Any, ...]],
    counts: Counter[str],
) -> None:
    old = []
    for row in batch:
        number = keys.number_of(row[-1])
        counts["current"] += number == 0
        counts["unreadable"] += number == UNREADABLE
        if number > 0:
            old.append(row)
    if not old:
        return
    # Encrypted before the write lock is taken, so that others wait for the writing alone.
    fresh = [(row, keys.renewed(row[-1])) for row in old]
    with writing(sessions) as session:
        for row, value in fresh:
            told = row[:-1]
            same = [key == value_of for key, value_of in zip(table.primary_key.columns, told, strict=True)]
            written = session.execute(update(table).where(*same, column == row[-1]).values({column.name: value}))
            counts["renewed"] += written.rowcount  # type: ignore[attr-defined] # a CursorResult
            # Whoever wrote meanwhile used the first key.
            counts["current"] += 1 - written.rowcount  # type: ignore[attr-defined]


def _encrypted() -> Iterator[tuple[Table, Column[Any]]]:
    for table, column in sorted(columns_of("encrypted")):
        yield METADATA.tables[table], METADATA.tables[table].columns[column]


def _batches(sessions: SessionFactory, table: Table, column: Column[Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows that hold a value, by primary key, each with the value last; no transaction stays open between two batches."""
    keys = list(table.primary_key.columns)
    after: tuple[Any, ...] | None = None
    while True:
        wanted = select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(BATCH)
        if after is not None:
            wanted = wanted.where(tuple_(*keys) > tuple_(*after) if len(keys) > 1 else keys[0] > after[0])
        with sessions() as session:
            rows = [tuple(row) for row in session.execute(wanted)]
        if not rows:
            return
        yield rows
        after = rows[-1][:-1]


@dataclass(frozen=True)
class HashState:
    """A column of keyed hashes: how many rows, and when the newest of them ends by itself (None: they have no end)."""

    table: str
    column: str
    rows: int
    last_ends_at: datetime | None


def hash_status(sessions: SessionFactory) -> list[HashState]:
    """The keyed hashes. A hash does not tell its key: an older key must stay until all that it made are gone."""
    found = []
    for table_name, column_name in sorted(columns_of("hashed")):
        table = METADATA.tables[table_name]
        column = table.columns[column_name]
        ends = table.columns.get("expires_at")
        with sessions() as session:
            rows = session.scalar(select(func.count()).select_from(table).where(column.is_not(None))) or 0
            last = session.scalar(select(func.max(ends)).where(column.is_not(None))) if ends is not None else None
        found.append(HashState(table_name, column_name, rows, last))
    return found
