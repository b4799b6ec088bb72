"""From a file id to the link of its one download (``getFile``). Synchronous, for the worker's threads."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.gateway.attachments.fetching import Fetcher, FetchError, FetchFailed, HostRules

_MAX_ANSWER = 64 * 1024
_SECONDS = 3.0


@dataclass(frozen=True, repr=False)
class TelegramFiles:
    """The files of one bot. Its links hold the bot's token and live for an hour: they are used at once and shown to nobody."""

    token: str
    api_url: str
    fetcher: Fetcher
    rules: HostRules

    def link_of(self, file_id: str) -> str:
        """The file's link. Raises ``FetchError``: ``FetchFailed`` also where Telegram refuses the id or our token."""
        base = self.api_url.rstrip("/")
        call = f"{base}/bot{self.token}/getFile?file_id={quote(file_id, safe='')}"
        try:
            answer = self.fetcher.get(call, self.rules, max_bytes=_MAX_ANSWER, seconds=_SECONDS)
        except FetchError as error:
            raise FetchFailed(f"get_file_{error.detail}") from None
        return f"{base}/file/bot{self.token}/{quote(_file_path(answer))}"


def _file_path(answer: bytes) -> str:
    try:
        content: Any = json.loads(answer)
        path = content["result"]["file_path"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise FetchFailed("get_file_unreadable") from error
    if not isinstance(path, str) or not path or path.startswith("/") or ".." in path.split("/"):
        raise FetchFailed("get_file_unreadable")
    return path
