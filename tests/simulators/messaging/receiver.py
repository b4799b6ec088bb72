"""A webhook of the tests' own: it notes what is posted and answers as told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.messaging.serving import serving


@dataclass
class Post:
    """What was posted."""

    body: bytes
    headers: Mapping[str, str]


@dataclass
class Receiver:
    """``answers`` are used up first, each a status or a whole response; then 200. Nobody is answered until ``open`` is set."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    most_waiting: int = 0

    @property
    def bodies(self) -> list[bytes]:
        return [post.body for post in self.posts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.posts.append(Post(await request.body(), request.headers))
        answer = self.answers.pop(0) if self.answers else 200
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        await (Response(status_code=answer) if isinstance(answer, int) else answer)(scope, receive, send)

    async def posted(self, count: int) -> None:
        """Waits until so many posts have come."""
        await until(lambda: len(self.posts) >= count)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.open.set()
    async with serving(receiver, receiver) as served:
        receiver.url = f"{served.api_url}/webhook"
        yield receiver
        receiver.open.set()


async def until(condition: Any, seconds: float = 20) -> None:
    """Waits for something to become true; fails the test after so many seconds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
