"""Runs the trainer: ``python -m motcua.training``. A missing or unusable setting stops the start, by name."""

import signal

from bot.conversations.clock import utc_now
from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.settings import Settings
from bot.storage.database import open_database
from bot.training.source import workspace_of
from motcua.training.runner import Runner, runner_name
from motcua.training.workshop import workshop_of

_LONGEST_STEP_SILENCE = 300.0
"""A step of a training looks after its command every few seconds, but reading its results may take minutes."""


def main() -> None:
    """Carries out jobs until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level, "trainer", settings.log_format)
    database = open_database(settings.database_url, pool_size=2)
    pulse = Pulse(stopped_after=_LONGEST_STEP_SILENCE)
    workshop = workshop_of(settings, workspace_of(settings))
    runner = Runner(database.sessions, workshop, utc_now, name=runner_name(), pulse=pulse)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, runner.stop)
    with observed(settings, "trainer", pulse, lambda: ledger_readiness(database.engine, loop=pulse.begun)):
        runner.run()
    database.engine.dispose()


if __name__ == "__main__":
    main()
