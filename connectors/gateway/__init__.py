"""The gateway: takes citizens' messages in, and the worker that has them answered."""
