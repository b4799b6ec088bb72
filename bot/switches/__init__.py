"""What people switched off for a while, and the outages they announced."""
