"""``python -m simulators.messenger``: serves the simulator on loopback until it is stopped.

Environment: ``MESSENGER_SIM_PORT`` (8092), ``MESSENGER_SIM_CONTROL_PORT`` (8102); ``FACEBOOK_PAGE_ID``, ``FACEBOOK_APP_ID``,
``FACEBOOK_APP_SECRET``, ``FACEBOOK_PAGE_TOKEN``, ``FACEBOOK_VERIFY_TOKEN`` (required); ``MESSENGER_SIM_WEBHOOK_URL``: registered
as soon as it answers.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.guard import refuse_real_platform
from simulators.messaging.platform import ActRefused
from simulators.messaging.posting import KeptPosts
from simulators.messaging.serving import LOOPBACK, serve_until_stopped
from simulators.messenger import webhook_events as events
from simulators.messenger.control_extras import messenger_control_app
from simulators.messenger.credentials import Credentials, MissingCredential
from simulators.messenger.graph_app import graph_app
from simulators.messenger.platform import MessengerPlatform

_LOG = logging.getLogger(__name__)
_ASK_AGAIN_SECONDS = 1.0


async def register_when_it_answers(sim: MessengerPlatform, url: str) -> None:
    """Asks the webhook for its proof until it gives it, then subscribes all fields."""
    told = ""
    while True:
        try:
            await sim.page.webhook.register(url, sim.page.credentials.verify_token)
        except ActRefused as refusal:
            if str(refusal) != told:
                told = str(refusal)
                _LOG.warning("webhook not registered yet: %s", told)
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
        else:
            sim.page.webhook.subscribe(events.FIELDS)
            return


@asynccontextmanager
async def running(sim: MessengerPlatform, client: httpx.AsyncClient, webhook_url: str | None) -> AsyncIterator[None]:
    """The platform with its registration on the way."""
    async with client, sim:
        task = asyncio.create_task(register_when_it_answers(sim, webhook_url)) if webhook_url else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def main() -> None:
    """Serves. Exits by name where a setting is missing or leads to the real platform."""
    logging.basicConfig(level=logging.WARNING)
    port = int(os.environ.get("MESSENGER_SIM_PORT", "8092"))
    control_port = int(os.environ.get("MESSENGER_SIM_CONTROL_PORT", "8102"))
    webhook_url = os.environ.get("MESSENGER_SIM_WEBHOOK_URL") or None
    try:
        credentials = Credentials.from_environment(os.environ)
        if webhook_url is not None:
            refuse_real_platform(webhook_url)
    except (MissingCredential, ValueError) as error:
        sys.exit(f"messenger simulator: {error}")
    client = httpx.AsyncClient(transport=KeptPosts())
    sim = MessengerPlatform(credentials, SimClock(), client, f"http://{LOOPBACK}:{port}")
    serve_until_stopped(running(sim, client, webhook_url), graph_app(sim), messenger_control_app(sim), port, control_port)


if __name__ == "__main__":
    main()
