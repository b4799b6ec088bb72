"""Training of models by trainers: what was measured, the gate, promotions. No Rasa here: the engine is asked by its commands."""
