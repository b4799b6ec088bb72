"""The dialogue: what a citizen's turn means given what was said before, and what to answer."""
