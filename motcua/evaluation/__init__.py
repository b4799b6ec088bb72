"""Evaluation as part of the product: what ``motcua eval`` measures, and how it is shown (docs/developers/evaluation.md)."""
