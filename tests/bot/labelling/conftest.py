"""The officers' ledger, in which messages are labelled."""

from tests.bot.officers.conftest import database, database_url, office, teams

__all__ = ["database", "database_url", "office", "teams"]
