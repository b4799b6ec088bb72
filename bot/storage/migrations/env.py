"""Alembic's entry: runs the migrations on the connection that ``bot.storage.migrate`` hands over."""

from alembic import context
from sqlalchemy import Connection

from bot.storage import channel_models, dossier_models, eform_models, switch_models
from bot.storage.models import Base

# Their tables stand in the same metadata once they are imported.
registered = (channel_models.Delivery, eform_models.EFormDraft, dossier_models.DossierWatch, switch_models.KillSwitch)
assert all(model.metadata is Base.metadata for model in registered)


def run_on(connection: Connection) -> None:
    """Applies the migrations inside the transaction that is already open, all or none."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, transactional_ddl=True, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


run_on(context.config.attributes["connection"])
