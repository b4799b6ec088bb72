"""Calls of Zalo's OpenAPI: the token's header, one replay with a new token, and errors that a caller can act on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import httpx

from connectors.channel import Ambiguous, Temporary
from connectors.zalo.errors import TokenRejectedError, not_answered, read_answer
from connectors.zalo.tokens import ZaloTokens

CALL_SECONDS: Final = 15.0
UPLOAD_SECONDS: Final = 30.0
"""With the message after it an upload stays within the sender's lease."""
_REFUSED_TWICE_SECONDS = 300.0


@dataclass(frozen=True)
class ApiCall:
    """One call. ``repeatable``: nothing bad comes of making it twice, so that an unknown end is a ``Temporary``."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    files: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False
    seconds: float = CALL_SECONDS


@dataclass(frozen=True)
class ApiAnswer:
    """What stood under ``data``."""

    data: Any

    @property
    def object(self) -> Mapping[str, Any]:
        """``data`` where it is an object; else empty."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """``data`` where it is a list: its objects."""
        return [row for row in self.data if isinstance(row, dict)] if isinstance(self.data, list) else []


def read(path: str, **query: Any) -> ApiCall:
    """A question. Its parameters go as one JSON text, as Zalo wants it."""
    return ApiCall("GET", path, query=query or None, repeatable=True)


class ZaloApi:
    """Zalo's OpenAPI for one Official Account."""

    def __init__(self, http: httpx.AsyncClient, api_url: str, tokens: ZaloTokens) -> None:
        self._http = http
        self._base = api_url.rstrip("/")
        self._tokens = tokens

    async def ask(self, call: ApiCall) -> ApiAnswer:
        """Makes the call; a refused token is renewed and the call made once more: a refused call was not carried out.

        Raises ``ChannelError`` and ``AttachmentGoneError``.
        """
        token = await self._tokens.access()
        try:
            return await self._once(call, token.value)
        except TokenRejectedError:
            token = await self._tokens.after_rejection(token)
        try:
            return await self._once(call, token.value)
        except TokenRejectedError as error:
            # A new token refused at once is no matter of tokens; asking for more of them would not end.
            raise Temporary("token_refused", _REFUSED_TWICE_SECONDS, whole_account=True) from error

    async def _once(self, call: ApiCall, token: str) -> ApiAnswer:
        try:
            return ApiAnswer(await self._exchange(call, token))
        except Ambiguous as error:
            if call.repeatable:
                raise Temporary(error.reason) from error
            raise

    async def _exchange(self, call: ApiCall, token: str) -> Any:
        query = {"data": json.dumps(dict(call.query), ensure_ascii=False)} if call.query is not None else None
        try:
            with anyio.fail_after(call.seconds):
                answer = await self._http.request(
                    call.method,
                    self._base + call.path,
                    json=call.body,
                    params=query,
                    files=dict(call.files) or None,
                    headers={"access_token": token},
                    timeout=call.seconds,
                )
        except TimeoutError as error:
            raise Ambiguous("timeout") from error
        except httpx.HTTPError as error:
            raise not_answered(error) from error
        return read_answer(answer.status_code, answer.headers, answer.content)
