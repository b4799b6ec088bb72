"""A ledger for the tests of the action server."""

from tests.databases import database, database_url

__all__ = ["database", "database_url"]
