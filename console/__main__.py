"""Runs the console: ``python -m console``. A missing or unusable setting stops the start, by name."""

import os

from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.network_sources import refuse_open_trust
from bot.secret_strength import refuse_weak_secrets
from bot.serving import serve
from bot.settings import Settings
from bot.storage.connections import ledger_of
from console.app import create_app


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    refuse_open_trust(os.environ)
    configure_logging(settings.log_level, "console", settings.log_format)
    refuse_weak_secrets(settings)
    ledger, pulse = ledger_of(settings), Pulse()
    with observed(settings, "console", pulse, lambda: ledger_readiness(ledger.engine, loop=pulse.begun)):
        serve(create_app(settings, database=ledger, pulse=pulse), settings.bind_host, settings.console_port)


if __name__ == "__main__":
    main()
