"""A worker or a sender with a short lease: what a killed one held is free again after seconds.

``python -m tests.connectors.chaos.short_leases worker`` (or ``sender``).
"""

import asyncio
import sys
from datetime import timedelta

from bot.logs import configure_logging
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.wakeup import wakeup_for
from connectors.gateway.routed_engine import routed_engine
from connectors.gateway.sender import serve
from connectors.gateway.sending import SenderPace
from connectors.gateway.stop_signals import hold_stop_signals_back, run_until_told_to_stop
from connectors.gateway.worker import Worker
from connectors.gateway.worker_pace import WorkerPace

LEASE = timedelta(seconds=5)


def work(settings: Settings) -> None:
    """A worker, until SIGTERM."""
    hold_stop_signals_back()
    database = open_database(settings.database_url)
    wakeup = wakeup_for(settings.database_url)
    engine = routed_engine(settings, database.sessions)
    worker = Worker(database.sessions, engine, pace=WorkerPace(lease=LEASE), wakeup=wakeup)
    run_until_told_to_stop(worker.run, worker.stop)


def main() -> None:
    """Runs what the argument names."""
    settings = Settings()
    configure_logging(settings.log_level)
    if sys.argv[1] == "worker":
        work(settings)
    else:
        asyncio.run(serve(settings, SenderPace(lease=LEASE)))


if __name__ == "__main__":
    main()
