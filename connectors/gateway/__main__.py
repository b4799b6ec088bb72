"""Runs the gateway: ``python -m connectors.gateway``. A missing or unusable setting stops the start, by name."""

import sys

from bot.logs import configure_logging
from bot.serving import serve
from bot.settings import Settings
from connectors.gateway.app import create_app

# The ledger's thread lets go of the interpreter at every statement; with the usual 5 ms it would wait that long each time to
# get it back from a busy event loop.
_SWITCH_SECONDS = 0.0002


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    serve(create_app(settings), settings.bind_host, settings.gateway_port)


if __name__ == "__main__":
    main()
