"""The migrations make exactly the tables that the models describe, once, on both databases."""

import subprocess
import sys
from datetime import timedelta

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from bot.rights.consent import has_consent, record_consent
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, open_database, writing
from bot.storage.dossier_models import DossierWatch
from bot.storage.migrate import is_at_head, is_modelled, migration_config, upgrade
from bot.storage.models import Base, Conversation
from bot.storage.review_models import SEARCH_STRUCTURES
from bot.storage.rights_models import Consent
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


def test_who_follows_a_dossier_already_has_their_consent_on_the_list(database: Database) -> None:
    at = MovingClock()()
    watch = {"dossier_key": "k", "shown": "…1", "consent_at": at, "consent_text": "watch_consent_1", "portal_ended": False}
    with database.engine.connect() as connection, connection.begin():
        command.downgrade(migration_config(connection), "0018")
    with writing(database.sessions) as session:
        for name in ("follows", "withdrew", "stopped"):
            session.add(Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=at))
            session.flush()
            state = "unsubscribed" if name == "stopped" else "active"
            session.add(DossierWatch(id=name, conversation_id=name, state=state, **watch))
        record_consent(session, "withdrew", "survey", True, "words", at)
        proof = {"purpose": "reminders", "text_key": "k", "text_version": "v", "how": "words"}
        session.add(Consent(conversation_id="withdrew", given=False, at=at + timedelta(days=1), **proof))
    with database.engine.connect() as connection, connection.begin():
        command.upgrade(migration_config(connection), "0019")
    with database.sessions() as session:
        agreed = {name: has_consent(session, name, "reminders", at) for name in ("follows", "withdrew", "stopped")}
    assert agreed == {"follows": True, "withdrew": False, "stopped": False}
