"""Answers made from the catalogue: pure functions from a procedure to a neutral message, one file per kind of fact."""
