"""One row in every table of the ledger, made of what the models say: kinds, lengths, known words, foreign keys."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    insert,
)

from bot.storage.all_models import METADATA
from bot.storage.columns import UtcDateTime

MOMENT = datetime(2026, 11, 27, 3, 4, 5, 678901, tzinfo=UTC)
_BY_KIND: tuple[tuple[type, Any], ...] = (
    (Boolean, True),
    (UtcDateTime, MOMENT),
    (DateTime, MOMENT),
    (Date, date(2026, 11, 27)),
    (Float, 0.5),
    (Integer, 1),
    (LargeBinary, b"\x00kh\xc3\xb4ng"),
    (JSON, {"chữ": ["có dấu “", 1, None]}),
)
_KNOWN_WORD = re.compile(r"(\w+) IN \('([^']+)'")


def rows() -> dict[str, dict[str, Any]]:
    """A row of each table, parents first. A key that leads to the table itself is left empty."""
    made: dict[str, dict[str, Any]] = {}
    for table in METADATA.sorted_tables:
        words = _known_words(table)
        made[table.name] = {column.name: _value(column, words, made) for column in table.columns}
    return made


def write(connection: Connection, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """Writes rows as an application would that knows these tables and columns and no more."""
    present = MetaData()
    present.reflect(connection, only=lambda name, _metadata: name in wanted)
    for name, row in wanted.items():
        known = METADATA.tables[name]
        # The kinds are the models', the columns and their defaults the database's.
        plain = Table(name, MetaData(), *(Column(column, known.columns[column].type) for column in row))
        assert set(row) <= set(present.tables[name].columns.keys())
        connection.execute(insert(plain).values(dict(row)))


def _known_words(table: Table) -> dict[str, str]:
    texts = [str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)]
    return dict(found.groups() for text in texts for found in _KNOWN_WORD.finditer(text))


def _value(column: Column[Any], words: Mapping[str, str], made: Mapping[str, Mapping[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent = made.get(key.column.table.name)
        return None if parent is None else parent[key.column.name]
    if column.name in words:
        return words[column.name]
    if column.name == "ends_at":
        return MOMENT + timedelta(hours=1)
    for kind, value in _BY_KIND:
        if isinstance(column.type, kind):
            return value
    assert isinstance(column.type, String | Text), f"no value for {column}"
    return f"{column.name} ữ"[: column.type.length or 200]
