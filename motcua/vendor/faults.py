"""What can be wrong with a pack or with the place it is to be restored to."""


class PackError(Exception):
    """A pack cannot be made or used; the message says in Vietnamese what is wrong and, where it helps, what to do."""
