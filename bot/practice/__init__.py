"""Practice of officers: masked conversations replayed up to a question, their own answer, and what it is compared with."""
