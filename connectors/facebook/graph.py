"""Calls of the Graph API. Tokens never stand in an address: a read carries its token in the header ``Authorization``, everything
else in the form body (Send API reference, 2026-05), so that no log or proxy can hold one."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from connectors.channel import Ambiguous, FileContent
from connectors.facebook.account import FacebookAccount
from connectors.facebook.errors import error_of_answer, error_of_transport
from connectors.facebook.signature import appsecret_proof

# Attachments by address are fetched by the platform before it answers, within ten seconds.
TIMES = httpx.Timeout(30.0, connect=5.0, pool=10.0)


class GraphApi:
    """The API as one account may use it. ``client`` is not closed here."""

    def __init__(self, account: FacebookAccount, client: httpx.AsyncClient) -> None:
        self._account = account
        self._client = client

    async def read(self, path: str, fields: str = "") -> dict[str, Any]:
        """GET with the page's token. Raises ``ChannelError``."""
        token = self._account.page_token
        query = {"appsecret_proof": appsecret_proof(token, self._account.app_secret)} | ({"fields": fields} if fields else {})
        return await self._call("GET", path, params=query, headers={"Authorization": f"Bearer {token}"})

    async def write(
        self, path: str, parameters: Mapping[str, Any], *, token: str | None = None, file: FileContent | None = None
    ) -> dict[str, Any]:
        """POST with the page's token, or the one given; values that are no text are written as JSON. ``file`` comes along as
        ``filedata``. Raises ``ChannelError``."""
        used = token or self._account.page_token
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
        form |= {"access_token": used, "appsecret_proof": appsecret_proof(used, self._account.app_secret)}
        files = {"filedata": (file.name, file.content, file.media_type)} if file is not None else None
        return await self._call("POST", path, data=form, files=files)

    async def read_token(self) -> dict[str, Any]:
        """What the platform says of the page's token: its end and permissions; empty where it does not tell.

        By a batch of one read, since the token in question would otherwise stand in an address. Raises ``ChannelError``.
        """
        asked = [{"method": "GET", "relative_url": f"debug_token?input_token={self._account.page_token}"}]
        account = self._account
        form = {"batch": json.dumps(asked), "include_headers": "false", "access_token": account.app_token}
        form["appsecret_proof"] = appsecret_proof(account.app_token, account.app_secret)
        answers = _decoded((await self._answer("POST", "", data=form)).content)
        first = answers[0] if isinstance(answers, list) and answers else None
        body = first.get("body") if isinstance(first, dict) and first.get("code") == 200 else None
        told = _decoded(body.encode("utf-8", "replace")) if isinstance(body, str) else None
        data = told.get("data") if isinstance(told, dict) else None
        return data if isinstance(data, dict) else {}

    async def _call(self, verb: str, path: str, **how: Any) -> dict[str, Any]:
        answer = await self._answer(verb, path, **how)
        data = _decoded(answer.content)
        if not isinstance(data, dict):
            raise Ambiguous("unreadable_answer")
        if "error" in data:
            raise error_of_answer(answer.status_code, answer.content, answer.headers)
        return data

    async def _answer(self, verb: str, path: str, **how: Any) -> httpx.Response:
        address = f"{self._account.graph_url}/{self._account.graph_version}/{path}"
        try:
            answer = await self._client.request(verb, address, timeout=TIMES, follow_redirects=False, **how)
        except httpx.HTTPError as error:
            raise error_of_transport(error) from None
        if not answer.is_success:
            raise error_of_answer(answer.status_code, answer.content, answer.headers)
        return answer


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
