"""An administrator lets our app act for the Official Account: consent page, code, first pair of tokens, stored."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from bot.texts import say
from connectors.zalo.envelope import ZaloIds
from connectors.zalo.oauth import OAuthError, TokenPair, ZaloApp, consent_url
from connectors.zalo.tokens import ZaloTokens

Receive = Callable[[str], Awaitable[str]]
"""Shows the consent page's address to somebody; returns the address they were sent to, or the code alone."""

_MAX_REQUEST = 16 * 1024


class AuthoriseError(Exception):
    """No right was obtained; the message says why, in words."""


@dataclass(frozen=True)
class ConsentRequest:
    """What is asked for. ``redirect_uri`` must stand in Zalo's console too."""

    oauth_url: str
    app: ZaloApp
    ids: ZaloIds
    redirect_uri: str


async def authorise(request: ConsentRequest, tokens: ZaloTokens, receive: Receive) -> TokenPair:
    """Asks, exchanges and stores. Raises ``AuthoriseError``."""
    state = secrets.token_urlsafe(16)
    answer = await receive(consent_url(request.oauth_url, request.app, request.redirect_uri, state))
    code = code_in(answer, state, request.ids.oa_id)
    try:
        return await tokens.take_consent(code)
    except OAuthError as error:
        raise AuthoriseError(say("zalo_authorise_failed", reason=error.reason)) from error


def code_in(answer: str, state: str, oa_id: str) -> str:
    """The code in the address that Zalo sent the administrator to, or the pasted code itself. Raises ``AuthoriseError`` for an
    answer to another request, and for another Official Account."""
    told = answer.strip()
    if "?" not in told and "=" not in told and "/" not in told:
        if not told:
            raise AuthoriseError(say("zalo_authorise_no_code"))
        return told
    query = {name: values[0] for name, values in parse_qs(urlsplit(told).query or told).items()}
    if query.get("state", state) != state:
        raise AuthoriseError(say("zalo_authorise_wrong_state"))
    if query.get("oa_id", oa_id) != oa_id:
        raise AuthoriseError(say("zalo_authorise_wrong_oa", oa_id=query["oa_id"], expected=oa_id))
    if not query.get("code"):
        reason = query.get("error_description") or query.get("error")
        raise AuthoriseError(say("zalo_authorise_failed", reason=reason) if reason else say("zalo_authorise_no_code"))
    return query["code"]


def by_following(http: httpx.AsyncClient) -> Receive:
    """For a stand-in of Zalo that consents by itself: opens the page and takes the address that it leads to."""

    async def receive(url: str) -> str:
        try:
            answer = await http.get(url, follow_redirects=False)
        except httpx.HTTPError as error:
            raise AuthoriseError(say("zalo_authorise_failed", reason="unreachable")) from error
        location = answer.headers.get("location", "")
        if not location:
            raise AuthoriseError(say("zalo_authorise_failed", reason=f"http_{answer.status_code}"))
        return str(location)

    return receive


def by_local_callback(port: int, show: Callable[[str], None]) -> Receive:
    """Waits on this machine for the administrator's browser, which Zalo sends to ``http://127.0.0.1:<port>/``."""

    async def receive(url: str) -> str:
        arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target = await _requested_target(reader)
            writer.write(_page(say("zalo_authorise_received")))
            await writer.drain()
            writer.close()
            if ("code=" in target or "error=" in target) and not arrived.done():
                arrived.set_result(target)

        server = await asyncio.start_server(answer, "127.0.0.1", port, limit=_MAX_REQUEST)
        async with server:
            show(url)
            return await arrived

    return receive


def by_pasting(show: Callable[[str], None], ask: Callable[[], str]) -> Receive:
    """The administrator agrees on another machine; the address that appears there is pasted here."""

    async def receive(url: str) -> str:
        show(url)
        return await asyncio.to_thread(ask)

    return receive


async def _requested_target(reader: asyncio.StreamReader) -> str:
    try:
        line = (await reader.readline()).decode("ascii", "replace").split(" ")
        while (await reader.readline()).strip():
            pass
    except (ValueError, ConnectionError):
        return ""
    return line[1] if len(line) > 1 else ""


def _page(text: str) -> bytes:
    body = text.encode()
    head: Mapping[str, str] = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body
