"""The office of the officers' tests, with its ledger on each database."""

from tests.bot.officers.conftest import database, database_url, office, teams

__all__ = ["database", "database_url", "office", "teams"]
