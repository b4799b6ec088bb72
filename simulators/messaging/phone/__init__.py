"""A page like a phone, on which a person plays the citizen."""
