"""Published states of the reviewed catalogue: kept in the database, taken over by every process within seconds."""
