"""Our processes as processes: started with the settings in their environment, killed or stopped politely."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from bot.settings import PROJECT_ROOT, Settings


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The settings as a process reads them."""
    values = {
        name.upper(): value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in settings
        if value is not None
    }
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT_ROOT)} | values | more


@contextmanager
def process(
    arguments: list[str], env: dict[str, str], output: int | IO[str] = subprocess.PIPE
) -> Iterator["subprocess.Popen[str]"]:
    """A Python process, killed at the end if it still runs. ``output``: where it writes to."""
    with subprocess.Popen(
        [sys.executable, *arguments], env=env, cwd=PROJECT_ROOT, text=True, stdout=output, stderr=subprocess.STDOUT
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def end_politely(started: "subprocess.Popen[str]") -> str:
    """Sends SIGTERM; gives the output once it ended well, in less than 25 s."""
    started.send_signal(signal.SIGTERM)
    output, _ = started.communicate(timeout=25)
    assert started.returncode == 0, output
    return output
