"""The Bot API's own error answers."""

from typing import Any


class BotApiError(Exception):
    """A call is refused. ``code`` is also the HTTP status; ``parameters`` as in ResponseParameters."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def bad_request(what: str) -> BotApiError:
    """400 with the platform's prefix."""
    return BotApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> BotApiError:
    """403 with the platform's prefix."""
    return BotApiError(403, f"Forbidden: {what}")


def too_many_requests(seconds: int) -> BotApiError:
    """429 with ``retry_after`` in whole seconds."""
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
