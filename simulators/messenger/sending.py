"""The Send API: from a call to the citizen's screen, or to the platform's refusal."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.messaging.orders import SentFile
from simulators.messaging.transcript import ShownMessage
from simulators.messenger.attachments import StoredFile, check_file, fetch_media
from simulators.messenger.conversation_routing import ConversationRouting, Handover
from simulators.messenger.graph_errors import NOT_A_TESTER, NOT_RECEIVING, GraphError, bad_parameter
from simulators.messenger.graph_parameters import flag
from simulators.messenger.message_content import MEDIA_KINDS
from simulators.messenger.page import Page
from simulators.messenger.people import Person
from simulators.messenger.screens import Shown, echoed, shown_message, shown_utility
from simulators.messenger.send_request import SendRequest
from simulators.messenger.sending_windows import PagePermissions, check_window

TYPING_SECONDS = 20
"""After so long the typing indicator goes off by itself."""


@dataclass(frozen=True)
class _Rendered:
    shown: Shown
    echo: dict[str, Any]
    attachment_id: str | None


class SendApi:
    """Sends on behalf of the page's application."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def send(self, request: SendRequest, upload: SentFile | None) -> dict[str, Any]:
        """The platform's answer. Raises ``GraphError``; a refused message is noted on the transcript of a known citizen."""
        attachment = (request.message or {}).get("attachment") or {}
        self._page.limits.count_send(
            self._page.knobs, request.person, self._page.engaged(), heavy=attachment.get("type") in ("audio", "video")
        )
        person = self._page.people.known_to_page(request.person)
        try:
            self._check_reachable(person)
            if request.message is None:
                return self._action(person, request)
            return await self._message(person, request, request.message, upload)
        except GraphError as error:
            if request.message is not None:
                self._note_refusal(person, request.message, error)
            raise

    def _check_reachable(self, person: Person) -> None:
        page, knobs = self._page, self._page.knobs
        if knobs.app_mode == "development" and not person.tester:
            raise GraphError(
                200,
                "Cannot message users who are not admins, developers or testers of the app until pages_messaging permission is "
                "reviewed and the app is live.",
                NOT_A_TESTER,
            )
        if person.blocked:
            raise GraphError(int(knobs.blocked_reply), "This person isn't available right now.", NOT_RECEIVING)
        page.routing.check_may_send(page.credentials.app_id, person.id, page.seconds())

    def _action(self, person: Person, request: SendRequest) -> dict[str, Any]:
        self._check_persona(request)
        if request.reaction is not None:
            mid = request.reaction["message_id"]
            if self._page.transcripts.find(person.id, mid) is None:
                raise bad_parameter("Invalid message id")
            note = f"trang thả (page reacted): {request.reaction['reaction']}" if request.sender_action == "react" else None
            self._page.transcripts.edit(person.id, mid, note=note)
        match request.sender_action:
            case "typing_on":
                person.typing_until = self._page.seconds() + TYPING_SECONDS
            case "typing_off":
                person.typing_until = 0
            case "mark_seen":
                person.page_has_seen = True
        return {"recipient_id": person.id}

    async def _message(
        self, person: Person, request: SendRequest, message: Mapping[str, Any], upload: SentFile | None
    ) -> dict[str, Any]:
        page = self._page
        check_window(
            request,
            page.seconds_since_last_act(person),
            PagePermissions(page.knobs.human_agent_feature, page.knobs.page_utility_messaging),
            standard_seconds=person.window_seconds,
            subcode=page.knobs.window_subcode,
        )
        self._check_persona(request)
        if request.reply_to is not None and page.transcripts.find(person.id, request.reply_to) is None:
            raise bad_parameter("Invalid reply_to message id")
        if request.thread_control is not None and page.routing.default_app is None:
            raise bad_parameter("thread_control is only available when conversation routing is enabled")
        self._try_hand_over(person, request)
        rendered = await self._render(person, message, upload)
        mid = page.make_message_id()
        persona = page.personas.get(request.persona_id or "")
        note = f"tên hiển thị (persona): {persona['name']}" if persona else None
        person.typing_until = 0
        page.show(person, rendered.shown, mid, author="officer" if persona else "bot", note=note)
        await page.page_said(person, mid, rendered.echo, page.credentials.app_id, message.get("metadata"))
        await self._hand_over(person, request)
        answer = {"recipient_id": person.id, "message_id": mid}
        return answer | ({"attachment_id": rendered.attachment_id} if rendered.attachment_id else {})

    async def _render(self, person: Person, message: Mapping[str, Any], upload: SentFile | None) -> _Rendered:
        if "template" in message:
            template = self._page.templates.approved(message["template"])
            text = template.render(message["template"].get("components", []))
            return _Rendered(shown_utility(text, template.buttons), echoed(message, [], text), None)
        files = await self._files(message.get("attachment"), upload)
        media = [(file.kind, file.shown(file.source or self._link(file))) for file in files]
        reusable = next((file.id for file in files if file.reusable), None)
        shown = shown_message(message, person, [about for _, about in media])
        return _Rendered(shown, echoed(message, [(kind, about["url"]) for kind, about in media], None), reusable)

    async def _files(self, attachment: Mapping[str, Any] | None, upload: SentFile | None) -> list[StoredFile]:
        if attachment is None:
            return []
        payload = attachment["payload"]
        if attachment["type"] in MEDIA_KINDS:
            return [await self.stored(attachment["type"], payload, upload)]
        if payload["template_type"] == "media":
            return [await self.stored(element["media_type"], element, None) for element in payload["elements"]]
        return []

    async def stored(self, kind: str, payload: Mapping[str, Any], upload: SentFile | None) -> StoredFile:
        """The file of an attachment: an earlier one by its id, the upload, or the one at an address. Raises error 100."""
        page = self._page
        reusable = flag(payload.get("is_reusable", False), "is_reusable")
        if "attachment_id" in payload:
            return page.files.reusable(payload["attachment_id"], kind)
        if upload is not None:
            check_file(kind, upload.content_type, len(upload.content))
            return page.files.store(kind, upload.name, upload.content_type, upload.content, reusable=reusable)
        name, content_type, content = await fetch_media(page.client, payload["url"], kind, page.knobs)
        return page.files.store(
            kind, name, content_type, content, reusable=reusable, source=payload["url"] if content is None else None
        )

    def _link(self, file: StoredFile) -> str:
        return self._page.files.link(file, self._page.knobs.cdn_link_seconds)

    def _check_persona(self, request: SendRequest) -> None:
        if request.persona_id is not None and request.persona_id not in self._page.personas:
            raise bad_parameter("Invalid persona_id")

    def _try_hand_over(self, person: Person, request: SendRequest) -> None:
        """Raises what the order after the message would raise, while nothing has been sent."""
        self._order_control(copy.deepcopy(self._page.routing), person, request)

    async def _hand_over(self, person: Person, request: SendRequest) -> None:
        await self._page.tell_handovers(person, self._order_control(self._page.routing, person, request))

    def _order_control(self, routing: ConversationRouting, person: Person, request: SendRequest) -> list[Handover]:
        order, app, now = request.thread_control, self._page.credentials.app_id, self._page.seconds()
        if order is None:
            return []
        if order.control_type == "pass":
            return routing.pass_control(app, person.id, order.app_id, None, now)
        routing.release_control(app, person.id, now)
        return []

    def _note_refusal(self, person: Person, message: Mapping[str, Any], error: GraphError) -> None:
        text = str(message.get("text") or "")
        self._page.transcripts.show(
            person.id,
            ShownMessage(self._page.make_message_id(), self._page.clock.now(), "bot", text=text, refused=error.text),
        )
