"""Runs the trainer: ``python -m motcua.training``. A missing or unusable setting stops the start, by name."""

import signal

from bot.conversations.clock import utc_now
from bot.logs import configure_logging
from bot.settings import Settings
from bot.storage.database import open_database
from bot.training.source import workspace_of
from motcua.training.runner import Runner, runner_name
from motcua.training.workshop import workshop_of


def main() -> None:
    """Carries out jobs until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level)
    database = open_database(settings.database_url, pool_size=2)
    runner = Runner(database.sessions, workshop_of(settings, workspace_of(settings)), utc_now, name=runner_name())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, runner.stop)
    runner.run()
    database.engine.dispose()


if __name__ == "__main__":
    main()
