"""What a running job tells of itself, and how it hears that it is to end."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.clock import VIETNAM_TIME
from bot.storage.database import SessionFactory
from bot.training.jobs import LONGEST_LOG, ClaimedJob, Sign, tell
from bot.training.pace import overall

TOLD_EVERY_SECONDS = 1.5


class CancelledError(Exception):
    """Somebody wants the job ended."""


class StoppingError(Exception):
    """The runner is to stop; the job goes on with the next one."""


class Progress:
    """The job's state, written to the ledger every now and then; ``watch`` is called all the time."""

    def __init__(
        self,
        sessions: SessionFactory,
        job: ClaimedJob,
        runner: str,
        clock: Callable[[], datetime],
        *,
        steps: Sequence[str],
        usual: Mapping[str, float],
        stopping: Callable[[], bool],
        beat: Callable[[], None],
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions, self._job, self._runner, self._clock = sessions, job, runner, clock
        self._steps, self._usual, self._stopping, self._beat, self._stopwatch = steps, usual, stopping, beat, stopwatch
        self.step, self._share, self._log = steps[0], 0.0, job.log
        self.step_seconds = dict(job.step_seconds)
        self._began = self._told_at = stopwatch()

    def begin(self, step: str) -> None:
        """The next step begins."""
        self.step, self._share, self._began = step, 0.0, self._stopwatch()
        self.tell()

    def done(self) -> None:
        """The step is over; how long it took counts for later estimates."""
        self.step_seconds[self.step] = round(self._stopwatch() - self._began, 1)
        self._share = 1.0
        self.tell()

    def share(self, share: float) -> None:
        """How much of the step is done, 0 to 1."""
        self._share = share

    def log(self, line: str) -> None:
        """Adds a line to the job's log."""
        if line:
            at = self._clock().astimezone(VIETNAM_TIME).strftime("%H:%M:%S")
            self._log = f"{self._log}{at} {line}\n"[-LONGEST_LOG:]

    def watch(self) -> None:
        """Tells now and then; raises ``CancelledError``, ``StoppingError`` or ``LostJobError`` where the job must not go on."""
        self._beat()
        if self._stopping():
            raise StoppingError
        now = self._stopwatch()
        if now - self._told_at >= TOLD_EVERY_SECONDS:
            self._grow(now)
            self.tell()

    def _grow(self, now: float) -> None:
        # A step that does not say how far it is moves by its usual time, and waits before its end.
        usual = self._usual[self.step] or 1.0
        self._share = max(self._share, min(0.95, (now - self._began) / usual))

    def tell(self) -> None:
        """Writes it down now. Raises ``CancelledError``, ``LostJobError``."""
        self._told_at = self._stopwatch()
        progress = overall(self.step, self._share, self._usual, self._steps)
        sign = Sign(self.step, progress, self._log, self.step_seconds)
        if tell(self._sessions, self._job.id, self._runner, sign, self._clock()):
            raise CancelledError
