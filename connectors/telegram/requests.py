"""The HTTP side of python-telegram-bot, with names for the answers that the library throws together, and without its logs."""

import json
from typing import Any

from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest, RequestData

_NAMED_BY_LIBRARY = frozenset({400, 401, 403, 404, 409})


class _NamedByStatus(NetworkError):
    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class TooManyRequests(_NamedByStatus):
    """A 429; ``retry_after`` in seconds. The library's own ``RetryAfter`` warns of a change of its type whenever it is raised."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__(429)
        self.retry_after = retry_after


class CallRefused(_NamedByStatus):
    """A 4xx that the library has no name for (413 …): the same call will not succeed."""


class ServerFault(_NamedByStatus):
    """A 5xx: nobody knows what was done."""


class UnexpectedAnswer(_NamedByStatus):
    """A redirect or another answer that the Bot API does not give: not Telegram, but something before it. Nothing was done."""


class BotRequest(HTTPXRequest):
    """Requests with limits of time for each of their parts. Connections are kept for 5 seconds only (httpx's default), so that
    few calls meet one that the other side has just closed."""

    def __init__(self, *, connections: int = 32) -> None:
        super().__init__(connections, connect_timeout=5.0, write_timeout=10.0, read_timeout=15.0, pool_timeout=5.0)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """The status and the body. Raises the errors of this module and the library's."""
        status, payload = await super().do_request(url, method, request_data, *args, **kwargs)
        if 200 <= status < 300 or status in _NAMED_BY_LIBRARY:
            return status, payload
        if status == 429:
            raise TooManyRequests(_retry_after(payload))
        if status >= 500:
            raise ServerFault(status)
        raise CallRefused(status) if status >= 400 else UnexpectedAnswer(status)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as JSON. Unlike the library's own, it does not write an unreadable answer into the log: such a page, of a
        proxy for instance, may repeat the address and with it our token."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("answer is not JSON") from error
        if not isinstance(answer, dict):
            raise TelegramError("answer is not an object")
        return answer


def _retry_after(payload: bytes) -> float | None:
    try:
        parameters = BotRequest.parse_json_payload(payload).get("parameters")
    except TelegramError:
        return None
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int) and 0 <= seconds < 10**9 else None
