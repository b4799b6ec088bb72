"""A ledger for the tests around dossiers."""

from tests.databases import database, database_url

__all__ = ["database", "database_url"]
