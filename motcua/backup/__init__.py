"""Backups: made while the product runs, encrypted, proved by being restored. docs/operators/backup.md is the operators' page."""
