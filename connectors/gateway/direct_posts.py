"""The posts that come all day long reach their route at once, past the framework's search for it.

A webhook's route reads its request by itself and declares nothing: there is nothing for the framework to find out or to check.
What stands before it (limits of sources, headers, the log line, answers to errors) stays before it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Take = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class DirectPost:
    """A route and what it does with a request."""

    route: APIRoute
    take: Take


def direct_posts(router: APIRouter) -> dict[str, DirectPost]:
    """A router's posts by path."""
    posts = [route for route in router.routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())]
    return {route.path: DirectPost(route, route.endpoint) for route in posts}


class DirectPosts:
    """ASGI middleware, the innermost one. ``posts``: the routes by path, each a coroutine function of the request alone, which
    may still come; ``handlers``: the app's answers to errors."""

    def __init__(self, app: ASGIApp, *, posts: Mapping[str, DirectPost], handlers: Mapping[Any, Any]) -> None:
        self._app, self._posts = app, posts
        known = {error: answer for error, answer in handlers.items() if error not in (500, Exception)}
        self._direct = ExceptionMiddleware(self._take, handlers=known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, to its route where it is one of these."""
        is_direct = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self._posts
        await (self._direct if is_direct else self._app)(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        post = self._posts[scope["path"]]
        scope["route"] = post.route
        response = await post.take(Request(scope, receive, send))
        await response(scope, receive, send)
