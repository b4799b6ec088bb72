"""Shared by the tests of the board of usage: the ledger on both databases, and a made-up province."""

from tests.databases import database, database_url

__all__ = ["database", "database_url"]
