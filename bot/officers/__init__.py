"""The officers' work: teams and hours, queues, taking over and giving back, replies, notes, ratings, what the console shows."""
