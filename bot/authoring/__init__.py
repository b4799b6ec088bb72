"""Editing of the training data by trainers: a Git workspace, documents, proposed changes, checks."""
