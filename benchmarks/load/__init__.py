"""The whole product under load, on this machine alone: ``python -m benchmarks.load`` (see ``__main__``)."""
