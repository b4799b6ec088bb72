"""``motcua restart``: asks the running product for a rolling restart."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOTE = "run.pid"


class NothingRunsError(Exception):
    """No product runs with this folder."""


@contextmanager
def noted(var_dir: Path) -> Iterator[None]:
    """Notes in the folder, for the length of the block, which process supervises the product."""
    note = var_dir / _NOTE
    note.write_text(str(os.getpid()), encoding="ascii")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def ask_for_renewal(var_dir: Path) -> int:
    """Sends SIGHUP to the supervisor of this folder's product and gives its process id. Raises ``NothingRunsError``."""
    try:
        supervisor = int((var_dir / _NOTE).read_text(encoding="ascii"))
        os.kill(supervisor, signal.SIGHUP)
    except (FileNotFoundError, ValueError, ProcessLookupError) as error:
        raise NothingRunsError(str(var_dir)) from error
    return supervisor
