"""The console as a process of its own, for the browser."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bot.settings import PROJECT_ROOT
from tests.waiting import wait_for


@contextmanager
def console_process(port: int, environment: Mapping[str, str], log_file: Path) -> Iterator[str]:
    """Its address, once it is healthy; it must end cleanly when it is told to."""
    own = {**environment, "CONSOLE_PORT": str(port)}
    with log_file.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "console"], cwd=PROJECT_ROOT, env=own, stdout=log, stderr=log)
    try:
        wait_for(lambda: _is_healthy(port), seconds=60, what="the console's start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def _is_healthy(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
