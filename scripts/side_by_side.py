"""Runs shell commands side by side, at most two at once, and shows the output of each whole as soon as it ends.

    python scripts/side_by_side.py "sh scripts/check.sh" ".venv/bin/motcua train"

Give the longest first. Exit code 1 where a command failed; the others are stopped then. Standard library only.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2
LOOKS_EVERY = 0.1


class Job:
    """A command that runs, with the file that takes its output."""

    def __init__(self, command: str) -> None:
        print(f"… {command}", flush=True)
        self.command, self.began = command, time.monotonic()
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the job)
        # A group of its own, so that what it started ends with it.
        self.process = subprocess.Popen(
            command, shell=True, cwd=ROOT, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True
        )

    def show(self) -> None:
        """Writes what it said, and how long it took."""
        self.output.seek(0)
        sys.stdout.buffer.write(self.output.read())
        sign = "✗" if self.process.returncode else "✓"
        print(f"{sign} {self.command} ({time.monotonic() - self.began:.0f} s)", flush=True)

    def stop(self) -> None:
        """Ends it with all that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def run(commands: list[str]) -> int:
    """Runs all of them; 1 where one failed, else 0."""
    waiting, running = list(commands), []
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(Job(waiting.pop(0)))
            for job in [job for job in running if job.process.poll() is not None]:
                running.remove(job)
                job.show()
                if job.process.returncode:
                    return 1
            time.sleep(LOOKS_EVERY)
        return 0
    finally:
        for job in running:
            job.stop()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
