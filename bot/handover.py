"""How a process takes over from another without a gap: it inherits the listening socket and tells when it serves.

The supervisor of ``motcua run`` names open files in the environment of such a process: the sockets that both the old and the
new one accept from, and a pipe. A process that was started by itself finds none and does as without them. The names are taken
out of the environment when read: what a process starts has other files under these numbers.
"""

import os
import socket

LISTEN_FD = "MOTCUA_LISTEN_FD"
METRICS_FD = "MOTCUA_METRICS_FD"
READY_FD = "MOTCUA_READY_FD"
READY = b"1"
"""What is written into the pipe. One that ends without it is the pipe of a process that died."""


def inherited_listener(name: str = LISTEN_FD) -> socket.socket | None:
    """The socket that the supervisor listens on for this process, or None: then the process opens its own."""
    number = os.environ.pop(name, None)
    if number is None:
        return None
    listener = socket.socket(fileno=int(number))
    listener.set_inheritable(False)
    return listener


def tell_ready() -> None:
    """Tells the supervisor that this process does its work now; only the first call tells, and without a supervisor none."""
    number = os.environ.pop(READY_FD, None)
    if number is not None:
        os.write(int(number), READY)
        os.close(int(number))
