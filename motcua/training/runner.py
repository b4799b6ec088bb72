"""Carries out jobs one after the other, until it is told to stop."""

import logging
import os
import platform
import resource
import secrets
import shutil
import time
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock
from bot.conversations.outcomes import beat
from bot.metrics.pulse import Pulse
from bot.storage.database import SessionFactory, writing
from bot.storage.training_models import TrainingJob
from bot.training.candidates import FOLDER, outdated_candidates
from bot.training.jobs import (
    HEARTBEAT_KIND,
    ClaimedJob,
    Ended,
    LostJobError,
    claim_job,
    end_job,
    lay_down,
    unfinished_jobs,
)
from bot.training.pace import steps_of, usual_seconds
from motcua.training.progress import CancelledError, Progress, StoppingError
from motcua.training.steps import DO, NEEDED, JobRun, StepFailedError, conclude
from motcua.training.workshop import Workshop

logger = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 3.0
BEATS_EVERY_SECONDS = 10.0
_EARLIER_JOBS = 5


def runner_name() -> str:
    """A name for this process that no other one has."""
    return f"{platform.node()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"


class Runner:
    """One trainer. ``stop`` may be called from a signal handler."""

    def __init__(
        self,
        sessions: SessionFactory,
        workshop: Workshop,
        clock: Clock,
        *,
        name: str,
        stopwatch: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        pulse: Pulse | None = None,
    ) -> None:
        self._sessions, self._workshop, self._clock, self.name = sessions, workshop, clock, name
        self._stopwatch, self._pause = stopwatch, pause
        self._pulse = pulse or Pulse()
        self._stopping = False
        self._beat_at: float | None = None

    def stop(self, *_: object) -> None:
        """Ends ``run`` soon; a running job is laid down for the next runner."""
        self._stopping = True

    def run(self) -> None:
        """Until ``stop``. A database that is away is waited for."""
        while not self._stopping:
            try:
                self.beat()
                worked = self.carry_out_next()
            except SQLAlchemyError as error:
                logger.error("alarm.trainer_without_database", extra={"error": type(error).__name__})
                worked = False
            if not worked:
                self._pause(LOOKS_EVERY_SECONDS)

    def beat(self) -> None:
        """A sign of life now and then."""
        self._pulse.beat()
        now = self._stopwatch()
        if self._beat_at is None or now - self._beat_at >= BEATS_EVERY_SECONDS:
            beat(self._sessions, self.name, HEARTBEAT_KIND, self._clock())
            self._beat_at = now

    def carry_out_next(self) -> bool:
        """One job from where it stands to its end; False where there is none."""
        job = claim_job(self._sessions, self.name, self._clock())
        if job is None:
            return False
        logger.info("training.began", extra={"job": job.id, "attempt": job.attempts})
        self._tidy()
        try:
            self._carry_out(job)
        except LostJobError:
            logger.warning("training.lost", extra={"job": job.id})
        except StoppingError:
            lay_down(self._sessions, job.id, self.name, self._clock())
            logger.info("training.laid_down", extra={"job": job.id})
        return True

    def _carry_out(self, job: ClaimedJob) -> None:
        steps = steps_of(cross_validation=job.options.cross_validation, conversations=job.options.conversations)
        progress = Progress(
            self._sessions,
            job,
            self.name,
            self._clock,
            steps=steps,
            usual=usual_seconds(self._earlier()),
            stopping=lambda: self._stopping,
            beat=self.beat,
            stopwatch=self._stopwatch,
        )
        run = JobRun(job, self._workshop, self._sessions, self._clock, progress)
        try:
            self._go_through(run, steps)
        except CancelledError:
            self._end(run, "cancelled", None)
        except StepFailedError as error:
            self._end(run, "failed", str(error))
        except SQLAlchemyError:
            raise  # the lease runs out and the job is taken up again
        except (OSError, ValueError) as error:
            logger.exception("training.fault", extra={"job": job.id})
            self._end(run, "failed", f"Lỗi của trình huấn luyện ({type(error).__name__}).")
        else:
            self._end(run, "done", None)

    def _go_through(self, run: JobRun, steps: Sequence[str]) -> None:
        if run.job.attempts > 1:
            run.progress.log(f"làm tiếp từ bước «{run.job.step}» (lần thứ {run.job.attempts})")
        for step in steps:
            if run.is_done(step):
                continue
            run.progress.begin(step)
            try:
                DO[step](run)
            except StepFailedError as error:
                if step in NEEDED:
                    raise
                # The model is there: what could not be measured is named, and the gate decides what that means.
                run.progress.log(f"không đo được: {error}")
                run.keep(f"not_measured_{step}", {"not_measured": {step: str(error)}})
            run.mark_done(step)
            run.progress.done()

    def _end(self, run: JobRun, state: Ended, failure: str | None) -> None:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        logger.info("training.ended", extra={"job": run.job.id, "state": state, "peak_mb": round(peak)})
        with writing(self._sessions) as session:
            if state == "done":
                conclude(run, session)
            end_job(session, run.job.id, self.name, state, self._clock(), failure)
        self._workshop.clear(run.job.id)

    def _earlier(self) -> list[dict[str, float]]:
        query = select(TrainingJob.step_seconds).where(TrainingJob.state == "done").order_by(TrainingJob.id.desc())
        with self._sessions() as session:
            return [dict(seconds) for seconds in session.scalars(query.limit(_EARLIER_JOBS))]

    def _tidy(self) -> None:
        """Removes the folders of jobs that have ended without their runner (cancelled or failed meanwhile), and old candidates'
        files."""
        with self._sessions() as session:
            alive = {str(job.id) for job in unfinished_jobs(session)}
            outdated = outdated_candidates(session)
        for candidate in outdated:
            shutil.rmtree(self._workshop.models_dir / FOLDER / str(candidate), ignore_errors=True)
        if self._workshop.folder.is_dir():
            for folder in self._workshop.folder.iterdir():
                if folder.name not in alive and folder.name.isdigit():
                    self._workshop.clear(int(folder.name))
