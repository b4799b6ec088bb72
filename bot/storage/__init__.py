"""The ledger's tables, the connection to them, and their migrations."""
