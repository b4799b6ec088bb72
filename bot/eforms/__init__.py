"""Guided submission: e-forms as data, filled in by conversation, kept encrypted until they are handed over."""
