"""What the assistant knows and does, with no web framework and no Rasa."""

__version__ = "1.0.0"
"""The release: the one place where its number stands."""
