"""What can be wrong with a backup, or with the place it is to be restored to."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says in Vietnamese what is wrong and, where it helps, what to do."""
