"""The page as a channel: renders, and speaks to the Graph API."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import httpx

from bot.conversations.windows import SendMode
from bot.texts import say
from connectors.channel import AccountCheck, Ambiguous, FileContent, Outgoing, Permanent, PlatformCall, Sent
from connectors.facebook.account import CHANNEL, FacebookAccount
from connectors.facebook.account_check import SUBSCRIBED_FIELDS, subscribed_fields, verdict
from connectors.facebook.capabilities import CAPABILITIES
from connectors.facebook.graph import GraphApi
from connectors.facebook.messages import OUR_MARK
from connectors.facebook.profile import messenger_profile
from connectors.facebook.render import SEND, render
from connectors.facebook.uploads import AttachmentUploads, FileNotTakenError, is_about_the_file


class FacebookChannel:
    """Implements ``connectors.channel.Channel``. ``personas``: the page's personas by officers' names, as they were made with
    ``POST /<page>/personas``. ``aclose`` closes ``client``."""

    name = CHANNEL
    capabilities = CAPABILITIES

    def __init__(self, account: FacebookAccount, client: httpx.AsyncClient, personas: Mapping[str, str] | None = None) -> None:
        self.account = account.page_id
        self._account = account
        self._client = client
        self._graph = GraphApi(account, client)
        self._uploads = AttachmentUploads(self._graph)
        self._personas = dict(personas or {})

    def render(self, outgoing: Outgoing) -> list[PlatformCall]:
        """The calls that show the message, in order."""
        return render(outgoing, self._personas)

    async def send(self, call: PlatformCall, external_id: str, *, delivery_id: int, mode: SendMode) -> Sent:
        """Makes the call once. Raises ``Temporary``, ``Permanent`` or ``Ambiguous``."""
        request = partial(
            send_request, external_id=external_id, delivery_id=delivery_id, mode=mode, human_agent=self._account.human_agent
        )
        if call.content is None:
            return await self._send(request(call))
        request(call)  # what the rules forbid is not even uploaded
        try:
            return await self._send(request(await self._attached(call, call.content)))
        except (FileNotTakenError, Permanent) as error:
            if isinstance(error, Permanent) and not is_about_the_file(error):
                raise
            why = str(error)
        self._uploads.forget(call.body["officer_file"])
        sent = Sent()
        for text in call.body["fallback"]:
            sent = await self._send(request(replace(call, body={**call.body, "message": {"text": text}})))
        return replace(sent, as_link=why)

    async def _attached(self, call: PlatformCall, file: FileContent) -> PlatformCall:
        """The call with the attachment's id in it."""
        kind = call.body["message"]["attachment"]["type"]
        attachment_id = await self._uploads.id_of(call.body["officer_file"], kind, file)
        message = {"attachment": {"type": kind, "payload": {"attachment_id": attachment_id}}}
        return replace(call, body={**call.body, "message": message})

    async def _send(self, body: Mapping[str, Any]) -> Sent:
        answer = await self._graph.write(f"{self.account}/{SEND}", body)
        message_id = answer.get("message_id")
        if not isinstance(message_id, str) or not message_id:
            raise Ambiguous("unreadable_answer")
        return Sent(message_id)

    async def show_typing(self, external_id: str) -> None:
        """Shows the three dots, for about twenty seconds or until a message comes. Raises ``ChannelError``."""
        await self._act(external_id, "typing_on")

    async def mark_seen(self, external_id: str) -> None:
        """Shows the citizen's messages as read. Raises ``ChannelError``."""
        await self._act(external_id, "mark_seen")

    async def set_webhook(self, url: str) -> str:
        """Registers ``url``, the whole address of our webhook, for the app, and subscribes the app to the page's events. The
        platform asks the address for the handshake meanwhile, so the gateway must run. Raises ``ChannelError``."""
        account = self._account
        registration = {
            "object": "page",
            "callback_url": url,
            "verify_token": account.verify_token,
            "fields": ",".join(SUBSCRIBED_FIELDS),
            "include_values": "true",
        }
        await self._graph.write(f"{account.app_id}/subscriptions", registration, token=account.app_token)
        await self._graph.write(f"{self.account}/subscribed_apps", {"subscribed_fields": ",".join(SUBSCRIBED_FIELDS)})
        return say("facebook_webhook_set", url=url)

    async def check_account(self) -> AccountCheck:
        """Asks for the page, its token and its subscription. Raises ``ChannelError``, save where the token is refused: that is
        the answer."""
        try:
            page = await self._graph.read(self.account, "id,name")
            subscribed = await self._graph.read(f"{self.account}/subscribed_apps")
        except Permanent as error:
            if error.effect != "account_needs_attention":
                raise
            return AccountCheck(False, ((say("facebook_fact_token"), error.reason),), say("facebook_needs_token"))
        return verdict(page, await self._token(), subscribed_fields(subscribed, self._account.app_id))

    async def set_profile(self, *, first_questions: bool = False) -> str:
        """Sets Get Started, greeting and menu of the page, and first questions where asked (they take the place of Get Started);
        the menu takes up to a day to appear. Raises ``ChannelError``."""
        profile = messenger_profile(first_questions=first_questions)
        await self._graph.write(f"{self.account}/messenger_profile", profile)
        return say("facebook_profile_set")

    async def tend(self, since: datetime) -> tuple[()]:  # noqa: ARG002
        """The page's token does not age, and Facebook tells no messages again."""
        return ()

    async def aclose(self) -> None:
        """Frees connections."""
        await self._client.aclose()

    async def _act(self, external_id: str, action: str) -> None:
        await self._graph.write(f"{self.account}/{SEND}", {"recipient": {"id": external_id}, "sender_action": action})

    async def _token(self) -> dict[str, Any]:
        """Empty where the platform does not tell: the token works, as the reads before this one have shown."""
        try:
            return await self._graph.read_token()
        except (Permanent, Ambiguous):
            return {}


def send_request(call: PlatformCall, external_id: str, *, delivery_id: int, mode: SendMode, human_agent: bool) -> dict[str, Any]:
    """The call's parameters for this citizen. Raises ``Permanent`` where the platform's rules forbid it in this mode.

    After 24 hours only words that a person wrote may go out, under the tag HUMAN_AGENT (Messenger Platform policy; the other
    tags are dead since 2026-04-27). The call itself says who wrote it, so that no mistake of a caller can put the tag on a
    bot's words.
    """
    how: dict[str, Any] = {"messaging_type": "RESPONSE"}
    if mode == "human_agent":
        if call.body.get("author") != "officer":
            raise Permanent("human_agent_is_for_people")
        if not human_agent:
            raise Permanent("human_agent_not_granted")
        how = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    elif mode == "template" and "template" in call.body["message"]:
        how = {"messaging_type": "UTILITY"}
    elif mode != "free":
        raise Permanent("no_such_mode")
    if "persona_id" in call.body:
        how["persona_id"] = call.body["persona_id"]
    message = dict(call.body["message"]) | {"metadata": f"{OUR_MARK}{delivery_id}"}
    return {"recipient": {"id": external_id}, **how, "message": message}
