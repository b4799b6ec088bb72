"""Rasa custom actions: slots in, one call of the dialogue, neutral messages out."""
