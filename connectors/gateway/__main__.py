"""Runs the gateway: ``python -m connectors.gateway``. A missing or unusable setting stops the start, by name."""

import os
import sys
from contextlib import ExitStack

from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.network_sources import refuse_open_trust
from bot.operations.ledger_collector import LedgerCollector
from bot.secret_strength import refuse_weak_secrets
from bot.serving import serve
from bot.settings import Settings
from bot.storage.connections import ledger_of
from bot.storage.database import open_database
from bot.tracing import configure_tracing
from connectors.gateway.app import create_app

# The ledger's thread lets go of the interpreter at every statement; with the usual 5 ms it would wait that long each time to
# get it back from a busy event loop.
_SWITCH_SECONDS = 0.0002


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    refuse_open_trust(os.environ)
    configure_logging(settings.log_level, "gateway", settings.log_format)
    refuse_weak_secrets(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    ledger, pulse = ledger_of(settings), Pulse()
    figures = LedgerCollector(open_database(settings.database_url, pool_size=1), settings.var_dir)
    with ExitStack() as at_the_end:
        at_the_end.callback(configure_tracing("gateway"))
        at_the_end.enter_context(
            observed(settings, "gateway", pulse, lambda: ledger_readiness(ledger.engine, loop=pulse.begun), figures)
        )
        serve(create_app(settings, database=ledger, pulse=pulse), settings.bind_host, settings.gateway_port)


if __name__ == "__main__":
    main()
