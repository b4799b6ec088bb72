"""What the application sends: consulting messages, reactions, answers to anonymous visitors."""

from collections.abc import Mapping
from typing import Any, Final

from simulators.messaging.transcript import ButtonKind, ShownButton
from simulators.zalo import errors
from simulators.zalo.account import Account
from simulators.zalo.consulting import ConsultingMessage, read_consulting_message
from simulators.zalo.errors import ZaloError
from simulators.zalo.events import attachment
from simulators.zalo.files import StoredFile, UploadKind
from simulators.zalo.message_shapes import MAX_TEXT, Button, OpenAddress, Query
from simulators.zalo.people import Person
from simulators.zalo.windows import check_reachable

MAX_REACTIONS: Final = 50


async def send_consulting(account: Account, body: object) -> dict[str, Any]:
    """``/v3.0/oa/message/cs``: the ``data`` of the answer. Raises ``ZaloError``."""
    message = read_consulting_message(body, account.knobs)
    person = account.people.get(message.user_id)
    try:
        person, file = _checked(account, message, person)
    except ZaloError as error:
        if person is not None:
            account.show_refused(person, message.text or message.kind, str(error))
        raise
    quota = account.quota.use(person, account.clock.now_ms(), account.knobs)
    message_id = account.new_id()
    url = account.files.link(file) if file is not None else message.medium.url if message.medium is not None else None
    shown = file.shown(message.kind, url) if file and url else {"kind": message.kind, "url": url}
    account.show(
        person,
        message_id,
        "bot",
        message.text or (f"{message.card.title}\n{message.card.subtitle}" if message.card else ""),
        kind=message.kind,
        buttons=_shown_buttons(message),
        attachments=(shown,) if url else (),
    )
    if message.card is not None:
        person.waiting_card = message_id
    name, content = _echo(message, message_id, file, url)
    await account.emit(person.user_id, account.events().from_oa(person, name, content))
    await account.received(person, message_id)
    return {"message_id": message_id, "user_id": person.user_id, "quota": quota}


def _checked(account: Account, message: ConsultingMessage, person: Person | None) -> tuple[Person, StoredFile | None]:
    now_ms = account.clock.now_ms()
    reachable = check_reachable(person, now_ms, account.knobs)
    if message.quotes is not None:
        quoted = account.chat.find(message.quotes)
        if quoted is None or quoted.user_id != reachable.user_id:
            raise ZaloError(errors.INVALID_PARAMETER, "quote_message_id")
    file = _file_of(account, message)
    account.quota.check(reachable, now_ms, account.knobs)
    return reachable, file


def _file_of(account: Account, message: ConsultingMessage) -> StoredFile | None:
    if message.file_token is not None:
        return account.files.uploaded(message.file_token, "file")
    if message.medium is None or message.medium.attachment_id is None or message.kind == "sticker":
        return None
    kind: UploadKind = "gif" if message.kind == "gif" else "image"
    return account.files.uploaded(message.medium.attachment_id, kind)


def _shown_buttons(message: ConsultingMessage) -> tuple[ShownButton, ...]:
    if message.card is not None:
        return (ShownButton(title="Chia sẻ thông tin", kind="contact", value="request_user_info"),)
    return tuple(_shown_button(button) for button in message.buttons)


def _shown_button(button: Button) -> ShownButton:
    if isinstance(button, Query):
        kind: ButtonKind = "reply" if button.type == "oa.query.show" else "postback"
        return ShownButton(title=button.title, kind=kind, value=button.payload)
    if isinstance(button, OpenAddress):
        return ShownButton(title=button.title, kind="url", value=button.payload.url)
    return ShownButton(title=button.title, kind="phone", value=button.payload.phone_code)


def _echo(message: ConsultingMessage, message_id: str, file: StoredFile | None, url: str | None) -> tuple[str, dict[str, Any]]:
    content: dict[str, Any] = {"msg_id": message_id}
    if message.text is not None:
        content["text"] = message.text
    match message.kind:
        case "file" if file is not None:
            about = {
                "url": url,
                "size": str(len(file.content)),
                "name": file.name,
                "checksum": file.checksum,
                "type": file.extension,
            }
            return "oa_send_file", content | {"attachments": attachment("file", about)}
        case "image" | "gif":
            about = {"thumbnail": url, "url": url}
            return f"oa_send_{message.kind}", content | {"attachments": attachment(message.kind, about)}
        case "sticker" if message.medium is not None:
            about = {"id": message.medium.attachment_id, "url": url}
            return "oa_send_sticker", content | {"attachments": attachment("sticker", about)}
        case "request_user_info" if message.card is not None:
            about = {"title": message.card.title, "description": message.card.subtitle, "thumbnail": message.card.image_url}
            return "oa_send_list", content | {"attachments": attachment("link", about)}
    return "oa_send_text", content


async def send_by_old_interface(account: Account, body: object) -> dict[str, Any]:
    """``/v2.0/oa/message``: reactions and answers to anonymous visitors still work; anything else is -240."""
    if isinstance(body, dict) and isinstance(body.get("recipient"), dict):
        recipient: Mapping[str, Any] = body["recipient"]
        if "sender_action" in body:
            return await _react(account, recipient, body)
        if "anonymous_id" in recipient:
            return await _answer_visitor(account, recipient, body)
    raise ZaloError(errors.DEAD_INTERFACE)


async def _react(account: Account, recipient: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    action = body["sender_action"]
    if set(body) != {"recipient", "sender_action"} or not isinstance(action, dict):
        raise ZaloError(errors.INVALID_PARAMETER, "sender_action")
    icon, message_id = action.get("react_icon"), action.get("react_message_id")
    if not isinstance(icon, str) or not 1 <= len(icon) <= 16 or not isinstance(message_id, str):
        raise ZaloError(errors.INVALID_PARAMETER, "react_icon")
    user_id = recipient.get("user_id")
    person = check_reachable(
        account.people.get(user_id) if isinstance(user_id, str) else None, account.clock.now_ms(), account.knobs
    )
    row = account.chat.find(message_id)
    if row is None or row.user_id != person.user_id:
        raise ZaloError(errors.INVALID_PARAMETER, "react_message_id")
    if person.reactions.get(message_id, 0) >= MAX_REACTIONS:
        raise ZaloError(errors.TOO_BIG, "reactions")
    person.reactions[message_id] = person.reactions.get(message_id, 0) + 1
    if account.transcripts.find(person.user_id, message_id) is not None:
        account.transcripts.edit(person.user_id, message_id, note=f"OA: {icon}")
    content = {"msg_id": message_id, "react_icon": icon}
    await account.emit(person.user_id, account.events().from_oa(person, "oa_reacted_message", content))
    return {"message_id": message_id, "user_id": person.user_id}


async def _answer_visitor(account: Account, recipient: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    message, conversation = body.get("message"), recipient.get("conversation_id")
    visitor = account.visitors.get(conversation) if isinstance(conversation, str) else None
    if visitor is None or recipient.get("anonymous_id") != visitor.anonymous_id:
        raise ZaloError(errors.NOT_REACHABLE)
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip() or set(body) != {"recipient", "message"} or set(message or {}) != {"text"}:
        raise ZaloError(errors.INVALID_PARAMETER, "message")
    if len(text) > MAX_TEXT:
        raise ZaloError(errors.TOO_BIG, "text")
    message_id = account.new_id()
    account.show(account.people.ensure(visitor.user_id), message_id, "bot", text, note="khách ẩn danh trên web", logged=False)
    content = {"msg_id": message_id, "text": text, "conversation_id": visitor.conversation_id}
    event = account.events().anonymous("oa_send_anonymous_text", account.credentials.oa_id, visitor.anonymous_id, content)
    await account.emit(visitor.user_id, event)
    return {"message_id": message_id, "anonymous_id": visitor.anonymous_id, "conversation_id": visitor.conversation_id}
