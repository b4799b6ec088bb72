"""Runs the gateway: ``python -m connectors.gateway``. A missing or unusable setting stops the start, by name."""

import signal
import sys
from contextlib import ExitStack

import uvicorn

from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.settings import Settings
from bot.storage.database import open_database
from bot.tracing import configure_tracing
from connectors.gateway.app import POOL_SIZE, create_app

# The ledger's thread lets go of the interpreter at every statement; with the usual 5 ms it would wait that long each time to
# get it back from a busy event loop.
_SWITCH_SECONDS = 0.0002
# Open event streams are told to end at once; a request in hand gets this long.
_DRAIN_SECONDS = 10


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level, "gateway", settings.log_format)
    sys.setswitchinterval(_SWITCH_SECONDS)
    # The server raises the signal again once it has drained; a stop that was asked for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    ledger, pulse = open_database(settings.database_url, pool_size=POOL_SIZE), Pulse()
    with ExitStack() as at_the_end:
        at_the_end.callback(configure_tracing("gateway"))
        at_the_end.enter_context(observed(settings, "gateway", pulse, lambda: ledger_readiness(ledger.engine, loop=pulse.begun)))
        uvicorn.run(
            create_app(settings, database=ledger, pulse=pulse),
            host=settings.bind_host,
            port=settings.gateway_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )


if __name__ == "__main__":
    main()
