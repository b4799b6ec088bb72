"""Runs the console: ``python -m console``. A missing or unusable setting stops the start, by name."""

from bot.logs import configure_logging
from bot.serving import serve
from bot.settings import Settings
from console.app import create_app


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_level)
    serve(create_app(settings), settings.bind_host, settings.console_port)


if __name__ == "__main__":
    main()
