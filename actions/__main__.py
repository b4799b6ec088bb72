"""``python -m actions``: the action server, on the loopback address."""

import logging

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import response
from sanic.request import Request

from actions.dialogue_actions import ACTION_NAMES, DialogueAction
from actions.house import build_house
from bot.handover import inherited_listener, tell_ready
from bot.log_masking import guard_logs
from bot.settings import Settings


def main() -> None:
    """Loads catalogue and search, then serves. What cannot be loaded stops the start, by name."""
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    guard_logs(logging.getLogger().handlers)
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    house = build_house(settings)
    house.keep_current()
    executor = ActionExecutor()
    for name in ACTION_NAMES:
        executor.register_action(DialogueAction(name, lambda: house.services))
    app = create_app(executor, cors_origins=[])

    @app.get("/status")  # type: ignore[untyped-decorator] # Sanic's decorators carry no types here
    async def status(_: Request) -> response.HTTPResponse:
        """What serves: which catalogue, the number of procedures and whether the dense part of the search is there."""
        return response.json(house.describe())

    @app.after_server_start  # type: ignore[untyped-decorator]
    async def serves(*_: object) -> None:
        tell_ready()

    listener = inherited_listener()
    address = {"sock": listener} if listener is not None else {"host": "127.0.0.1", "port": settings.actions_port}
    app.run(**address, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
