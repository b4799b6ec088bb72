"""What Rasa loads: the launcher, the private channel, the NLU component and the stores. Runs in ``.venv-engine`` only."""
