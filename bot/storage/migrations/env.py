"""Alembic's entry: runs the migrations on the connection that ``bot.storage.migrate`` hands over."""

from alembic import context
from sqlalchemy import Connection

from bot.storage.all_models import METADATA


def run_on(connection: Connection) -> None:
    """Applies the migrations inside the transaction that is already open, all or none."""
    context.configure(
        connection=connection, target_metadata=METADATA, transactional_ddl=True, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


run_on(context.config.attributes["connection"])
