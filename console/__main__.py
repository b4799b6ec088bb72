"""Runs the console: ``python -m console``. A missing or unusable setting stops the start, by name."""

import signal
import sys

import uvicorn

from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.settings import Settings
from bot.storage.database import open_database
from console.app import POOL_SIZE, create_app

_DRAIN_SECONDS = 10


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level, "console", settings.log_format)
    # The server raises the signal again once it has drained; a stop that was asked for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    ledger, pulse = open_database(settings.database_url, pool_size=POOL_SIZE), Pulse()
    with observed(settings, "console", pulse, lambda: ledger_readiness(ledger.engine, loop=pulse.begun)):
        uvicorn.run(
            create_app(settings, database=ledger, pulse=pulse),
            host=settings.bind_host,
            port=settings.console_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )


if __name__ == "__main__":
    main()
