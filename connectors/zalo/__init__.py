"""The Zalo Official Account channel. What the platform promises, and our choices: ``README.md``."""
