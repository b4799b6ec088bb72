"""Service cards: what a citizen may expect of one procedure, on one page, with a version, a date and a source."""
