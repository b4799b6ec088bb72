"""The officers' work: teams and their hours, queues, taking over and giving back, replies, notes, ratings, what the console shows."""
