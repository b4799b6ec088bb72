"""Trainers label messages that the bot was unsure of, or got wrong; settled labels become training examples."""
