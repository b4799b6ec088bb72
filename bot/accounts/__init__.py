"""The people who work with the console: accounts, roles, signing in, and the audit log of what they did."""
