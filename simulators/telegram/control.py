"""What only Telegram's control plane has: its knobs."""

from typing import Any

from fastapi import FastAPI

from simulators.messaging.control import control_app, simulated
from simulators.telegram.knobs import Knobs
from simulators.telegram.platform import TelegramPlatform


def telegram_control_app(platform: TelegramPlatform) -> FastAPI:
    """The application of the control port."""
    app = control_app(platform)
    bot = platform.bot

    @app.get("/_sim/knobs")
    async def show_knobs() -> dict[str, Any]:
        return simulated({"knobs": bot.knobs.model_dump()})

    @app.post("/_sim/knobs")
    async def turn_knobs(changes: dict[str, Any]) -> dict[str, Any]:
        """Only what is named changes."""
        bot.knobs = Knobs.model_validate(bot.knobs.model_dump() | changes)
        return simulated({"knobs": bot.knobs.model_dump()})

    return app
