"""The command line and the supervisor: starts the product, talks to it, looks after it."""

__version__ = "0.1.0"
