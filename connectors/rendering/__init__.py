"""From the neutral message to what any channel can show, by its capabilities. Pure."""
