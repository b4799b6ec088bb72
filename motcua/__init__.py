"""The command line and the supervisor: starts the product, talks to it, looks after it."""
