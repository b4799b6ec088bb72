"""The connections to a platform."""

from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from connectors.kept_connections import KeptConnections

_MOST = 50


def platform_client(base_url: str) -> httpx.AsyncClient:
    """Connections through the environment's proxy where there is one; never so to this machine."""
    is_local = urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")
    if is_local or not getproxies():
        return httpx.AsyncClient(transport=KeptConnections(most=_MOST), trust_env=False)
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=_MOST))
