"""Every route of an app with what its answers carry: shared by the tests of the gateway and of the console."""

from collections.abc import Iterator
from typing import Any

import httpx
from fastapi import FastAPI

_EXPECTED = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
UNSAFE = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "data: 'self'")


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path with its parameters filled in) of all routes, each once."""
    return sorted(set(_flat(app.routes)))


def _flat(routes: Any) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _flat(inner.routes)
        elif getattr(route, "methods", None):
            path = "/".join("x" if part.startswith("{") else part for part in route.path.replace("{code}.", "x.").split("/"))
            yield from ((method, path) for method in route.methods if method != "HEAD")


def faults_of(answer: httpx.Response, framed_by: str = "'none'", *, https: bool = True) -> list[str]:
    """What an answer lacks. ``framed_by``: who may show it in a frame."""
    headers, found = answer.headers, []
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("content-security-policy", "").split(";"))
    if policy.get("default-src") != "'none'":
        found.append("no policy that begins with nothing")
    if policy.get("frame-ancestors") != framed_by:
        found.append(f"frame-ancestors {policy.get('frame-ancestors')}")
    scripts = f"{policy.get('script-src', '')} {policy.get('style-src', '')}".split()
    found += [f"policy allows {word}" for word in scripts if word in UNSAFE]
    for name, value in _EXPECTED.items():
        if headers.get(name) != (value if https or not name.startswith("strict") else None):
            found.append(f"{name}: {headers.get(name)}")
    if headers.get("referrer-policy") not in ("no-referrer", "same-origin"):
        found.append("referrer-policy")
    if "cross-origin-resource-policy" not in headers or "cache-control" not in headers or "permissions-policy" not in headers:
        found.append("resource policy, cache or permissions are not told")
    if "server" in headers or "x-powered-by" in headers:
        found.append("tells what serves it")
    for cookie in headers.get_list("set-cookie"):
        flags = cookie.lower()
        if (https and not cookie.startswith("__Host-")) or not all(
            flag in flags for flag in (*(("secure",) if https else ()), "httponly", "samesite=lax", "path=/")
        ):
            found.append(f"cookie {cookie.partition('=')[0]}")
    return found
