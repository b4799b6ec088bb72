"""Surveys of closed dossiers with anonymous answers, and the short rating after a talk with the assistant."""
