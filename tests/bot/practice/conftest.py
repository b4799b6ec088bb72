"""The officers' ledger on each database."""

from tests.bot.officers.conftest import office, teams
from tests.databases import database, database_url

__all__ = ["database", "database_url", "office", "teams"]
