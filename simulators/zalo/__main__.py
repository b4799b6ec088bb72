"""``python -m simulators.zalo``: serves the stand-in on loopback until it is stopped.

Environment: ``ZALO_APP_ID``, ``ZALO_APP_SECRET``, ``ZALO_OA_ID``, ``ZALO_OA_SECRET_KEY`` (required), ``ZALO_SIM_PORT`` (8091:
OAuth and API), ``ZALO_SIM_CONTROL_PORT`` (8101: control plane and phone page), ``ZALO_SIM_WEBHOOK_URL`` (where events are posted;
optional).
"""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from simulators.messaging.guard import refuse_real_platform
from simulators.messaging.posting import KeptPosts
from simulators.messaging.serving import LOOPBACK, serve_until_stopped
from simulators.zalo.account import Account, Credentials
from simulators.zalo.api import api_app
from simulators.zalo.control import zalo_control_app
from simulators.zalo.platform import ZaloPlatform

_REQUIRED = ("ZALO_APP_ID", "ZALO_APP_SECRET", "ZALO_OA_ID", "ZALO_OA_SECRET_KEY")


def credentials(environment: Mapping[str, str]) -> Credentials:
    """What the developer console would show. Exits, by name, where something is not set."""
    missing = [name for name in _REQUIRED if not environment.get(name)]
    if missing:
        sys.exit(f"not set: {', '.join(missing)} (the Zalo simulator needs the values that the assistant is given)")
    return Credentials(*(environment[name] for name in _REQUIRED))


@asynccontextmanager
async def _open(account: Account, webhook_url: str | None) -> AsyncIterator[None]:
    if webhook_url:
        account.webhook.register_when_up(webhook_url)
    try:
        yield
    finally:
        await account.webhook.stop()
        await account.client.aclose()


def main() -> None:
    """Serves."""
    port = int(os.environ.get("ZALO_SIM_PORT", "8091"))
    control_port = int(os.environ.get("ZALO_SIM_CONTROL_PORT", "8101"))
    webhook_url = os.environ.get("ZALO_SIM_WEBHOOK_URL")
    try:
        webhook_url = refuse_real_platform(webhook_url) if webhook_url else None
    except ValueError as error:
        sys.exit(f"ZALO_SIM_WEBHOOK_URL: {error}")
    # No proxy of the environment: events go to this machine.
    client = httpx.AsyncClient(transport=KeptPosts())
    account = Account(credentials(os.environ), client, f"http://{LOOPBACK}:{port}")
    control = zalo_control_app(ZaloPlatform(account))
    serve_until_stopped(_open(account, webhook_url), api_app(account), control, port, control_port)


if __name__ == "__main__":
    main()
