"""Illustrated guides, the openings that are counted, and the list of official channels."""
