"""A client of the web chat's own interface: what ``motcua chat`` speaks."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

WAIT_FOR_PEOPLE = 1.5
"""Seconds after which silence is an answer while a person has the conversation."""


class ChatError(Exception):
    """The gateway refused or did not answer in time; the message is for the person at the terminal. ``retry_after``: the
    seconds after which the gateway wants to be asked again, where it said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WebchatClient:
    """One conversation. ``say`` sends a text, ``press`` a button; both return the assistant's messages for it, in order."""

    def __init__(
        self,
        base_url: str,
        *,
        patience: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=10, trust_env=False)
        self._patience, self._clock, self._pause = patience, clock, pause
        session = self._call("POST", "/webchat/session")
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        self.conversation_id: str = session["conversation_id"]
        self.greeting: list[dict[str, Any]] = session["greeting"]
        self._seen = max((message["seq"] for message in self.greeting), default=0)

    def close(self) -> None:
        """Ends the connection; the conversation stays in the ledger."""
        self._http.close()

    def say(self, text: str) -> list[dict[str, Any]]:
        """Sends a citizen's message and waits for the answer. Raises ``ChatError``."""
        return self._answers({"text": text})

    def press(self, token: str) -> list[dict[str, Any]]:
        """Presses a button of this conversation and waits for the answer. Raises ``ChatError``."""
        return self._answers({"button": token})

    def _answers(self, post: dict[str, str]) -> list[dict[str, Any]]:
        self._call("POST", "/webchat/messages", json={"client_id": str(uuid.uuid4()), **post})
        sent = self._clock()
        deadline = sent + self._patience
        answers: list[dict[str, Any]] = []
        while self._clock() < deadline:
            page = self._call("GET", "/webchat/messages", params={"after": self._seen})
            answers += [m for m in page["messages"] if m["from"] != "citizen"]
            self._seen = max([self._seen, *(m["seq"] for m in page["messages"])])
            with_bot = page["state"]["speaker"] == "bot" or self._clock() > sent + WAIT_FOR_PEOPLE
            if with_bot and not page["state"]["busy"]:
                return answers
            self._pause(0.05)
        raise ChatError("Trợ lý chưa trả lời kịp. Kiểm tra bằng lệnh: motcua doctor")

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = getattr(self, "_headers", {})
        try:
            response = self._http.request(method, path, headers=headers, **arguments)
        except httpx.HTTPError as error:
            raise ChatError(f"Không nối được tới cổng tin nhắn ({type(error).__name__}). Chạy: make run") from error
        if response.is_error:
            raise ChatError(_detail(response), _retry_after(response))
        answer: dict[str, Any] = response.json()
        return answer


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json().get("detail") or response.reason_phrase)
    except ValueError:
        return f"{response.status_code} {response.reason_phrase}"


def _retry_after(response: httpx.Response) -> float | None:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None
