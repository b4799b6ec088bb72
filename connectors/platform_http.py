"""The connections to a platform."""

from urllib.parse import urlsplit

import httpx


def platform_client(base_url: str) -> httpx.AsyncClient:
    """Connections through the environment's proxy where there is one; never so to this machine."""
    is_local = urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=50), trust_env=not is_local)
