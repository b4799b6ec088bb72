"""Alembic's entry: runs the migrations on the connection that ``bot.storage.migrate`` hands over."""

from alembic import context
from sqlalchemy import Connection

from bot.storage import (
    account_models,
    channel_models,
    dossier_models,
    eform_models,
    officer_models,
    review_models,
    rights_models,
)
from bot.storage.models import Base

# Their tables stand in the same metadata once they are imported.
registered = (
    account_models.Account,
    channel_models.Delivery,
    dossier_models.DossierWatch,
    eform_models.EFormDraft,
    officer_models.Rating,
    review_models.TranscriptIndex,
    rights_models.Consent,
)
assert all(model.metadata is Base.metadata for model in registered)


def run_on(connection: Connection) -> None:
    """Applies the migrations inside the transaction that is already open, all or none."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, transactional_ddl=True, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


run_on(context.config.attributes["connection"])
