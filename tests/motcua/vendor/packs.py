"""What the tests of packs share: a filled ledger, places to restore to, and what stands in a ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.accounts.audit import OPERATOR, record_audit
from bot.storage.all_models import METADATA
from bot.storage.database import Database, open_database, writing
from bot.switches.board import Target
from bot.switches.store import switch_off
from tests.bot.rights.filled import fill

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
KEY = Fernet.generate_key().decode()
PASSPHRASE = "con đường làng có hàng tre"


def fill_ledger(database: Database) -> None:
    """Two citizens, audit entries, orders that may only be added."""
    for name in ("conv-a", "conv-b"):
        fill(database, name, NOW, KEY)
    switch_off(database.sessions, Target("channel", "zalo"), reason="thử", by="An", now=NOW)
    with writing(database.sessions) as session:
        for number in range(3):
            record_audit(session, OPERATOR, "test.done", f"thing:{number}", {"chữ": "có dấu “"}, now=NOW)


@dataclass(frozen=True)
class Places:
    """Empty databases to restore to, of each kind that answers here."""

    sqlite: Callable[[], str]
    kinds: tuple[str, ...]
    of: Callable[[str], str]


def all_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the models read it."""
    opened = open_database(url)
    with opened.engine.connect() as connection:
        found = {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
            for table in METADATA.sorted_tables
        }
    opened.engine.dispose()
    return found


def quiet(_line: str) -> None:
    """For commands whose progress nobody reads."""
