"""How long each class of data is kept, and the job that deletes what is past its time."""
