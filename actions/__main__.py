"""``python -m actions``: the action server, on the loopback address where ``ACTIONS_HOST`` names no other."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa_sdk.endpoint import create_app
from sanic import response
from sanic.request import Request

from actions.call_traces import keep_places_of_calls
from actions.dialogue_actions import ACTION_NAMES, DialogueAction
from actions.executor import DomainlessExecutor
from actions.house import build_house
from actions.house_metrics import HouseCollector
from actions.shared_calls import share_calls
from bot.handover import inherited_listener, tell_ready
from bot.heap import settle_heap
from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse, beat_in_loop
from bot.metrics.readiness import ledger_readiness
from bot.secret_strength import refuse_weak_secrets
from bot.settings import Settings
from bot.storage.database import open_database
from bot.tracing import configure_tracing

_TURNS_AT_ONCE = 32
"""More than workers have in hand at once. Python's own choice follows the number of cores (6 threads on 2): as many questions
that wait for the encoder would keep every button waiting with them."""

_SWITCH_SECONDS = 0.002
"""So long a turn keeps the interpreter where others want it too (Python's own choice: 5 ms). With less, threads wake each other
all the time; the encoder lets go of it once a question and need not wait longer to get it back."""


def main() -> None:
    """Loads catalogue and search, then serves. What cannot be loaded stops the start, by name."""
    settings = Settings()
    configure_logging(settings.log_level, "actions", settings.log_format)
    refuse_weak_secrets(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    house = build_house(settings)
    house.keep_current()
    executor = DomainlessExecutor()
    for name in ACTION_NAMES:
        executor.register_action(DialogueAction(name, lambda: house.services))
    app = create_app(executor, cors_origins=[])
    keep_places_of_calls(app)
    if settings.actions_processes > 1:
        share_calls(app)
    app.register_listener(_at_the_end(configure_tracing("actions")), "after_server_stop")

    @app.get("/status")  # type: ignore[untyped-decorator] # Sanic's decorators carry no types here
    async def status(_: Request) -> response.HTTPResponse:
        """What serves: which catalogue, the number of procedures and whether the dense part of the search is there."""
        return response.json(house.describe())

    pulse = Pulse()

    @app.after_server_start  # type: ignore[untyped-decorator]
    async def begin_to_beat(served: Any) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_TURNS_AT_ONCE, thread_name_prefix="turn"))
        served.add_task(beat_in_loop(pulse))
        settle_heap()
        tell_ready()

    ledger = open_database(settings.database_url, pool_size=1)
    with observed(settings, "actions", pulse, lambda: ledger_readiness(ledger.engine, loop=pulse.begun), HouseCollector(house)):
        app.run(**_address(settings), single_process=True, access_log=False, motd=False)


def _address(settings: Settings) -> dict[str, Any]:
    """Where to serve, in Sanic's words: on the supervisor's socket where there is one."""
    listener = inherited_listener()
    return {"sock": listener} if listener is not None else {"host": settings.actions_host, "port": settings.actions_port}


def _at_the_end(do: Callable[[], None]) -> Callable[..., Awaitable[None]]:
    async def stopped(*_: object) -> None:
        await asyncio.to_thread(do)

    return stopped


if __name__ == "__main__":
    main()
