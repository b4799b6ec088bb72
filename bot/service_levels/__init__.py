"""What was agreed on the service held against what was measured, and what a solved question costs."""
