"""Intent recognition: one component for Rasa's pipeline, and the pure parts that it is made of."""
