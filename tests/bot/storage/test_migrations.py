"""The migrations make exactly the tables that the models describe, once, on both databases."""

import subprocess
import sys

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, open_database, writing
from bot.storage.migrate import is_at_head, is_modelled, migration_config, upgrade
from bot.storage.models import Base, Conversation
from bot.storage.review_models import SEARCH_STRUCTURES
from tests.moving_clock import MovingClock


def test_an_empty_database_gets_every_table_and_a_second_run_changes_nothing(database_url: str) -> None:
    database = open_database(database_url)
    assert not is_at_head(database.engine)
    upgrade(database_url)
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="webchat", account="web", external_id="c", opened_at=MovingClock()()))
    upgrade(database_url)
    assert is_at_head(database.engine)
    with database.sessions() as session:
        assert session.get(Conversation, "c") is not None
    tables = {name for name in inspect(database.engine).get_table_names() if not name.startswith(SEARCH_STRUCTURES)}
    assert tables == {*Base.metadata.tables, "alembic_version"}
    database.engine.dispose()


def test_the_migrations_match_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_modelled})
        assert compare_metadata(context, Base.metadata) == []


def test_several_processes_may_upgrade_at_once(database_url: str) -> None:
    ask = f"from bot.storage.migrate import upgrade; upgrade({database_url!r})"
    started = [subprocess.Popen([sys.executable, "-c", ask], cwd=PROJECT_ROOT) for _ in range(3)]
    assert [one.wait(timeout=60) for one in started] == [0, 0, 0]
    database = open_database(database_url)
    assert is_at_head(database.engine)
    database.engine.dispose()


def test_the_first_migration_can_be_taken_back(database: Database, database_url: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        command.downgrade(migration_config(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    upgrade(database_url)
    assert is_at_head(database.engine)
