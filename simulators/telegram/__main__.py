"""``python -m simulators.telegram``: serves the Telegram simulator on loopback until it is stopped.

Environment: ``TELEGRAM_BOT_TOKEN`` or ``TELEGRAM_BOT_TOKEN_FILE`` (required), ``TELEGRAM_SIM_PORT`` (8093: the Bot API),
``TELEGRAM_SIM_CONTROL_PORT`` (8103: control plane and phone page), ``TELEGRAM_SIM_RATES`` ("off" lifts the sending limits).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from simulators.messaging.serving import serve_until_stopped
from simulators.telegram.api import api_app
from simulators.telegram.control import telegram_control_app
from simulators.telegram.knobs import Knobs
from simulators.telegram.platform import TelegramPlatform


def bot_token(environment: Mapping[str, str]) -> str:
    """The token that calls must carry. Exits, by name, where none is set; ``OSError`` where the named file cannot be read."""
    named_file = environment.get("TELEGRAM_BOT_TOKEN_FILE")
    token = environment.get("TELEGRAM_BOT_TOKEN") or (Path(named_file).read_text(encoding="utf-8").strip() if named_file else "")
    if not token:
        sys.exit("TELEGRAM_BOT_TOKEN is not set: the Telegram simulator needs the token that the bot will use")
    return token


def main() -> None:
    """Serves both ports."""
    port = int(os.environ.get("TELEGRAM_SIM_PORT", "8093"))
    control_port = int(os.environ.get("TELEGRAM_SIM_CONTROL_PORT", "8103"))
    rates = os.environ.get("TELEGRAM_SIM_RATES", "on").lower() != "off"
    try:
        platform = TelegramPlatform(bot_token(os.environ), knobs=Knobs(rates=rates))
    except ValueError as error:
        sys.exit(f"TELEGRAM_BOT_TOKEN: {error}")
    serve_until_stopped(platform, api_app(platform.bot, platform.faults), telegram_control_app(platform), port, control_port)


if __name__ == "__main__":
    main()
