"""Zalo as a channel: the only part of it that talks to the platform on the sender's behalf."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from bot.conversations.clock import Clock, utc_now
from bot.conversations.events import CitizenMessage
from bot.conversations.windows import SendMode
from bot.texts import say
from connectors.channel import AccountCheck, Capabilities, ChannelError, FileContent, Outgoing, PlatformCall, Sent, Temporary
from connectors.zalo import render as rendering
from connectors.zalo.api import ApiAnswer, ApiCall, ZaloApi, read
from connectors.zalo.capabilities import ZALO
from connectors.zalo.catch_up import missed_messages
from connectors.zalo.envelope import CHANNEL, ZaloIds
from connectors.zalo.errors import AttachmentGoneError, PayloadRefused
from connectors.zalo.tokens import ZaloTokens
from connectors.zalo.uploads import NotUploadableError, UploadKind, Uploads

logger = logging.getLogger(__name__)

_SEND = "/v3.0/oa/message/cs"
_SEND_TEMPLATE = "/v3.0/oa/message/template"


class ZaloChannel:
    """One Official Account. ``http`` calls Zalo, ``files`` fetches the files that we offer; both are closed with the channel."""

    name: str = CHANNEL
    capabilities: Capabilities = ZALO

    def __init__(
        self,
        ids: ZaloIds,
        tokens: ZaloTokens,
        http: httpx.AsyncClient,
        files: httpx.AsyncClient,
        *,
        api_url: str,
        clock: Clock = utc_now,
    ) -> None:
        self.account = ids.oa_id
        self._ids = ids
        self._tokens = tokens
        self._clients = (http, files)
        self._clock = clock
        self._api = ZaloApi(http, api_url, tokens)
        self._uploads = Uploads(self._api, files, clock)

    def render(self, outgoing: Outgoing) -> list[PlatformCall]:
        """The calls that show the message."""
        return rendering.render(outgoing)

    async def send(self, call: PlatformCall, external_id: str, *, delivery_id: int, mode: SendMode) -> Sent:  # noqa: ARG002
        """Makes the call. Zalo carries no mark of ours, and takes a message from the quota by itself after 48 hours.

        A shape that Zalo refuses is sent as plain text instead. Raises ``ChannelError``.
        """
        try:
            if call.method == rendering.TEMPLATE:
                body = {"user_id": external_id, **call.body["template"]}
                return _sent(await self._api.ask(ApiCall("POST", _SEND_TEMPLATE, body)), counts=False)
            if call.method == rendering.FILE:
                return await self._send_file(call.body["file"], external_id, call.content)
            return await self._send(call.body["message"], external_id)
        except (PayloadRefused, NotUploadableError, AttachmentGoneError) as error:
            plain = call.body.get("fallback") or ()
            if not plain:
                raise error if isinstance(error, ChannelError) else PayloadRefused(f"file_{error}") from error
            logger.warning("zalo.sent_as_plain_text", extra={"why": str(error)})
            as_link = str(error) if "officer_file" in call.body else None
        sent = Sent()
        for text in plain:
            sent = await self._send({"text": text}, external_id)
        return replace(sent, as_link=as_link)

    async def show_typing(self, external_id: str) -> None:
        """Zalo shows none."""

    async def set_webhook(self, url: str) -> str:
        """Zalo has no call for it: the words tell what a person does in the console."""
        return say("zalo_set_webhook", app_id=self._ids.app_id, url=url)

    async def check_account(self) -> AccountCheck:
        """The account's name, the tokens' days and the quota. Raises ``ChannelError``."""
        own = (await self._api.ask(read("/v2.0/oa/getoa"))).object
        facts = [
            (say("zalo_fact_name"), str(own.get("name") or "?")),
            (say("zalo_fact_verified"), say("zalo_yes" if own.get("is_verified") else "zalo_no")),
            *await self._token_facts(),
            (say("zalo_fact_quota"), await self._quota_in_words()),
        ]
        stored = await self._tokens.stored()
        is_other = own.get("oa_id") not in (None, self.account)
        if is_other:
            return AccountCheck(False, tuple(facts), say("zalo_other_account", oa_id=self.account))
        if stored is not None and stored.consent_needed:
            return AccountCheck(False, tuple(facts), say("zalo_consent_needed"))
        return AccountCheck(True, tuple(facts))

    async def keep_fresh(self) -> None:
        """Renews the tokens where it is time to; to be called every hour or so, since a quiet week must not end them."""
        await self._tokens.keep_fresh()

    async def missed_messages(self, since: datetime) -> list[CitizenMessage]:
        """What citizens wrote since then, as the webhook would have brought it. Raises ``ChannelError``."""
        return await missed_messages(self._api, self.account, since)

    async def tend(self, since: datetime) -> list[CitizenMessage]:
        """Renews the tokens where it is time to, and reads back recent chats. Raises ``ChannelError``."""
        await self.keep_fresh()
        return await self.missed_messages(since)

    async def aclose(self) -> None:
        """Frees connections."""
        for client in self._clients:
            await client.aclose()

    async def _send(self, message: Mapping[str, Any], external_id: str) -> Sent:
        body = {"recipient": {"user_id": external_id}, "message": dict(message)}
        return _sent(await self._api.ask(ApiCall("POST", _SEND, body)))

    async def _send_file(self, file: Mapping[str, str], external_id: str, content: FileContent | None) -> Sent:
        kind: UploadKind = "image" if file["kind"] == "image" else "file"
        if kind == "image" and content is None:
            # By its link first: no upload is spent, and Zalo fetches what we perhaps cannot reach from here.
            try:
                return await self._send(rendering.picture_message(file["title"], {"url": file["url"]}), external_id)
            except PayloadRefused:
                logger.info("zalo.picture_link_refused")
        try:
            return await self._send(await self._uploaded(kind, file, content), external_id)
        except AttachmentGoneError:
            self._uploads.forget(kind, file["url"])
            return await self._send(await self._uploaded(kind, file, content), external_id)

    async def _uploaded(self, kind: UploadKind, file: Mapping[str, str], content: FileContent | None) -> dict[str, Any]:
        token = await self._uploads.token_of(
            kind, file["url"], content.name.rpartition(".")[0] if content else file["title"], content
        )
        if kind == "image":
            return rendering.picture_message(file["title"], {"attachment_id": token})
        return rendering.file_message(token)

    async def _token_facts(self) -> list[tuple[str, str]]:
        stored = await self._tokens.stored()
        if stored is None:
            return []
        now = self._clock()
        hours = max(0.0, (stored.access_expires_at - now).total_seconds() / 3600)
        return [
            (say("zalo_fact_access_token"), say("zalo_hours_left", hours=f"{hours:.0f}")),
            (say("zalo_fact_refresh_token"), say("zalo_days_left", days=max(0, 90 - (now - stored.refresh_issued_at).days))),
        ]

    async def _quota_in_words(self) -> str:
        """The account's own quota; an account that may not ask for it still works."""
        question = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
        try:
            answer = await self._api.ask(ApiCall("POST", "/v3.0/oa/quota/message", question, repeatable=True))
        except Temporary:
            raise
        except ChannelError as error:
            return say("zalo_quota_unknown", reason=error.reason)
        rows = answer.rows or [answer.object]
        return ", ".join(f"{row.get('remain', '?')}/{row.get('total', '?')}" for row in rows)


def _sent(answer: ApiAnswer, *, counts: bool = True) -> Sent:
    """``counts``: whether the answer's quota is that of consulting messages."""
    message_id = answer.object.get("message_id")
    quota = answer.object.get("quota")
    return Sent(str(message_id) if message_id else None, _quota_left(quota) if counts and isinstance(quota, dict) else None)


def _quota_left(quota: Mapping[str, Any]) -> int | None:
    """What is left of the account's quota. Free replies say nothing of it; and nothing left of one kind does not mean that no
    other kind is left: only Zalo's own refusal (-211) says that the quota is used up."""
    remain = quota.get("remain")
    if quota.get("quota_type") == "reply" or isinstance(remain, bool) or not isinstance(remain, int | str):
        return None
    try:
        left = int(remain)
    except ValueError:
        return None
    return left if left > 0 else None
