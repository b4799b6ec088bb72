"""What the assistant knows and does, with no web framework and no Rasa."""
