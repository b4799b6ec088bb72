"""Sentence vectors for the dense half of the search: the encoder, and the making of the embedded default model."""
