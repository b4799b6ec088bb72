"""A ledger and the portal's simulator for the tests of the action server."""

from tests.bot.portal.conftest import portal, simulator
from tests.databases import database, database_url

__all__ = ["database", "database_url", "portal", "simulator"]
