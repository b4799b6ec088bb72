"""Every migration taken back and made again on a ledger that holds a row in every table, on both databases."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.storage.database import Database
from bot.storage.migrate import downgrade, migration_config, upgrade
from bot.storage.review_models import SEARCH_STRUCTURES
from tests.bot.storage.one_row_each import rows, write

Kept = dict[str, list[dict[str, Any]]]

REVISIONS = [one.revision for one in ScriptDirectory.from_config(migration_config()).walk_revisions()]
"""The newest first."""
EXPANDS_SINCE = "0030"
"""From this migration on the code of the release before runs on the new shape (docs/operators/ledger.md)."""


def stored(connection: Connection) -> Kept:
    """All rows, as the database gives them."""
    names = [name for name in inspect(connection).get_table_names() if not name.startswith((SEARCH_STRUCTURES, "alembic"))]
    return {name: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()] for name in names}


def shape(connection: Connection) -> dict[str, dict[str, bool]]:
    """Of each column of each table, whether an insert must name it."""
    look = inspect(connection)
    return {
        name: {
            one["name"]: not one["nullable"] and one["default"] is None and not _numbers_itself(look, name, one["name"])
            for one in look.get_columns(name)
        }
        for name in look.get_table_names()
        if not name.startswith((SEARCH_STRUCTURES, "alembic"))
    }


def _numbers_itself(look: Any, table: str, column: str) -> bool:
    return bool(look.get_pk_constraint(table)["constrained_columns"] == [column])


def lost(before: Kept, after: Kept) -> list[str]:
    """Rows of before that are not in after, where both have the table, by the columns that both have."""
    found = []
    for name in before.keys() & after.keys():
        for row in before[name]:
            there = [all(other.get(column, value) == value for column, value in row.items()) for other in after[name]]
            if not any(there):
                found.append(f"{name}: {row}")
    return found


@pytest.fixture
def filled(database: Database) -> Database:
    """A ledger with a row in every table."""
    with database.engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
        write(connection, rows())
    return database


def move(database: Database, to: str, *, up: bool) -> Kept:
    """Changes the shape as operators do and gives what the ledger holds then."""
    url = database.engine.url.render_as_string(hide_password=False)
    (upgrade if up else downgrade)(url, to)
    # A connection keeps the plans of its statements, and "all columns" are others now.
    database.engine.dispose()
    with database.engine.connect() as connection:
        return stored(connection)


@pytest.mark.timeout(300)
def test_every_migration_can_be_taken_back_and_made_again_without_losing_what_the_older_shape_holds(filled: Database) -> None:
    with filled.engine.connect() as connection:
        now = stored(connection)
    assert all(len(found) == 1 for found in now.values()), "a row in every table"
    for newer, older in pairwise(REVISIONS):
        back = move(filled, older, up=False)
        assert lost(now, back) == [], f"taking {newer} back"
        again = move(filled, newer, up=True)
        assert lost(back, again) == [], f"making {newer} again"
        now = move(filled, older, up=False)
        assert lost(back, now) == [], f"taking {newer} back a second time"


def test_the_code_of_the_release_before_writes_on_the_newest_shape(database: Database) -> None:
    """The new tables come before the new code: what the old code writes meanwhile must be taken."""
    move(database, REVISIONS[1], up=False)
    with database.engine.connect() as connection:
        known = shape(connection)
    move(database, "head", up=True)
    with database.engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
        write(connection, _in_old_words(known))
        assert all(stored(connection)[name] for name in known)


def test_a_migration_only_adds(database: Database) -> None:
    """Since the rule holds: no table or column that the release before knows goes away, and it need name no other."""
    with database.engine.connect() as connection:
        new = shape(connection)
    for newer, older in pairwise(REVISIONS):
        if newer < EXPANDS_SINCE:
            break
        move(database, older, up=False)
        with database.engine.connect() as connection:
            old = shape(connection)
        assert broken_for_old_code(old, new) == [], newer
        new = old


def broken_for_old_code(old: Mapping[str, Mapping[str, bool]], new: Mapping[str, Mapping[str, bool]]) -> list[str]:
    """What code that knows the old shape meets on the new one."""
    gone = [f"{t}.{c} is gone" for t, columns in old.items() for c in columns if c not in new.get(t, {})]
    needed = [
        f"{t}.{c} must be named"
        for t in old.keys() & new.keys()
        for c, must in new[t].items()
        if must and not old[t].get(c, False)
    ]
    return gone + needed


def test_the_rule_finds_what_breaks_old_code() -> None:
    old = {"a": {"id": False, "word": True, "more": False}, "b": {"id": False}}
    new = {"a": {"id": False, "word": True, "must": True, "may": False}}
    assert broken_for_old_code(old, new) == ["a.more is gone", "b.id is gone", "a.must must be named"]


def _in_old_words(known: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, Any]]:
    return {name: {c: v for c, v in row.items() if c in known[name]} for name, row in rows().items() if name in known}
